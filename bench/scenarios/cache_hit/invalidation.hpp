// Invalidation: what it costs to make all entries with a tag invalid at once.
#pragma once

#include "bench/scenarios/cache_hit/measure.hpp"

#include <cstddef>
#include <vector>

namespace bench {

/// Nanoseconds for one tag that every entry of the cache has, by number of entries and round. Stops the
/// program when an invalidated entry is still found.
[[nodiscard]] std::vector<std::vector<double>> invalidations(const std::vector<std::size_t>& entries,
                                                             std::size_t rounds, Quiet& quiet);

}  // namespace bench
