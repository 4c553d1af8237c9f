// The grammar that fields of HTTP share: letters in any case, space, members of lists, quoted strings,
// numbers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace wats::policy::text {

[[nodiscard]] constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

[[nodiscard]] constexpr bool equal(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, {}, lower, lower);
}

[[nodiscard]] constexpr bool is_space(char c) noexcept {
  return c == ' ' || c == '\t';
}
[[nodiscard]] constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_lower(char c) noexcept {
  return c >= 'a' && c <= 'z';
}
[[nodiscard]] constexpr bool is_letter(char c) noexcept {
  return is_lower(lower(c));
}
/// RFC 9110 section 5.6.2.
[[nodiscard]] constexpr bool is_token_character(char c) noexcept {
  return is_letter(c) || is_digit(c) || std::string_view("!#$%&'*+-.^_`|~").contains(c);
}

[[nodiscard]] constexpr std::string_view trim(std::string_view value) noexcept {
  while (!value.empty() && is_space(value.front())) value.remove_prefix(1);
  while (!value.empty() && is_space(value.back())) value.remove_suffix(1);
  return value;
}

/// Where the quoted string that begins at *from* ends, behind its last quote; npos: it never does.
[[nodiscard]] constexpr std::size_t end_of_quoted(std::string_view value, std::size_t from) noexcept {
  for (std::size_t i = from + 1; i < value.size(); ++i) {
    if (value[i] == '"') return i + 1;
    if (value[i] == '\\') ++i;
  }
  return std::string_view::npos;
}

/// The part of *value* before the next *separator* that is not in a quoted string, which is taken off *value*
/// together with the separator. A quoted string that never ends reaches to the end.
[[nodiscard]] constexpr std::string_view take_until(std::string_view& value, char separator) noexcept {
  std::size_t i = 0;
  while (i < value.size() && value[i] != separator)
    i = value[i] == '"' ? std::min(end_of_quoted(value, i), value.size()) : i + 1;
  const std::string_view taken = value.substr(0, i);
  value.remove_prefix(std::min(i + 1, value.size()));
  return taken;
}

/// The next name of a list, which is taken off *list*; empty when there are no more. Names have no quotes:
/// one before a comma hides nothing.
[[nodiscard]] constexpr std::string_view take_name(std::string_view& list) noexcept {
  std::string_view name;
  while (name.empty() && !list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    name = trim(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return name;
}

/// Whether a quoted string begins that never ends.
[[nodiscard]] constexpr bool has_open_quote(std::string_view value) noexcept {
  std::size_t at = value.find('"');
  while (at != std::string_view::npos) {
    at = end_of_quoted(value, at);
    if (at == std::string_view::npos) return true;
    at = value.find('"', at);
  }
  return false;
}

/// Digits only, at least one; what is too large is the largest number there is.
[[nodiscard]] constexpr std::optional<std::uint64_t> parse_number(std::string_view digits) noexcept {
  if (digits.empty()) return std::nullopt;
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t number = 0;
  for (const char c : digits) {
    if (!is_digit(c)) return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    number = number > (most - digit) / 10 ? most : number * 10 + digit;
  }
  return number;
}

}  // namespace wats::policy::text
