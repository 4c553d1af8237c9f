// How a blocked thread waits for its call.
#pragma once

#include "wats/core/detail/operation.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace wats::http::detail {

using wats::detail::Outcome;
using wats::detail::Sink;

/// Waits on the thread that runs the lane itself: no lock.
class LaneSink final : public Sink {
 public:
  void complete(Outcome outcome) noexcept override { outcome_.emplace(std::move(outcome)); }
  [[nodiscard]] bool done() const noexcept { return outcome_.has_value(); }
  [[nodiscard]] Outcome take() { return *std::move(outcome_); }

 private:
  std::optional<Outcome> outcome_;
};

/// Waits while the background thread does the work.
class ParkingSink final : public Sink {
 public:
  void complete(Outcome outcome) noexcept override {
    // Notified under the lock: the waiter may destroy this object as soon as it is free.
    const std::lock_guard lock(mutex_);
    outcome_.emplace(std::move(outcome));
    done_.notify_one();
  }
  [[nodiscard]] Outcome wait() {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return outcome_.has_value(); });
    return *std::move(outcome_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable done_;
  std::optional<Outcome> outcome_;
};

}  // namespace wats::http::detail
