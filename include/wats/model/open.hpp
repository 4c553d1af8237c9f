// Open<E>: an enumeration that travels as text and may hold words we do not know.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace wats {

/// The words of E on the wire. Specialise with `static constexpr std::array<std::pair<E, std::string_view>,
/// N> words`. The first word of a value is the one written; further ones are read too.
template <class E>
struct Words;

/// One of the words of E, or any other text, kept as it came.
template <class E>
class Open {
 public:
  using enum_type = E;

  Open() = default;
  Open(E value) : text_(word(value)), value_(value) {}
  explicit Open(std::string_view text) : text_(text), value_(find(text)) {}

  /// The known value; empty when the word is unknown.
  [[nodiscard]] std::optional<E> known() const noexcept { return value_; }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  friend bool operator==(const Open& a, const Open& b) noexcept {
    return a.value_ && b.value_ ? a.value_ == b.value_ : a.text_ == b.text_;
  }
  friend bool operator==(const Open& a, E b) noexcept { return a.value_ == b; }

 private:
  [[nodiscard]] static constexpr std::string_view word(E value) noexcept {
    for (const auto& [known, text] : Words<E>::words) {
      if (known == value) return text;
    }
    return {};
  }
  [[nodiscard]] static std::optional<E> find(std::string_view text) noexcept {
    for (const auto& [known, word_text] : Words<E>::words) {
      if (same_letters(word_text, text)) return known;
    }
    return std::nullopt;
  }
  [[nodiscard]] static constexpr bool same_letters(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (lower(a[i]) != lower(b[i])) return false;
    }
    return true;
  }
  [[nodiscard]] static constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }

  std::string text_;
  std::optional<E> value_;
};

}  // namespace wats
