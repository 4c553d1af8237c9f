// Any bytes as Range and Content-Range: what is taken of a stored part lies in it, and is byte by byte what a
// count of the wanted positions finds.
#include "wats/policy/byte_range.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace wats::policy;
using Kind = RangeAnswer::Kind;

constexpr std::uint64_t small = 4096;

void require(bool holds) {
  if (!holds) std::abort();
}

bool wants(const ByteRange& range, std::uint64_t position, std::uint64_t complete) {
  switch (range.form) {
    case ByteRange::Form::between:
      return position >= range.first && position <= range.last;
    case ByteRange::Form::from:
      return position >= range.first;
    case ByteRange::Form::suffix:
      return complete - position <= range.last;
  }
  return false;
}

/// Of an honest part of a small whole: each position asked one by one.
void check_by_counting(const ByteRange& range, const StoredPart& part) {
  std::uint64_t wanted = 0;
  std::uint64_t held = 0;
  std::uint64_t first = small;
  for (std::uint64_t position = 0; position < *part.complete; ++position) {
    if (!wants(range, position, *part.complete)) continue;
    ++wanted;
    first = std::min(first, position);
    if (position >= part.first && position - part.first < part.length) ++held;
  }
  const RangeAnswer answer = resolve_range(range, part);
  if (wanted == 0) return require(answer.kind == Kind::not_satisfiable);
  require((answer.kind == Kind::contained) == (held == wanted));
  if (answer.kind == Kind::contained) require(answer.first == first && answer.length == wanted);
}

void check(const ByteRange& range, const StoredPart& part) {
  const RangeAnswer answer = resolve_range(range, part);
  if (answer.kind == Kind::contained) {
    require(answer.length > 0 && answer.offset < part.length && answer.length <= part.length - answer.offset);
    require(answer.first == part.first + answer.offset);
  } else {
    require(answer == RangeAnswer{answer.kind});
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::uint64_t length = data[0] * 256U + data[1];
  std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t line = std::min(text.find('\n'), text.size());
  const auto content = parse_content_range(text.substr(std::min(line + 1, text.size())));
  if (content) {
    require(content->first <= content->last && (!content->complete || content->last < *content->complete));
    require(!parse_range(text.substr(line)));
  }
  const auto range = parse_range(text.substr(0, line));
  if (!range) return 0;
  require(range->form != ByteRange::Form::between || range->first <= range->last);
  check(*range, whole_content(length));
  check_by_counting(*range, whole_content(length % small));
  if (!content) return 0;
  check(*range, partial_content(*content, length));
  if (content->complete && *content->complete <= small)
    check_by_counting(*range, partial_content(*content, content->last - content->first + 1));
  return 0;
}
