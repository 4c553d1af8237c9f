// Any bytes as a trace of keys: read whole or in pieces they are the same keys, or refused for the same
// reason.
#include "apps/wats/simulate/key_trace.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using wats::simulate::KeyTrace;
using wats::simulate::TraceReader;

void require(bool holds) {
  if (!holds) std::abort();
}

/// The first byte tells the format and the length of the pieces.
TraceReader reader_for(unsigned char first) {
  if ((first & 3U) == 0) return {};
  return TraceReader::of_csv((first & 3U) == 1 ? "key" : (first & 3U) == 2 ? "1" : "3").value();
}

wats::Result<KeyTrace> read(TraceReader reader, std::string_view text, std::size_t piece) {
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
    if (auto taken = reader.take(text.substr(0, piece)); !taken) return std::unexpected(taken.error());
  }
  return reader.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto whole = read(reader_for(data[0]), text, text.size());
  const auto pieces = read(reader_for(data[0]), text, 1U + (data[0] >> 2U));
  require(whole.has_value() == pieces.has_value());
  if (!whole) {
    require(whole.error().message() == pieces.error().message());
    return 0;
  }
  require(whole->requests == pieces->requests && whole->distinct_keys == pieces->distinct_keys);
  // Each number comes first when all before it have come.
  std::uint32_t next = 0;
  for (const std::uint32_t key : whole->requests) {
    require(key <= next);
    if (key == next) ++next;
  }
  require(next == whole->distinct_keys && next > 0);
  return 0;
}
