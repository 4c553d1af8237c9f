// Bounds on the times that a cache is told, so that sums of them are times, too.
#pragma once

#include "wats/cache/clock.hpp"
#include "wats/cache/options.hpp"

#include <algorithm>
#include <chrono>

namespace wats::cache::detail {

inline constexpr Duration longest_age = std::chrono::hours(24 * 365 * 50);

[[nodiscard]] inline Options within_bounds(Options options) {
  for (Duration* const each :
       {&options.idle_ttl, &options.negative_ttl, &options.stale.while_revalidate, &options.stale.if_error,
        &options.stale.to_validate, &options.stale.soft_timeout, &options.stale.hard_timeout,
        &options.stale.back_off, &options.stale.longest_back_off})
    *each = std::clamp(*each, Duration::zero(), longest_age);
  return options;
}

}  // namespace wats::cache::detail
