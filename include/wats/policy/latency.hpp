// LatencyHistogram: how long recent requests took, in little space.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace wats::policy {

/// Of how long things lately took.
struct Quantiles {
  std::chrono::nanoseconds p50{0};
  std::chrono::nanoseconds p95{0};
  std::chrono::nanoseconds p99{0};
};

/// Counts durations in buckets that grow by a fourth of a power of two each, from 1 us to over an hour: a
/// quantile is at most a fourth too high. Forgets half of what it knows every `memory` samples, so that it
/// follows the server. *Thread safety*: one thread at a time; it does not allocate.
class LatencyHistogram {
 public:
  static constexpr std::uint32_t memory = 4096;
  static constexpr std::size_t bucket_count = 128;

  void add(std::chrono::nanoseconds took) noexcept;
  /// Samples it remembers.
  [[nodiscard]] std::uint32_t samples() const noexcept { return samples_; }
  /// The upper bound of the bucket in which the *part* quantile lies (0 to 1); zero without samples.
  [[nodiscard]] std::chrono::nanoseconds quantile(double part) const noexcept;
  [[nodiscard]] Quantiles quantiles() const noexcept {
    return {quantile(0.5), quantile(0.95), quantile(0.99)};
  }

 private:
  std::array<std::uint32_t, bucket_count> counts_{};
  std::uint32_t samples_ = 0;
};

}  // namespace wats::policy
