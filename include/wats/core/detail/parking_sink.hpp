// ParkingSink: how a blocked thread waits for what others carry out.
#pragma once

#include "wats/core/detail/operation.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace wats::detail {

/// Completed on any thread, once; waited for on one.
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

}  // namespace wats::detail
