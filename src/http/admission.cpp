#include "src/http/admission.hpp"

#include "src/http/policy_settings.hpp"
#include "src/http/shared_cell.hpp"

#include <algorithm>
#include <utility>

namespace wats::http::detail {
namespace {

/// However long a server asks everybody to wait, after this it is asked again.
constexpr std::chrono::seconds longest_hold(30);

}  // namespace

Admission::Admission(const ClientOptions& options, std::uint64_t random_seed)
    : retry_(to_policy(options.retry())),
      adaptive_(options.concurrency().adaptive),
      budget_(retry_.budget),
      shared_cell_(options.rate().shared_file.empty() ? nullptr
                                                      : open_shared_cell(options.rate().shared_file)),
      limiter_(to_policy(options.rate(), options.is_loopback()),
               shared_cell_ ? &shared_cell_->cell() : nullptr),
      concurrency_(options.max_in_flight()),
      random_state_(random_seed),
      breaker_(to_policy(options.breaker())),
      adaptive_limit_(to_policy(options.concurrency(), options.max_in_flight())) {
  if (adaptive_) concurrency_ = adaptive_limit_.limit();
}

Admission::~Admission() = default;

double Admission::random() noexcept {
  // SplitMix64: spreads delays, keeps no secrets.
  std::uint64_t x = random_state_.fetch_add(0x9e3779b97f4a7c15U, std::memory_order_relaxed);
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return static_cast<double>((x ^ (x >> 31U)) >> 11U) * 0x1.0p-53;
}

Admitted Admission::ask(Priority priority, TimePoint now) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (breaker_.refuses(now)) {
      refused_.fetch_add(1, std::memory_order_relaxed);
      return Admitted::refused();
    }
  }
  if (const auto wait = limiter_.take(static_cast<std::size_t>(priority), now); wait.count() > 0) {
    rate_waits_.fetch_add(1, std::memory_order_relaxed);
    return Admitted::later(wait);
  }
  const std::lock_guard lock(mutex_);
  const Pass pass = breaker_.ask(now);
  if (pass != Pass::refused) return Admitted::now(pass);
  refused_.fetch_add(1, std::memory_order_relaxed);
  return Admitted::refused();
}

void Admission::report(Pass pass, Report report, std::chrono::nanoseconds took,
                       std::optional<std::uint32_t> beside, TimePoint now) noexcept {
  const double drawn = random();
  const std::lock_guard lock(mutex_);
  breaker_.report(pass, report, took, now, drawn);
  if (!adaptive_ || !beside) return;
  adaptive_limit_.answered(took, *beside);
  concurrency_.store(adaptive_limit_.limit(), std::memory_order_relaxed);
}

void Admission::waited(std::chrono::nanoseconds time) noexcept {
  const std::lock_guard lock(mutex_);
  ++turn_wait_count_;
  turn_waits_.add(time);
}

bool Admission::refuses(TimePoint now) noexcept {
  const std::lock_guard lock(mutex_);
  return breaker_.refuses(now);
}

void Admission::note_failure(std::string text) {
  const std::lock_guard lock(mutex_);
  last_failure_ = std::move(text);
}

std::string Admission::last_failure() {
  const std::lock_guard lock(mutex_);
  return last_failure_;
}

void Admission::overloaded() noexcept {
  if (!adaptive_) return;
  const std::lock_guard lock(mutex_);
  adaptive_limit_.overloaded();
  concurrency_.store(adaptive_limit_.limit(), std::memory_order_relaxed);
}

void Admission::hold(std::chrono::nanoseconds wait, TimePoint now) noexcept {
  limiter_.pause(now + std::min<std::chrono::nanoseconds>(wait, longest_hold));
}

policy::RetryDecision Admission::retry(const policy::FailedAttempt& failed, bool repeatable, int sent,
                                       int attempts, std::chrono::nanoseconds time_left) noexcept {
  policy::RetrySettings settings = retry_;
  settings.attempts = attempts;
  return policy::decide_retry(settings, budget_, failed, repeatable, sent, time_left, random());
}

Admission::TimePoint Admission::open_until() noexcept {
  const std::lock_guard lock(mutex_);
  return breaker_.open_until();
}

ConditionStats Admission::stats(TimePoint now) noexcept {
  ConditionStats stats;
  stats.breaker_refused = refused_.load(std::memory_order_relaxed);
  stats.rate_waits = rate_waits_.load(std::memory_order_relaxed);
  stats.retry_budget_left = budget_.left();
  stats.concurrency_limit = concurrency();
  stats.in_flight = in_flight_.load(std::memory_order_relaxed);
  stats.connections_tried = connections_tried_.load(std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  stats.turn_waits = turn_wait_count_;
  stats.turn_wait = turn_waits_.quantiles();
  stats.breaker = breaker_.state(now);
  stats.breaker_opened = breaker_.opened();
  return stats;
}

}  // namespace wats::http::detail
