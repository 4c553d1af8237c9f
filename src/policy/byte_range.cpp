#include "wats/policy/byte_range.hpp"

#include "src/policy/text.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>

namespace wats::policy {
namespace {

/// What stands behind the unit, if that is bytes.
std::optional<std::string_view> after_unit(std::string_view value, char separator) noexcept {
  constexpr std::string_view unit = "bytes";
  value = text::trim(value);
  if (!text::equal(value.substr(0, unit.size()), unit) || value.size() <= unit.size()) return std::nullopt;
  if (value[unit.size()] != separator) return std::nullopt;
  return text::trim(value.substr(unit.size() + 1));
}

RangeAnswer slice(const StoredPart& part, std::uint64_t offset, std::uint64_t length) noexcept {
  return {RangeAnswer::Kind::contained, offset, length, part.first + offset};
}

RangeAnswer resolve_suffix(std::uint64_t wanted, const StoredPart& part) noexcept {
  if (wanted == 0 || part.complete == 0) return {RangeAnswer::Kind::not_satisfiable};
  if (!part.reaches_end || part.length == 0) return {};
  // A suffix longer than the whole means the whole.
  if (wanted > part.length && part.first > 0) return {};
  const std::uint64_t length = std::min(wanted, part.length);
  return slice(part, part.length - length, length);
}

}  // namespace

std::optional<ByteRange> parse_range(std::string_view value) noexcept {
  const auto range = after_unit(value, '=');
  if (!range) return std::nullopt;
  const std::size_t dash = range->find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = text::parse_number(range->substr(0, dash));
  const auto last = text::parse_number(range->substr(dash + 1));
  if (dash == 0 && last) return ByteRange{ByteRange::Form::suffix, 0, *last};
  if (!first) return std::nullopt;
  if (dash + 1 == range->size()) return ByteRange{ByteRange::Form::from, *first, 0};
  if (!last || *last < *first) return std::nullopt;
  return ByteRange{ByteRange::Form::between, *first, *last};
}

std::optional<ContentRange> parse_content_range(std::string_view value) noexcept {
  const auto range = after_unit(value, ' ');
  if (!range) return std::nullopt;
  const std::size_t slash = range->find('/');
  const std::size_t dash = range->find('-');
  if (slash == std::string_view::npos || dash > slash) return std::nullopt;
  const auto first = text::parse_number(range->substr(0, dash));
  const auto last = text::parse_number(range->substr(dash + 1, slash - dash - 1));
  // Beyond what any file system holds, and room for sums.
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  if (!first || !last || *last < *first || *last >= most) return std::nullopt;
  const std::string_view complete = range->substr(slash + 1);
  if (complete == "*") return ContentRange{*first, *last, std::nullopt};
  const auto length = text::parse_number(complete);
  if (!length || *length <= *last || *length > most) return std::nullopt;
  return ContentRange{*first, *last, length};
}

StoredPart whole_content(std::uint64_t length) noexcept {
  return {0, length, length, true};
}

StoredPart partial_content(const ContentRange& range, std::uint64_t length) noexcept {
  return {range.first, length, range.complete, range.complete && range.last + 1 == *range.complete};
}

// Some servers count wrong: "4-9/10" with five bytes instead of six. Positions are then counted from the
// named first byte, those from the end back from the last byte that came: in a part that says it reaches the
// end both are the only ones that can be meant, and in an honest one they are the same.
RangeAnswer resolve_range(const ByteRange& range, const StoredPart& part) noexcept {
  if (range.form == ByteRange::Form::suffix) return resolve_suffix(range.last, part);
  if (part.complete && range.first >= *part.complete) return {RangeAnswer::Kind::not_satisfiable};
  if (range.first < part.first || range.first - part.first >= part.length) return {};
  const std::uint64_t offset = range.first - part.first;
  const std::uint64_t available = part.length - offset;
  const bool is_open = range.form == ByteRange::Form::from || range.last - range.first >= available;
  if (!is_open) return slice(part, offset, range.last - range.first + 1);
  // What is asked for beyond the end of the whole is not there.
  return part.reaches_end ? slice(part, offset, available) : RangeAnswer{};
}

}  // namespace wats::policy
