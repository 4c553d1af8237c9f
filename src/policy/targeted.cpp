// Targeted Cache-Control: a dictionary of RFC 8941, whose directives are those of Cache-Control.
#include "src/policy/directive_names.hpp"
#include "src/policy/text.hpp"
#include "wats/policy/cache_control.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace wats::policy {
namespace {

struct ItemValue {
  enum class Type : std::uint8_t { integer, boolean, string, other };
  Type type = Type::other;
  /// Of an integer, or 1 for true.
  std::int64_t number = 0;
  /// A string that is empty lists nothing.
  bool is_empty = false;
};

/// Reads by the algorithms of RFC 8941 section 4.2, member by member; nothing is what has to fail.
class DictionaryReader {
 public:
  explicit DictionaryReader(std::string_view line) noexcept : rest_(line) {}

  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
  void skip_spaces() noexcept {
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
  }
  /// To the next member; false where there has to be one.
  bool next_member() noexcept {
    skip_space();
    if (at_end()) return true;
    if (!skip(',')) return false;
    skip_space();
    return !at_end();
  }
  std::string_view key() noexcept {
    if (at_end() || (!text::is_lower(rest_[0]) && rest_[0] != '*')) return {};
    return take_while([](char c) { return text::is_lower(c) || text::is_digit(c) || is_one_of(c, "_-.*"); });
  }
  /// What stands behind a key, parameters included, which nobody has defined for directives.
  std::optional<ItemValue> member_value() noexcept {
    std::optional<ItemValue> value = ItemValue{ItemValue::Type::boolean, 1};
    if (skip('=')) value = rest_.starts_with('(') ? inner_list() : bare_item();
    if (!value || !parameters()) return std::nullopt;
    return value;
  }

 private:
  static bool is_one_of(char c, std::string_view characters) noexcept { return characters.contains(c); }

  bool skip(char c) noexcept {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void skip_space() noexcept {
    while (!at_end() && text::is_space(rest_[0])) rest_.remove_prefix(1);
  }
  template <class Predicate>
  std::string_view take_while(Predicate belongs) noexcept {
    std::size_t length = 0;
    while (length < rest_.size() && belongs(rest_[length])) ++length;
    const std::string_view taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }

  bool parameters() noexcept {
    while (skip(';')) {
      skip_spaces();
      if (key().empty()) return false;
      if (skip('=') && !bare_item()) return false;
    }
    return true;
  }
  std::optional<ItemValue> inner_list() noexcept {
    skip('(');
    for (;;) {
      skip_spaces();
      if (skip(')')) return ItemValue();
      if (!bare_item() || !parameters()) return std::nullopt;
      if (!rest_.starts_with(' ') && !rest_.starts_with(')')) return std::nullopt;
    }
  }
  std::optional<ItemValue> bare_item() noexcept {
    if (at_end()) return std::nullopt;
    const char first = rest_[0];
    if (first == '-' || text::is_digit(first)) return number();
    if (first == '"') return string();
    if (first == '?') return boolean();
    if (first == ':') return bytes();
    if (first != '*' && !text::is_letter(first)) return std::nullopt;
    take_while([](char c) { return text::is_token_character(c) || c == ':' || c == '/'; });
    return ItemValue();
  }
  std::optional<ItemValue> number() noexcept {
    const bool is_negative = skip('-');
    const std::string_view digits = take_while(text::is_digit);
    if (!skip('.')) {
      if (digits.empty() || digits.size() > 15) return std::nullopt;
      const auto value = static_cast<std::int64_t>(text::parse_number(digits).value_or(0));
      return ItemValue{ItemValue::Type::integer, is_negative ? -value : value};
    }
    const std::size_t places = take_while(text::is_digit).size();
    if (digits.empty() || digits.size() > 12 || places == 0 || places > 3) return std::nullopt;
    return ItemValue();
  }
  std::optional<ItemValue> string() noexcept {
    const std::size_t end = text::end_of_quoted(rest_, 0);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view content = rest_.substr(1, end - 2);
    rest_.remove_prefix(end);
    for (std::size_t i = 0; i < content.size(); ++i) {
      if (content[i] < ' ' || content[i] > '~') return std::nullopt;
      if (content[i] == '\\' && !is_one_of(content[++i], "\"\\")) return std::nullopt;
    }
    return ItemValue{ItemValue::Type::string, 0, text::trim(content).empty()};
  }
  std::optional<ItemValue> boolean() noexcept {
    skip('?');
    if (skip('1')) return ItemValue{ItemValue::Type::boolean, 1};
    if (skip('0')) return ItemValue{ItemValue::Type::boolean, 0};
    return std::nullopt;
  }
  std::optional<ItemValue> bytes() noexcept {
    skip(':');
    take_while([](char c) { return text::is_letter(c) || text::is_digit(c) || is_one_of(c, "+/="); });
    if (!skip(':')) return std::nullopt;
    return ItemValue();
  }

  std::string_view rest_;
};

/// As in every dictionary the last of several counts. What has a type that its directive has not is taken as
/// strictly as it can be.
void take_member(Directives& directives, std::string_view key, const ItemValue& value) noexcept {
  using Type = ItemValue::Type;
  const bool is_true = value.type == Type::boolean && value.number == 1;
  const bool is_false = value.type == Type::boolean && value.number == 0;
  if (const auto* number = detail::find_name(detail::number_names, key)) {
    const bool is_number = value.type == Type::integer && value.number > 0;
    directives.*number->member = detail::delta_of(is_number ? static_cast<std::uint64_t>(value.number) : 0);
  } else if (const auto* flag = detail::find_name(detail::flag_names, key)) {
    directives.*flag->member = flag->allows ? is_true : !is_false;
  } else if (key == "private") {
    directives.is_private = !is_false;
    directives.has_private_fields = value.type == Type::string;
  } else if (key == "no-cache") {
    directives.has_no_cache_fields = value.type == Type::string && !value.is_empty;
    directives.no_cache = !is_false && !directives.has_no_cache_fields;
  }
}

}  // namespace

bool Directives::add_targeted(std::string_view line) noexcept {
  while (line.ends_with(' ')) line.remove_suffix(1);
  DictionaryReader reader(line);
  Directives taken = *this;
  reader.skip_spaces();
  while (!reader.at_end()) {
    const std::string_view key = reader.key();
    if (key.empty()) return false;
    const auto value = reader.member_value();
    if (!value || !reader.next_member()) return false;
    take_member(taken, key, *value);
  }
  *this = taken;
  return true;
}

}  // namespace wats::policy
