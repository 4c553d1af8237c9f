// The header fields of a request or an answer, in the order in which they are sent or came.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace wats {

/// Header fields, kept as one text; names count in any case. *Thread safety*: as a std::string.
class Headers {
 public:
  Headers() = default;

  /// Adds a field, also where there is one of that name. White space around *value* is left out, and line
  /// breaks in it become spaces, as RFC 9110 has it. What is no name becomes "", with which nothing is sent.
  void add(std::string_view name, std::string_view value);
  /// Takes out all fields of that name.
  void remove(std::string_view name);
  void clear() noexcept { lines_.clear(); }

  [[nodiscard]] bool empty() const noexcept { return lines_.empty(); }
  [[nodiscard]] bool has(std::string_view name) const noexcept { return find(name).has_value(); }
  /// The value of the first of that name. *Lifetime*: until this changes.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;
  /// The values of all of that name, as RFC 9110 joins them: "a, b". "" for none.
  [[nodiscard]] std::string joined(std::string_view name) const;

  /// Calls *visit* with the name and the value of each, as std::string_view.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t at = 0; at < lines_.size();) {
      const Line line = line_at(at);
      at = line.next;
      visit(line.name, line.value);
    }
  }

  /// "Name: value" lines, each ended by CR and LF.
  [[nodiscard]] const std::string& text() const noexcept { return lines_; }
  /// As text() gives them; what is no such line is left out.
  [[nodiscard]] static Headers from_text(std::string_view text);

  friend bool operator==(const Headers&, const Headers&) noexcept = default;

 private:
  struct Line {
    std::string_view name;
    std::string_view value;
    std::size_t next;
  };
  [[nodiscard]] Line line_at(std::size_t begin) const noexcept;

  std::string lines_;
};

/// Whether it may be the name of a field: a token of RFC 9110.
[[nodiscard]] bool is_token(std::string_view text) noexcept;

/// Whether two names of fields are the same: case does not count.
[[nodiscard]] bool same_name(std::string_view a, std::string_view b) noexcept;

/// *text* without the blanks, tabs and line ends around it, which no value of a field has.
[[nodiscard]] std::string_view trimmed_field(std::string_view text) noexcept;

}  // namespace wats
