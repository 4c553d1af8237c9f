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

/// Calls seen(entries, bytes beside an entry's contents) after each step.
template <class Seen>
void fill_by_steps(const Kind& kind, std::size_t count, std::size_t steps, const Seen& seen) {
  const Keys keys = make_keys(count);
  const double contents = bytes_of_contents(keys);
  const double before = heap();
  const auto rival = kind.make(count);
  for (std::size_t i = 0; i < steps; ++i) {
    const std::size_t from = count * i / steps;
    const std::size_t to = count * (i + 1) / steps;
    rival->fill(std::span(keys).subspan(from, to - from), from);
    seen(rival->size(), (heap() - before) / static_cast<double>(rival->size()) - contents);
  }
}

}  // namespace

double bytes_beside(const Kind& kind, std::size_t count) {
  double last = 0;
  fill_by_steps(kind, count, 1, [&](std::size_t, double bytes) { last = bytes; });
  return last;
}

double most_bytes_beside(const Kind& kind, std::size_t count) {
  double most = 0;
  fill_by_steps(kind, count, 100, [&](std::size_t entries, double bytes) {
    if (2 * entries >= count) most = std::max(most, bytes);
  });
  return most;
}

}  // namespace bench
