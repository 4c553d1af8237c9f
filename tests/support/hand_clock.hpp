// A clock that tests move by hand.
#pragma once

#include "wats/core/clock.hpp"

#include <atomic>
#include <chrono>

namespace wats::testing {

/// *Thread safety*: any thread.
class HandClock final : public wats::Clock {
 public:
  [[nodiscard]] time_point now() const noexcept override { return time_point(now_.load()); }
  void advance(duration by) { now_ = now_.load() + by; }

 private:
  std::atomic<duration> now_{duration(std::chrono::hours(1))};
};

}  // namespace wats::testing
