// AdaptiveLimit: how many requests to have under way at once, found from how the server's answers slow down.
#pragma once

#include <chrono>
#include <cstdint>

namespace wats::policy {

struct ConcurrencySettings {
  std::uint32_t least = 4;
  std::uint32_t most = 64;
  std::uint32_t first = 16;
  /// Answers may take this times as long as they do with few under way before that counts as queueing.
  double tolerance = 1.5;

  friend bool operator==(const ConcurrencySettings&, const ConcurrencySettings&) = default;
};

/// Lowers the limit when answers take longer than they do with few requests under way, which tells that they
/// wait in a queue, and raises it while they don't: a gradient as in Netflix's concurrency-limits. What
/// answers take without a queue is learnt while little is asked, and else in short phases with a quarter of
/// the limit, as TCP BBR does. *Thread safety*: one thread at a time; it does not allocate.
class AdaptiveLimit {
 public:
  explicit AdaptiveLimit(const ConcurrencySettings& settings) noexcept
      : settings_(settings), limit_(static_cast<double>(settings.first)) {}

  [[nodiscard]] std::uint32_t limit() const noexcept;
  /// An answer came after *took*, with *in_flight* requests under way, itself included.
  void answered(std::chrono::nanoseconds took, std::uint32_t in_flight) noexcept;
  /// The server was overloaded: it refused for that reason, or never answered.
  void overloaded() noexcept;

 private:
  [[nodiscard]] bool learn(double took, std::uint32_t in_flight) noexcept;
  void set(double limit) noexcept;

  ConcurrencySettings settings_;
  double limit_;
  /// Average times of answers in nanoseconds: without a queue, and lately.
  double unqueued_ = 0;
  double recent_ = 0;
  /// Answers until the next phase of learning, and until it ends.
  std::uint32_t until_phase_ = 1000;
  std::uint32_t phase_left_ = 0;
};

}  // namespace wats::policy
