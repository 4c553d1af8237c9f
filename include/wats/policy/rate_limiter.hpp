// RateLimiter: so many requests in so much time, some for everybody, all for the most urgent.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace wats::policy {

/// Ranks of urgency; 0 is the most urgent.
inline constexpr std::size_t rank_count = 4;

/// The defaults are what clients use for servers elsewhere.
struct RateSettings {
  /// Requests in each `period` on average; 0: as many as one likes.
  std::uint32_t requests = 500;
  std::chrono::nanoseconds period = std::chrono::minutes(1);
  /// Requests that may go at once after a rest; at least 1.
  std::uint32_t burst = 100;
  /// What part of the burst each rank may use, from 0 to 1: the rest is kept for those before it.
  std::array<double, rank_count> share{1.0, 0.9, 0.6, 0.3};

  friend bool operator==(const RateSettings&, const RateSettings&) = default;
};

/// A token bucket kept as one number, the time at which it would be full again (GCRA), so that threads and,
/// through a file mapped by all, processes of one station can share it without a lock. *Thread safety*: any
/// thread.
class RateLimiter {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  /// Nanoseconds of the monotonic clock, which is the same for all processes of a machine.
  using Cell = std::atomic<std::int64_t>;
  static_assert(Cell::is_always_lock_free);

  /// *shared*: a cell that others use with the same settings; it must outlive this object. Null: its own.
  explicit RateLimiter(const RateSettings& settings, Cell* shared = nullptr) noexcept;
  RateLimiter(const RateLimiter&) = delete;
  RateLimiter& operator=(const RateLimiter&) = delete;

  [[nodiscard]] bool limits() const noexcept { return interval_ > 0; }
  /// Zero: one request of this rank may go, and is counted. Else how long until asking again can succeed.
  [[nodiscard]] std::chrono::nanoseconds take(std::size_t rank, TimePoint now) noexcept;
  /// The server says we are too fast: nothing goes before *until*.
  void pause(TimePoint until) noexcept;

 private:
  std::int64_t interval_ = 0;
  std::array<std::int64_t, rank_count> tolerance_{};
  std::int64_t most_tolerance_ = 0;
  Cell own_{0};
  Cell& full_at_;
  Cell paused_until_{0};
};

}  // namespace wats::policy
