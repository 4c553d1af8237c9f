#include "apps/wats/simulate/replay.hpp"

#include "wats/cache/cache.hpp"

#include <exception>
#include <limits>
#include <memory>

namespace wats::simulate {
namespace {

/// What a trace says nothing about.
class Nothing {};

/// What detail::mix() makes *x* of: its steps backwards.
constexpr std::uint64_t unmixed(std::uint64_t x) noexcept {
  x ^= (x >> 31U) ^ (x >> 62U);
  x *= 0x319642b2d24d8ec3U;
  x ^= (x >> 27U) ^ (x >> 54U);
  x *= 0x96de1b173f119089U;
  return x ^ (x >> 30U) ^ (x >> 60U);
}

using NumberCache = cache::Cache<std::uint32_t, Nothing, std::exception_ptr, ExactHash>;

}  // namespace

std::size_t ExactHash::operator()(std::uint32_t number) const noexcept {
  // Multiplied by an odd number no two become one, and neighbours lie far apart. Both halves differ from key
  // to key, whichever of them the cache looks at.
  const std::uint32_t high = number * 0x9e3779b1U;
  const std::uint32_t low = number * 0x85ebca6bU;
  return unmixed(std::uint64_t{high} << 32U | low);
}

Outcome replay(const KeyTrace& trace, cache::Policy policy, std::size_t entries, Counter counter) {
  cache::Options options;
  options.policy = policy;
  options.max_entries = entries;
  options.max_bytes = std::numeric_limits<std::size_t>::max();
  options.ttl = cache::Duration::max();
  options.shards = 1;
  options.tag_slots = 1;
  options.now = [] { return cache::TimePoint(); };
  NumberCache cache(std::move(options));
  const auto value = std::make_shared<const Nothing>();
  Outcome outcome;
  std::uint64_t until_told = 0;
  for (const std::uint32_t key : trace.requests) {
    if (cache.find(key)) {
      ++outcome.hits;
    } else {
      ++outcome.misses;
      cache.put(key, value);
    }
    if (counter != nullptr && ++until_told == 4096) {
      counter->fetch_add(std::exchange(until_told, 0), std::memory_order_relaxed);
    }
  }
  return outcome;
}

}  // namespace wats::simulate
