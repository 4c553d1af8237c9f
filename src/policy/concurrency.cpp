#include "wats/policy/concurrency.hpp"

#include <algorithm>
#include <cmath>

namespace wats::policy {
namespace {

/// Answers between phases of learning, and averaged in one.
constexpr std::uint32_t phase_every = 1000;
constexpr std::uint32_t phase_length = 32;
/// How much a new answer, or a new limit, counts in its average.
constexpr double weight_unqueued = 0.1;
constexpr double weight_recent = 0.1;
constexpr double weight_limit = 0.2;
constexpr double after_overload = 0.9;

void average(double& value, double sample, double weight) noexcept {
  value = value == 0 ? sample : value + weight * (sample - value);
}

}  // namespace

std::uint32_t AdaptiveLimit::limit() const noexcept {
  const auto limit = static_cast<std::uint32_t>(limit_);
  return phase_left_ > 0 ? std::max(settings_.least, limit / 4) : limit;
}

bool AdaptiveLimit::learn(double took, std::uint32_t in_flight) noexcept {
  const bool is_idle = 4 * static_cast<double>(in_flight) <= limit_;
  if (phase_left_ > 0) {
    // The first answers of a phase waited behind what was asked before it.
    if (--phase_left_ < phase_length) average(unqueued_, took, weight_unqueued);
    return true;
  }
  if (unqueued_ == 0 || is_idle) average(unqueued_, took, weight_unqueued);
  if (is_idle || --until_phase_ > 0) return false;
  until_phase_ = phase_every;
  phase_left_ = phase_length + static_cast<std::uint32_t>(limit_);
  return true;
}

void AdaptiveLimit::answered(std::chrono::nanoseconds took, std::uint32_t in_flight) noexcept {
  const auto now = static_cast<double>(std::max<std::int64_t>(took.count(), 1));
  if (learn(now, in_flight)) return;
  average(recent_, now, weight_recent);
  // Half used: the limit holds nobody back, so nothing is known of a higher one.
  if (2 * static_cast<double>(in_flight) < limit_) return;
  const double gradient = std::clamp(settings_.tolerance * unqueued_ / recent_, 0.5, 1.0);
  set((1 - weight_limit) * limit_ + weight_limit * (limit_ * gradient + std::sqrt(limit_)));
}

void AdaptiveLimit::overloaded() noexcept {
  set(limit_ * after_overload);
}

void AdaptiveLimit::set(double limit) noexcept {
  limit_ = std::clamp(limit, static_cast<double>(settings_.least), static_cast<double>(settings_.most));
}

}  // namespace wats::policy
