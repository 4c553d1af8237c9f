// RateWindow: how many requests came in the last minute.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

namespace wats::server {

/// A sliding window over 60 s. *Thread safety*: one thread at a time.
class RateWindow {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// *most* requests in any 60 s; 0 for any number.
  explicit RateWindow(std::uint32_t most) : most_(most) {}

  /// Takes a request in at *now*, or answers how long to wait, at least 1 s. Refused requests do not count.
  [[nodiscard]] std::optional<std::chrono::seconds> admit(TimePoint now);

 private:
  std::uint32_t most_;
  std::deque<TimePoint> admitted_;
};

}  // namespace wats::server
