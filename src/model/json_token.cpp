// JSON tokens: numbers, escapes, excerpts.
#include "src/model/json_token.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <system_error>

namespace wats::model::detail {
namespace {

constexpr std::string_view white_space = " \t\n\r";

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

std::size_t digits_from(std::string_view text, std::size_t at) noexcept {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

/// The four hexadecimal digits at *at*, or nothing.
std::optional<std::uint32_t> hex4(std::string_view text, std::size_t at) noexcept {
  if (text.size() < at + 4) return std::nullopt;
  std::uint32_t value = 0;
  const char* begin = text.data() + at;
  const auto [end, error] = std::from_chars(begin, begin + 4, value, 16);
  if (error != std::errc{} || end != begin + 4) return std::nullopt;
  return value;
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

/// The character of the escape at *at* (a backslash), which is moved behind it; nothing when it is invalid.
std::optional<std::uint32_t> next_escape(std::string_view text, std::size_t& at) noexcept {
  if (at + 1 >= text.size()) return std::nullopt;
  const char c = text[at + 1];
  at += 2;
  switch (c) {
    case '"':
    case '\\':
    case '/':
      return static_cast<unsigned char>(c);
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'u':
      break;
    default:
      return std::nullopt;
  }
  const auto code = hex4(text, at);
  if (!code) return std::nullopt;
  at += 4;
  if (*code < 0xD800 || *code > 0xDFFF) return code;
  // Half of a pair: only the upper half first, with the lower one behind it, is a character.
  if (*code > 0xDBFF || text.substr(at, 2) != "\\u") return std::nullopt;
  const auto low = hex4(text, at + 2);
  if (!low || *low < 0xDC00 || *low > 0xDFFF) return std::nullopt;
  at += 6;
  return 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00);
}

/// Whether a number that from_chars could not represent is near zero rather than huge.
bool is_tiny(std::string_view number) noexcept {
  const std::size_t e = number.find_first_of("eE");
  const std::string_view mantissa = number.substr(0, e);
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  const std::size_t first = mantissa.find_first_of("123456789");
  if (first == std::string_view::npos) return true;
  std::string_view power = e == std::string_view::npos ? "0" : number.substr(e + 1);
  const bool is_negative = power.starts_with('-');
  if (is_negative || power.starts_with('+')) power.remove_prefix(1);
  long long exponent = 0;
  if (std::from_chars(power.data(), power.data() + power.size(), exponent).ec != std::errc{})
    return is_negative;
  if (is_negative) exponent = -exponent;
  const auto place = static_cast<long long>(point) - static_cast<long long>(first);
  return place + exponent < 0;
}

}  // namespace

std::string_view trimmed_right(std::string_view text) noexcept {
  while (!text.empty() && white_space.contains(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view trimmed(std::string_view text) noexcept {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // .NET servers may send one
  while (!text.empty() && white_space.contains(text.front())) text.remove_prefix(1);
  return trimmed_right(text);
}

bool is_number(std::string_view token) noexcept {
  std::size_t at = token.starts_with('-') ? 1 : 0;
  const std::size_t whole = at;
  at = digits_from(token, at);
  if (at == whole || (at - whole > 1 && token[whole] == '0')) return false;
  if (at < token.size() && token[at] == '.') {
    const std::size_t fraction = at + 1;
    at = digits_from(token, fraction);
    if (at == fraction) return false;
  }
  if (at < token.size() && (token[at] == 'e' || token[at] == 'E')) {
    ++at;
    if (at < token.size() && (token[at] == '+' || token[at] == '-')) ++at;
    const std::size_t exponent = at;
    at = digits_from(token, exponent);
    if (at == exponent) return false;
  }
  return at == token.size();
}

std::optional<std::int64_t> to_integer(std::string_view number) noexcept {
  std::int64_t value = 0;
  const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (stop == number.data() + number.size() && error == std::errc{}) return value;
  if (!is_number(number) || error == std::errc::result_out_of_range) return std::nullopt;
  const auto real = to_double(number);
  // Beyond 2^53 a double no longer tells whole numbers apart.
  constexpr double exact_limit = 9007199254740992.0;
  if (!real || std::abs(*real) > exact_limit || std::trunc(*real) != *real) return std::nullopt;
  return static_cast<std::int64_t>(*real);
}

std::optional<double> to_double(std::string_view number) noexcept {
  if (!is_number(number)) return std::nullopt;
  double value = 0;
  const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error == std::errc::result_out_of_range) {
    if (!is_tiny(number)) return std::nullopt;
    return number.starts_with('-') ? -0.0 : 0.0;
  }
  if (!std::isfinite(value)) return std::nullopt;
  return value;
}

bool has_valid_escapes(std::string_view inner) noexcept {
  for (std::size_t at = inner.find('\\'); at != std::string_view::npos; at = inner.find('\\', at)) {
    if (!next_escape(inner, at)) return false;
  }
  return true;
}

bool unescape(std::string_view inner, std::string& out) {
  out.clear();
  std::size_t done = 0;
  for (std::size_t at = inner.find('\\'); at != std::string_view::npos; at = inner.find('\\', at)) {
    out.append(inner, done, at - done);
    const auto code = next_escape(inner, at);
    if (!code) return false;
    append_utf8(out, *code);
    done = at;
  }
  out.append(inner, done);
  return true;
}

bool is_valid_scalar(std::string_view token) noexcept {
  if (token.starts_with('"')) {
    return token.size() >= 2 && token.ends_with('"') && has_valid_escapes(token.substr(1, token.size() - 2));
  }
  return is_number(token) || token == "null" || token == "true" || token == "false";
}

std::string excerpt(std::string_view text) {
  constexpr std::size_t limit = 40;
  constexpr std::string_view hex = "0123456789abcdef";
  const bool is_cut = text.size() > limit;
  if (is_cut) {
    text = text.substr(0, limit);
    // Do not end inside a character: drop its first bytes as well.
    std::size_t back = 0;
    while (back < 3 && back < text.size() && (text[text.size() - 1 - back] & '\xC0') == '\x80') ++back;
    if (back < text.size() && (text[text.size() - 1 - back] & '\xC0') == '\xC0') text.remove_suffix(back + 1);
  }
  std::string out;
  const auto escape = [&](unsigned char byte) { out += {'\\', 'x', hex[byte >> 4], hex[byte & 0xF]}; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : '\xFF');
    if (c < 0x20 || c == 0x7F) {
      escape(c);
    } else if (c == 0xC2 && next < 0xA0) {
      // U+0080 to U+009F are control characters as well, and terminals obey them.
      escape(c);
      escape(next);
      ++i;
    } else {
      out.push_back(static_cast<char>(c));
    }
  }
  if (is_cut) out += "...";
  return out;
}

}  // namespace wats::model::detail
