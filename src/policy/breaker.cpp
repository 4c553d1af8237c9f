#include "wats/policy/breaker.hpp"

#include <algorithm>

namespace wats::policy {

using std::chrono::nanoseconds;

std::int64_t Breaker::slice_number(TimePoint now) const noexcept {
  const auto length =
      std::max<std::int64_t>(1, settings_.window.count() / static_cast<std::int64_t>(slice_count));
  return std::chrono::duration_cast<nanoseconds>(now.time_since_epoch()).count() / length;
}

bool Breaker::refuses(TimePoint now) const noexcept {
  if (!tripped_) return false;
  return now < open_until_ || now < probe_until_;
}

Breaker::Pass Breaker::ask(TimePoint now) noexcept {
  if (refuses(now)) return Pass::refused;
  if (!tripped_) return Pass::normal;
  probe_began_ = now;
  probe_until_ = now + settings_.slow_after;
  return Pass::probe;
}

BreakerState Breaker::state(TimePoint now) const noexcept {
  if (!tripped_) return BreakerState::closed;
  return now < open_until_ ? BreakerState::open : BreakerState::half_open;
}

void Breaker::report(Pass pass, Report report, nanoseconds took, TimePoint now, double random) noexcept {
  if (!settings_.enabled || pass == Pass::refused) return;
  const bool slow = took >= settings_.slow_after;
  // A probe that took too long may come back when another one has decided: then it is as any attempt.
  if (pass == Pass::probe && tripped_) {
    // One that was given up late must not end the wait for the one after it.
    if (report != Report::unknown || now - took >= probe_began_) probe_until_ = TimePoint();
    if (report == Report::failed || (report == Report::succeeded && slow)) return open(now, random);
    if (report == Report::succeeded) close();
    return;
  }
  // What was let through before it opened no longer counts.
  if (tripped_ || report == Report::unknown) return;
  count(report == Report::failed, slow, now);
  if ((report == Report::failed || slow) && is_bad(now)) open(now, random);
}

void Breaker::count(bool failed, bool slow, TimePoint now) noexcept {
  const std::int64_t number = slice_number(now);
  Slice& slice = slices_[static_cast<std::size_t>(number) % slice_count];
  if (slice.number != number) {
    slice = Slice();
    slice.number = number;
  }
  ++slice.attempts;
  if (failed) ++slice.failed;
  if (slow) ++slice.slow;
}

bool Breaker::is_bad(TimePoint now) const noexcept {
  const std::int64_t oldest = slice_number(now) - static_cast<std::int64_t>(slice_count) + 1;
  std::uint64_t attempts = 0;
  std::uint64_t failed = 0;
  std::uint64_t slow = 0;
  for (const Slice& slice : slices_) {
    if (slice.number < oldest) continue;
    attempts += slice.attempts;
    failed += slice.failed;
    slow += slice.slow;
  }
  if (attempts < settings_.least_attempts) return false;
  const auto all = static_cast<double>(attempts);
  return static_cast<double>(failed) >= settings_.failure_rate * all ||
         static_cast<double>(slow) >= settings_.slow_rate * all;
}

void Breaker::open(TimePoint now, double random) noexcept {
  const std::uint32_t doublings = tripped_ ? std::min(++rounds_, 20U) : 0;
  tripped_ = true;
  ++opened_;
  const auto longest = static_cast<double>(settings_.longest_open.count());
  const double planned = std::min(
      static_cast<double>(settings_.open_for.count()) * static_cast<double>(1U << doublings), longest);
  // From the planned time to half as long again: many clients lost the same server at the same moment.
  open_until_ = now + nanoseconds(static_cast<std::int64_t>(planned * (1.0 + 0.5 * random)));
}

void Breaker::close() noexcept {
  tripped_ = false;
  rounds_ = 0;
  slices_.fill(Slice());
}

}  // namespace wats::policy
