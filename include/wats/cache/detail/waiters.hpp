// The two ways to wait for a load: block the thread, or be called.
#pragma once

#include "wats/cache/flight.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace wats::cache::detail {

template <class Value, class Failure>
class BlockingWaiter final : public Waiter<Value, Failure> {
 public:
  void landed(const Landing<Value, Failure>& landing) noexcept override {
    {
      const std::lock_guard lock(mutex_);
      landing_.emplace(landing);
    }
    landed_.notify_one();
  }

  /// Lifetime: the landing lives as long as the waiter.
  const Landing<Value, Failure>& wait() {
    std::unique_lock lock(mutex_);
    landed_.wait(lock, [this] { return landing_.has_value(); });
    return *landing_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable landed_;
  std::optional<Landing<Value, Failure>> landing_;
};

template <class Value, class Failure, class Done>
class CallingWaiter final : public Waiter<Value, Failure> {
 public:
  explicit CallingWaiter(Done&& done) : done_(std::move(done)) {}
  void landed(const Landing<Value, Failure>& landing) noexcept override { done_(landing); }

 private:
  Done done_;
};

}  // namespace wats::cache::detail
