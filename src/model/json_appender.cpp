// Texts, numbers and times as JSON.
#include "src/model/json_appender.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace wats::model::detail {
namespace {

constexpr std::uint64_t each_byte(unsigned char byte) {
  return 0x0101010101010101u * byte;
}

/// Whether one of eight bytes is a control character, a quote, a backslash or not ASCII.
bool needs_care(std::uint64_t bytes) noexcept {
  const std::uint64_t below_space = bytes - each_byte(0x20);
  const std::uint64_t quote = (bytes ^ each_byte('"')) - each_byte(1);
  const std::uint64_t backslash = (bytes ^ each_byte('\\')) - each_byte(1);
  return ((below_space | quote | backslash | bytes) & each_byte(0x80)) != 0;
}

bool is_plain(unsigned char c) noexcept {
  return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/// Length of the UTF-8 character at *from*, 0 when there is none.
std::size_t character_size(const char* from, const char* end) noexcept {
  const auto byte = [&](std::ptrdiff_t i) { return static_cast<unsigned char>(from[i]); };
  const auto follows = [&](std::ptrdiff_t i) { return from + i < end && (byte(i) & 0xC0) == 0x80; };
  const unsigned char c = byte(0);
  if (c >= 0xC2 && c <= 0xDF) return follows(1) ? 2 : 0;
  if (c >= 0xE0 && c <= 0xEF) {
    if (!follows(1) || !follows(2)) return 0;
    const bool is_overlong = c == 0xE0 && byte(1) < 0xA0;
    const bool is_surrogate = c == 0xED && byte(1) > 0x9F;
    return is_overlong || is_surrogate ? 0 : 3;
  }
  if (c >= 0xF0 && c <= 0xF4) {
    if (!follows(1) || !follows(2) || !follows(3)) return 0;
    const bool is_overlong = c == 0xF0 && byte(1) < 0x90;
    const bool is_too_large = c == 0xF4 && byte(1) > 0x8F;
    return is_overlong || is_too_large ? 0 : 4;
  }
  return 0;
}

/// Writes one character that cannot stand as it is; *to* has room for six bytes.
char* write_escape(char* to, unsigned char c) noexcept {
  constexpr std::string_view hex = "0123456789abcdef";
  const auto put = [&](std::string_view text) { return std::copy(text.begin(), text.end(), to); };
  switch (c) {
    case '"':
      return put("\\\"");
    case '\\':
      return put("\\\\");
    case '\b':
      return put("\\b");
    case '\f':
      return put("\\f");
    case '\n':
      return put("\\n");
    case '\r':
      return put("\\r");
    case '\t':
      return put("\\t");
    default:
      break;
  }
  to = put("\\u00");
  *to++ = hex[c >> 4];
  *to++ = hex[c & 0xF];
  return to;
}

}  // namespace

void JsonAppender::grow(std::size_t bytes) {
  constexpr std::size_t first = 256;
  const std::size_t wanted = std::max({out_.capacity(), size_ + bytes, bytes == 0 ? first : 2 * out_.size()});
  // What is added is overwritten before anybody looks.
  out_.resize_and_overwrite(wanted, [](char*, std::size_t size) { return size; });
}

void JsonAppender::text(std::string_view text) {
  // Every byte may become six ("\u0000"); room for the common case now, for the worst when it turns up.
  char* to = room(text.size() + 2);
  *to++ = '"';
  const char* from = text.data();
  const char* const end = from + text.size();
  constexpr std::ptrdiff_t word = sizeof(std::uint64_t);
  while (end - from >= word) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, from, word);
    if (needs_care(bytes)) break;
    std::memcpy(to, &bytes, word);
    from += word;
    to += word;
  }
  while (from != end && is_plain(static_cast<unsigned char>(*from))) *to++ = *from++;
  size_ = static_cast<std::size_t>(to - out_.data());
  if (from != end) escaped(from, end);
  raw('"');
}

void JsonAppender::escaped(const char* from, const char* end) {
  constexpr std::size_t longest = 6;
  char* to = room(static_cast<std::size_t>(end - from) * longest);
  while (from != end) {
    const auto c = static_cast<unsigned char>(*from);
    if (is_plain(c)) {
      *to++ = *from++;
    } else if (c < 0x80) {
      to = write_escape(to, c);
      ++from;
    } else if (const std::size_t size = character_size(from, end); size != 0) {
      to = std::copy_n(from, size, to);
      from += size;
    } else {
      constexpr std::string_view replacement = "\xEF\xBF\xBD";
      to = std::copy(replacement.begin(), replacement.end(), to);
      ++from;
    }
  }
  size_ = static_cast<std::size_t>(to - out_.data());
}

void JsonAppender::number(std::int64_t value) {
  constexpr std::size_t longest = 20;
  char* to = room(longest);
  size_ += static_cast<std::size_t>(std::to_chars(to, to + longest, value).ptr - to);
}

void JsonAppender::number(double value) {
  if (!std::isfinite(value)) {
    raw(std::isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
    return;
  }
  constexpr std::size_t longest = 32;
  char* to = room(longest);
  size_ += static_cast<std::size_t>(std::to_chars(to, to + longest, value).ptr - to);
}

void JsonAppender::time(const Timestamp& value) {
  raw('"');
  char* to = room(Timestamp::max_text_size);
  size_ += static_cast<std::size_t>(value.write(to) - to);
  raw('"');
}

}  // namespace wats::model::detail
