// Drain: how fast an outbox empties, and what becomes of a report after each outcome. Decides, and does
// nothing.
#pragma once

#include "src/outbox/store.hpp"
#include "wats/outbox/deliver.hpp"
#include "wats/outbox/options.hpp"
#include "wats/policy/concurrency.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace wats::outbox::detail {

/// *Thread safety*: one thread at a time.
class Drain {
 public:
  using TimePoint = Clock::time_point;
  /// Even in [0, 1).
  using Random = std::function<double()>;

  Drain(const DrainSettings& settings, Random random);

  /// How many more reports may be begun, with so many under way.
  [[nodiscard]] std::size_t room(std::size_t in_flight, TimePoint now) const;
  /// When there is room again although nothing ends; nothing: there is, or it takes an end.
  [[nodiscard]] std::optional<TimePoint> opens_at(TimePoint now) const;
  /// Why nothing is begun; empty: something is.
  [[nodiscard]] const std::string& pause() const noexcept { return pause_; }

  /// What becomes of a report whose delivery took so long, with so many under way, itself included.
  [[nodiscard]] Verdict decide(const Claimed& claimed, const Outcome& outcome, std::chrono::nanoseconds took,
                               std::size_t in_flight, TimePoint now, WallTime wall_now);

  /// Whether the report has to wait since it would start in the future; *ahead*: of the station's clock.
  [[nodiscard]] std::optional<Verdict> guard(const Claimed& claimed,
                                             std::optional<std::chrono::milliseconds> ahead,
                                             WallTime wall_now) const;

 private:
  void went_well(std::chrono::nanoseconds took, std::size_t in_flight, TimePoint now);
  void wait_for_all(std::string why, std::chrono::milliseconds at_least, TimePoint now);
  [[nodiscard]] std::chrono::milliseconds backoff(std::chrono::milliseconds base,
                                                  std::chrono::milliseconds most, int times) const;

  const DrainSettings settings_;
  const Random random_;
  policy::AdaptiveLimit limit_;
  /// Grows with each success from one.
  std::uint32_t window_ = 1;
  /// One at a time until one gets through.
  bool is_probing_ = true;
  TimePoint closed_until_;
  TimePoint spread_until_;
  int pauses_ = 0;
  int doubts_in_a_row_ = 0;
  std::optional<TimePoint> last_success_;
  std::string pause_;
};

}  // namespace wats::outbox::detail
