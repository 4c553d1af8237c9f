#include "wats/policy/retry.hpp"

namespace wats::policy {
namespace {

using std::chrono::nanoseconds;

/// Evenly from zero to base * 2^(repeats), no more than *most*.
nanoseconds full_jitter(nanoseconds base, nanoseconds most, int repeats, double random) noexcept {
  const int doublings = std::min(repeats, 30);
  const double widest = std::min(
      static_cast<double>(base.count()) * static_cast<double>(1U << static_cast<unsigned>(doublings)),
      static_cast<double>(most.count()));
  return nanoseconds(static_cast<std::int64_t>(widest * random));
}

}  // namespace

RetryDecision decide_retry(const RetrySettings& settings, RetryBudget& budget, const FailedAttempt& failed,
                           bool repeatable, int sent, nanoseconds time_left, double random) noexcept {
  RetryDecision decision;
  if (!failed.is_transient) return decision;
  if (failed.may_have_effect && !repeatable) {
    decision.verdict = RetryVerdict::may_have_effect;
    return decision;
  }
  if (sent >= settings.attempts) {
    decision.verdict = RetryVerdict::attempts_used;
    return decision;
  }
  const nanoseconds base = failed.is_throttled ? settings.throttled_base_delay : settings.base_delay;
  decision.delay = full_jitter(base, settings.max_delay, sent - 1, random);
  // Behind what the server asked for, so that not all who were told the same come back at the same moment.
  if (failed.retry_after) decision.delay += *failed.retry_after;
  if (decision.delay >= time_left) {
    decision.verdict = RetryVerdict::too_late;
    return decision;
  }
  decision.cost = failed.is_throttled ? settings.throttled_cost : settings.cost;
  decision.verdict = budget.take(decision.cost) ? RetryVerdict::retry : RetryVerdict::budget_empty;
  return decision;
}

}  // namespace wats::policy
