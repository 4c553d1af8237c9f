#include "bench/scenarios/cache_hit/memory.hpp"

#include <algorithm>
#include <malloc.h>

namespace bench {
namespace {

double heap() {
  const auto info = mallinfo2();
  return static_cast<double>(info.uordblks) + static_cast<double>(info.hblkhd);
}

/// What the entry's key and value take.
double bytes_of_contents(const Keys& keys) {
  const double before = heap();
  std::vector<std::pair<std::string, Pointer>> plain;
  plain.reserve(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) plain.emplace_back(keys[i], make_value(i));
  return (heap() - before) / static_cast<double>(keys.size());
}

}  // namespace

Memory bytes_beside(const Kind& kind, std::size_t count) {
  constexpr std::size_t steps = 100;
  const Keys keys = make_keys(count);
  const double contents = bytes_of_contents(keys);
  const double before = heap();
  const auto rival = kind.make(count);
  Memory memory;
  for (std::size_t i = 0; i < steps; ++i) {
    const std::size_t from = count * i / steps;
    const std::size_t to = count * (i + 1) / steps;
    rival->fill(std::span(keys).subspan(from, to - from), from);
    memory.full = (heap() - before) / static_cast<double>(rival->size()) - contents;
    if (2 * to >= count) memory.most = std::max(memory.most, memory.full);
  }
  return memory;
}

}  // namespace bench
