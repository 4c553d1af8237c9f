// Breaker: stops asking a server that keeps failing, and finds out with few questions when it is back.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace wats::policy {

struct BreakerSettings {
  bool enabled = true;
  /// How far back it looks.
  std::chrono::nanoseconds window = std::chrono::seconds(30);
  /// With fewer attempts than this in the window it judges nothing.
  std::uint32_t least_attempts = 10;
  /// It opens when this part of the attempts failed, from 0 to 1.
  double failure_rate = 0.5;
  /// An attempt that takes this long is slow, whatever comes of it.
  std::chrono::nanoseconds slow_after = std::chrono::seconds(10);
  /// It opens when this part of the attempts was slow.
  double slow_rate = 0.9;
  /// How long it stays open the first time; doubled by each probe that fails. Up to half as long again is
  /// added at random.
  std::chrono::nanoseconds open_for = std::chrono::seconds(5);
  std::chrono::nanoseconds longest_open = std::chrono::minutes(1);

  friend bool operator==(const BreakerSettings&, const BreakerSettings&) = default;
};

enum class BreakerState : std::uint8_t { closed, open, half_open };

[[nodiscard]] constexpr const char* name(BreakerState state) noexcept {
  switch (state) {
    case BreakerState::closed:
      return "closed";
    case BreakerState::open:
      return "open";
    case BreakerState::half_open:
      return "half_open";
  }
  return "";
}

/// One server's breaker: when it has been open for its time, one attempt at a time is let through to see
/// whether the server is back, the next one when that takes longer than `slow_after`. Failures are counted in
/// a window that slides by tenths. *Thread safety*: one thread at a time; it neither locks nor allocates.
class Breaker {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// How one attempt may go, to be given back with report().
  enum class Pass : std::uint8_t { refused, normal, probe };
  enum class Report : std::uint8_t {
    succeeded,
    failed,
    unknown,  ///< says nothing about the server: taken back, refused for what was asked
  };

  explicit Breaker(const BreakerSettings& settings) noexcept : settings_(settings) {}

  /// Asks for one attempt.
  [[nodiscard]] Pass ask(TimePoint now) noexcept;
  /// Whether ask() would refuse.
  [[nodiscard]] bool refuses(TimePoint now) const noexcept;
  /// Every attempt that was let through must be reported, once. *random*, even in [0, 1), spreads the clients
  /// that come back.
  void report(Pass pass, Report report, std::chrono::nanoseconds took, TimePoint now, double random) noexcept;

  [[nodiscard]] BreakerState state(TimePoint now) const noexcept;
  /// When the next probe may pass; meaningful while open.
  [[nodiscard]] TimePoint open_until() const noexcept { return open_until_; }
  /// How often it opened, each probe that failed included.
  [[nodiscard]] std::uint64_t opened() const noexcept { return opened_; }

 private:
  struct Slice {
    std::int64_t number = -1;
    std::uint32_t attempts = 0;
    std::uint32_t failed = 0;
    std::uint32_t slow = 0;
  };
  static constexpr std::size_t slice_count = 10;

  void count(bool failed, bool slow, TimePoint now) noexcept;
  [[nodiscard]] bool is_bad(TimePoint now) const noexcept;
  [[nodiscard]] std::int64_t slice_number(TimePoint now) const noexcept;
  void open(TimePoint now, double random) noexcept;
  void close() noexcept;

  BreakerSettings settings_;
  std::array<Slice, slice_count> slices_{};
  bool tripped_ = false;
  TimePoint open_until_{};
  /// Probes that failed since it opened.
  std::uint32_t rounds_ = 0;
  /// While a probe is out; one that takes longer than what is slow is no reason to wait on.
  TimePoint probe_until_{};
  TimePoint probe_began_{};
  std::uint64_t opened_ = 0;
};

}  // namespace wats::policy
