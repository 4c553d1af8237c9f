// Admission: what a client knows of its server's condition, and what follows for asking it.
#pragma once

#include "wats/core/client_options.hpp"
#include "wats/http/detail/engine.hpp"
#include "wats/policy/breaker.hpp"
#include "wats/policy/concurrency.hpp"
#include "wats/policy/latency.hpp"
#include "wats/policy/rate_limiter.hpp"
#include "wats/policy/retry.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace wats::http::detail {

class SharedCell;

/// Whether one attempt may be made now.
class Admitted {
 public:
  enum class Verdict : std::uint8_t { now, later, refused };

  [[nodiscard]] static Admitted now(policy::Breaker::Pass pass) noexcept { return {Verdict::now, pass, {}}; }
  [[nodiscard]] static Admitted later(std::chrono::nanoseconds wait) noexcept {
    return {Verdict::later, policy::Breaker::Pass::refused, wait};
  }
  [[nodiscard]] static Admitted refused() noexcept {
    return {Verdict::refused, policy::Breaker::Pass::refused, {}};
  }

  Verdict verdict;
  /// To be given back with report().
  policy::Breaker::Pass pass;
  /// Until asking again can succeed.
  std::chrono::nanoseconds wait;

 private:
  Admitted(Verdict v, policy::Breaker::Pass p, std::chrono::nanoseconds w) noexcept
      : verdict(v), pass(p), wait(w) {}
};

/// One for all loops of a client. *Thread safety*: any thread. It does not allocate after it was made.
class Admission {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Pass = policy::Breaker::Pass;
  using Report = policy::Breaker::Report;

  /// *random_seed* makes delays differ between clients.
  Admission(const ClientOptions& options, std::uint64_t random_seed);
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;
  ~Admission();

  /// Asks for one attempt: first the breaker, then the rate.
  [[nodiscard]] Admitted ask(Priority priority, TimePoint now) noexcept;
  /// Attempts that one loop may have under way.
  [[nodiscard]] std::size_t concurrency() const noexcept {
    return concurrency_.load(std::memory_order_relaxed);
  }
  /// A turn was taken on one of the loops, and is given back.
  void entered() noexcept { in_flight_.fetch_add(1, std::memory_order_relaxed); }
  void left() noexcept { in_flight_.fetch_sub(1, std::memory_order_relaxed); }
  /// A call had to wait for its turn, whether it got it or not.
  void waited(std::chrono::nanoseconds time) noexcept;
  void connection_tried() noexcept { connections_tried_.fetch_add(1, std::memory_order_relaxed); }
  /// An attempt that was admitted is over. *beside*: where it brought what was asked for, the requests that
  /// were under way on its loop, itself among them.
  void report(Pass pass, Report report, std::chrono::nanoseconds took, std::optional<std::uint32_t> beside,
              TimePoint now) noexcept;
  /// The server refused or lost an attempt because it has too much to do.
  void overloaded() noexcept;
  /// The server asked everybody to wait.
  void hold(std::chrono::nanoseconds wait, TimePoint now) noexcept;

  [[nodiscard]] policy::RetryDecision retry(const policy::FailedAttempt& failed, bool repeatable, int sent,
                                            int attempts, std::chrono::nanoseconds time_left) noexcept;
  /// A call succeeded; *taken*: what its last repeat took out of the budget.
  void succeeded(std::int32_t taken) noexcept { budget_.succeeded(taken); }
  /// A repeat that was paid for is not made.
  void give_back(std::int32_t taken) noexcept { budget_.give_back(taken); }
  /// Whether the breaker lets nothing through now.
  [[nodiscard]] bool refuses(TimePoint now) noexcept;
  /// What the last failure that the breaker counted looked like, for those it refuses.
  void note_failure(std::string text);
  [[nodiscard]] std::string last_failure();
  /// Takes a hedge out of the retry budget.
  [[nodiscard]] bool pay_hedge() noexcept { return budget_.take(retry_.cost); }
  [[nodiscard]] std::int32_t hedge_cost() const noexcept { return retry_.cost; }

  /// Until when nothing is asked; meaningful after a refusal.
  [[nodiscard]] TimePoint open_until() noexcept;
  [[nodiscard]] ConditionStats stats(TimePoint now) noexcept;

 private:
  [[nodiscard]] double random() noexcept;

  const policy::RetrySettings retry_;
  const bool adaptive_;
  policy::RetryBudget budget_;
  std::unique_ptr<SharedCell> shared_cell_;
  policy::RateLimiter limiter_;
  std::atomic<std::size_t> concurrency_;
  std::atomic<std::uint64_t> random_state_;
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> rate_waits_{0};
  std::atomic<std::uint64_t> connections_tried_{0};
  std::atomic<std::uint32_t> in_flight_{0};

  std::mutex mutex_;  // guards what follows
  policy::Breaker breaker_;
  policy::AdaptiveLimit adaptive_limit_;
  std::string last_failure_;
  policy::LatencyHistogram turn_waits_;
  std::uint64_t turn_wait_count_ = 0;
};

}  // namespace wats::http::detail
