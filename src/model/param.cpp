// Values as text in paths and queries.
#include "wats/model/param.hpp"

#include "src/model/json_token.hpp"
#include "src/model/letters.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace wats::model {
namespace {

std::unexpected<Error> refused(std::string_view text, std::string_view expected) {
  return fail(Errc::invalid_argument, "'" + detail::excerpt(text) + "' is not " + std::string(expected));
}

template <class Number>
Result<Number> read_number(std::string_view text, std::string_view expected) {
  Number value{};
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || stop != text.data() + text.size()) return refused(text, expected);
  return value;
}

bool is_unreserved(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

}  // namespace

namespace detail {

std::string number_to_param(double value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}

Result<bool> bool_from_param(std::string_view text) {
  // Other clients send Python's True and False.
  if (same_letters(text, "true")) return true;
  if (same_letters(text, "false")) return false;
  return refused(text, "true or false");
}

Result<std::int32_t> int32_from_param(std::string_view text) {
  return read_number<std::int32_t>(text, "a whole number of 32 bits");
}

Result<std::int64_t> int64_from_param(std::string_view text) {
  return read_number<std::int64_t>(text, "a whole number of 64 bits");
}

Result<double> double_from_param(std::string_view text) {
  const auto value = read_number<double>(text, "a number");
  if (value && !std::isfinite(*value)) return refused(text, "a finite number");
  return value;
}

Result<Filter> filter_from_param(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return refused(text, "a filter");
  return Filter::raw(std::string(text));
}

}  // namespace detail

std::string percent_encode(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  const bool is_step = std::ranges::all_of(text, [](char c) { return c == '.'; });
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c) && !is_step) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', hex[byte >> 4], hex[byte & 0xF]};
    }
  }
  return out;
}

Result<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned byte = 0;
    const char* digits = text.data() + i + 1;
    if (text.size() - i < 3 || std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2) {
      return refused(text, "percent-encoded");
    }
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

}  // namespace wats::model
