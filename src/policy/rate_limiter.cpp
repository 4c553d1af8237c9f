#include "wats/policy/rate_limiter.hpp"

#include <algorithm>

namespace wats::policy {
namespace {

using std::chrono::nanoseconds;

constexpr std::int64_t much = nanoseconds(std::chrono::minutes(1)).count();

std::int64_t count_of(RateLimiter::TimePoint time) noexcept {
  return std::chrono::duration_cast<nanoseconds>(time.time_since_epoch()).count();
}

}  // namespace

RateLimiter::RateLimiter(const RateSettings& settings, Cell* shared) noexcept
    : full_at_(shared != nullptr ? *shared : own_) {
  if (settings.requests == 0) return;
  interval_ =
      std::max<std::int64_t>(1, settings.period.count() / static_cast<std::int64_t>(settings.requests));
  for (std::size_t rank = 0; rank < rank_count; ++rank) {
    const double part =
        std::clamp(settings.share[rank], 0.0, 1.0) * static_cast<double>(std::max(settings.burst, 1U));
    // Every rank gets at least one at a time, or it would wait for ever.
    tolerance_[rank] = static_cast<std::int64_t>(std::max(part, 1.0) * static_cast<double>(interval_));
    most_tolerance_ = std::max(most_tolerance_, tolerance_[rank]);
  }
}

nanoseconds RateLimiter::take(std::size_t rank, TimePoint now) noexcept {
  const std::int64_t at = count_of(now);
  if (const std::int64_t pause = paused_until_.load(std::memory_order_relaxed); pause > at)
    return nanoseconds(pause - at);
  if (!limits()) return nanoseconds(0);
  std::int64_t found = full_at_.load(std::memory_order_relaxed);
  for (;;) {
    // Much further ahead than it can be: left from before this machine's last start, when the clock began
    // anew. A little further it is when somebody with a later time was faster.
    const std::int64_t had = found > at + most_tolerance_ + interval_ + much ? at : found;
    const std::int64_t next = std::max(had, at) + interval_;
    if (const std::int64_t early = next - at - tolerance_[rank]; early > 0) return nanoseconds(early);
    if (full_at_.compare_exchange_weak(found, next, std::memory_order_relaxed)) return nanoseconds(0);
  }
}

void RateLimiter::pause(TimePoint until) noexcept {
  const std::int64_t wanted = count_of(until);
  std::int64_t had = paused_until_.load(std::memory_order_relaxed);
  while (had < wanted && !paused_until_.compare_exchange_weak(had, wanted, std::memory_order_relaxed)) {
  }
}

}  // namespace wats::policy
