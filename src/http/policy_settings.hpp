// What a client is told to do on bad days, in the terms of the policies.
#pragma once

#include "wats/core/resilience.hpp"
#include "wats/policy/breaker.hpp"
#include "wats/policy/concurrency.hpp"
#include "wats/policy/rate_limiter.hpp"
#include "wats/policy/retry.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace wats::http::detail {

/// What is politely asked of a server that many share.
inline constexpr std::uint32_t polite_per_minute = 500;

[[nodiscard]] inline policy::RetrySettings to_policy(const RetrySettings& settings) {
  policy::RetrySettings result;
  result.attempts = settings.attempts;
  result.base_delay = settings.base_delay;
  result.throttled_base_delay = settings.throttled_base_delay;
  result.max_delay = settings.max_delay;
  result.budget = settings.budget;
  return result;
}

[[nodiscard]] inline policy::BreakerSettings to_policy(const BreakerSettings& settings) {
  policy::BreakerSettings result;
  result.enabled = settings.enabled;
  result.window = settings.window;
  result.least_attempts = settings.least_attempts;
  result.failure_rate = settings.failure_rate;
  result.slow_after = settings.slow_after;
  result.slow_rate = settings.slow_rate;
  result.open_for = settings.open_for;
  result.longest_open = settings.longest_open;
  return result;
}

[[nodiscard]] inline policy::RateSettings to_policy(const RateSettings& settings, bool is_loopback) {
  policy::RateSettings result;
  result.requests = settings.per_minute.value_or(is_loopback ? 0 : polite_per_minute);
  result.burst = settings.burst;
  result.share = settings.share;
  return result;
}

[[nodiscard]] inline policy::ConcurrencySettings to_policy(const ConcurrencySettings& settings,
                                                           std::size_t most) {
  policy::ConcurrencySettings result;
  result.least = settings.least;
  result.most = static_cast<std::uint32_t>(most);
  result.first = std::min<std::uint32_t>(result.most, std::max<std::uint32_t>(result.least, 16));
  return result;
}

}  // namespace wats::http::detail
