// The clock that cached answers and settling windows age by; injected, so that tests move time instead of
// waiting. Deadlines of calls run on the system's monotonic clock, as sockets do.
#pragma once

#include <chrono>

namespace wats {

/// A monotonic clock. *Thread safety*: now() may be called from any thread.
class Clock {
 public:
  using duration = std::chrono::steady_clock::duration;
  using time_point = std::chrono::steady_clock::time_point;

  virtual ~Clock() = default;
  [[nodiscard]] virtual time_point now() const noexcept = 0;
};

}  // namespace wats
