#include "wats/policy/latency.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace wats::policy {
namespace {

// Four buckets to each power of two, told apart by the two bits behind the leading one.
std::size_t bucket_of(std::chrono::nanoseconds took) noexcept {
  const auto us = static_cast<std::uint64_t>(std::max<std::int64_t>(took.count() / 1000, 4));
  const auto power = static_cast<std::size_t>(std::bit_width(us)) - 1;
  const std::size_t quarter = (us >> (power - 2)) & 3U;
  return std::min((power - 2) * 4 + quarter, LatencyHistogram::bucket_count - 1);
}

std::chrono::nanoseconds upper_bound(std::size_t bucket) noexcept {
  const std::size_t power = bucket / 4 + 2;
  const std::uint64_t quarter = bucket % 4;
  return std::chrono::microseconds(((5 + quarter) << (power - 2)));
}

}  // namespace

void LatencyHistogram::add(std::chrono::nanoseconds took) noexcept {
  ++counts_[bucket_of(took)];
  if (++samples_ < memory) return;
  samples_ = 0;
  for (auto& count : counts_) samples_ += count /= 2;
}

std::chrono::nanoseconds LatencyHistogram::quantile(double part) const noexcept {
  if (samples_ == 0) return std::chrono::nanoseconds(0);
  const auto wanted = static_cast<std::uint32_t>(std::ceil(std::clamp(part, 0.0, 1.0) * samples_));
  std::uint32_t seen = 0;
  for (std::size_t bucket = 0; bucket < bucket_count; ++bucket) {
    seen += counts_[bucket];
    if (seen >= wanted && seen > 0) return upper_bound(bucket);
  }
  return upper_bound(bucket_count - 1);
}

}  // namespace wats::policy
