// Whether a request that failed is sent again, and when: decided from what became of it, what a repeat would
// do and what retries may still cost.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace wats::policy {

/// How a client repeats what failed. The defaults are those of the AWS SDKs' standard mode.
struct RetrySettings {
  /// Times a request is sent at most, the first included; 1 turns retries off.
  int attempts = 3;
  /// The delay before the n-th repeat is drawn evenly from zero to this times 2^(n-1): "full jitter".
  std::chrono::nanoseconds base_delay = std::chrono::milliseconds(50);
  /// The same after the server asked for less.
  std::chrono::nanoseconds throttled_base_delay = std::chrono::seconds(1);
  std::chrono::nanoseconds max_delay = std::chrono::seconds(20);
  /// Tokens in the budget, and what a repeat takes out of it.
  std::int32_t budget = 500;
  std::int32_t cost = 14;
  std::int32_t throttled_cost = 5;

  friend bool operator==(const RetrySettings&, const RetrySettings&) = default;
};

/// What became of an attempt that failed.
struct FailedAttempt {
  /// It may go better the next time: connection lost, timeout, 408, 425, 429, 500, 502, 503, 504.
  bool is_transient = false;
  /// The server asked for less: 429, or 503 with Retry-After.
  bool is_throttled = false;
  /// The server may have acted on it.
  bool may_have_effect = true;
  /// How long the server asked to wait.
  std::optional<std::chrono::nanoseconds> retry_after{};
};

enum class RetryVerdict : std::uint8_t {
  retry,
  not_transient,    ///< a repeat would fail the same way
  may_have_effect,  ///< a repeat might do it a second time
  attempts_used,    ///< it was sent as often as allowed
  too_late,         ///< the deadline comes before the next attempt could
  budget_empty,     ///< too much is failing to repeat everything
  breaker_open,     ///< the breaker lets nothing through
};

/// For people, for example "no time left to try again".
[[nodiscard]] constexpr const char* name(RetryVerdict verdict) noexcept {
  switch (verdict) {
    case RetryVerdict::retry:
      return "tried again";
    case RetryVerdict::not_transient:
      return "a repeat would fail the same way";
    case RetryVerdict::may_have_effect:
      return "not tried again, since a repeat might do it twice";
    case RetryVerdict::attempts_used:
      return "tried as often as allowed";
    case RetryVerdict::too_late:
      return "no time left to try again";
    case RetryVerdict::budget_empty:
      return "not tried again, since too much is failing";
    case RetryVerdict::breaker_open:
      return "not tried again, since the server keeps failing";
  }
  return "";
}

struct RetryDecision {
  RetryVerdict verdict = RetryVerdict::not_transient;
  /// How long to wait before the next attempt.
  std::chrono::nanoseconds delay{0};
  /// What the repeat takes out of the budget.
  std::int32_t cost = 0;
};

/// Tokens that repeats take and successes give back: when much fails, repeats end, and what is left of the
/// server is spent on first attempts. *Thread safety*: any thread.
class RetryBudget {
 public:
  explicit RetryBudget(std::int32_t capacity) noexcept : capacity_(capacity), tokens_(capacity) {}

  /// False: not that many are left; nothing is taken.
  [[nodiscard]] bool take(std::int32_t tokens) noexcept {
    std::int32_t had = tokens_.load(std::memory_order_relaxed);
    while (had >= tokens) {
      if (tokens_.compare_exchange_weak(had, had - tokens, std::memory_order_relaxed)) return true;
    }
    return false;
  }
  /// A call succeeded. *taken*: by the last of its repeats, all of which comes back; zero when there was
  /// none, which earns one token.
  void succeeded(std::int32_t taken) noexcept { give_back(taken > 0 ? taken : 1); }
  /// A repeat that was paid for was not made.
  void give_back(std::int32_t tokens) noexcept {
    std::int32_t had = tokens_.load(std::memory_order_relaxed);
    while (had < capacity_ && !tokens_.compare_exchange_weak(had, had + std::min(tokens, capacity_ - had),
                                                             std::memory_order_relaxed)) {
    }
  }
  [[nodiscard]] std::int32_t left() const noexcept { return tokens_.load(std::memory_order_relaxed); }

 private:
  std::int32_t capacity_;
  std::atomic<std::int32_t> tokens_;
};

/// Decides after a failed attempt; takes the cost of a repeat out of *budget*.
/// *repeatable*: a repeat does no harm. *sent*: attempts so far, at least 1. *time_left*: until the call's
/// deadline. *random*: even in [0, 1).
[[nodiscard]] RetryDecision decide_retry(const RetrySettings& settings, RetryBudget& budget,
                                         const FailedAttempt& failed, bool repeatable, int sent,
                                         std::chrono::nanoseconds time_left, double random) noexcept;

}  // namespace wats::policy
