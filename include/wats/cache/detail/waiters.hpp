// The two ways to wait for a load: block the thread, or be called.
#pragma once

#include "wats/cache/flight.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace wats::cache::detail {

template <class Value, class Failure>
class BlockingWaiter final : public Waiter<Value, Failure> {
 public:
  void landed(const Landing<Value, Failure>& landing) noexcept override { tell(landing); }
  /// False: something else came before, and stays.
  bool tell(const Landing<Value, Failure>& landing) noexcept {
    {
      const std::lock_guard lock(mutex_);
      if (landing_) return false;
      landing_.emplace(landing);
    }
    landed_.notify_one();
    return true;
  }

  /// Null: nothing has come by then. Lifetime: the landing lives as long as the waiter.
  const Landing<Value, Failure>* wait(std::optional<std::chrono::steady_clock::time_point> until) {
    std::unique_lock lock(mutex_);
    const auto is_here = [this] { return landing_.has_value(); };
    if (!until) {
      landed_.wait(lock, is_here);
    } else if (!landed_.wait_until(lock, *until, is_here)) {
      return nullptr;
    }
    return &*landing_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable landed_;
  std::optional<Landing<Value, Failure>> landing_;
};

template <class Value, class Failure, class Done>
class CallingWaiter final : public Waiter<Value, Failure> {
 public:
  explicit CallingWaiter(Done&& done) : done_(std::in_place, std::move(done)) {}
  /// Also for who does not wait any longer: what comes first is told.
  void landed(const Landing<Value, Failure>& landing) noexcept override { tell(landing); }
  /// False: something else came before.
  bool tell(const Landing<Value, Failure>& landing) noexcept {
    if (is_told_.exchange(true, std::memory_order_acq_rel)) return false;
    // What it holds is let go even if this waiter stays with a load for long.
    Done done = std::move(*done_);
    done_.reset();
    done(landing);
    return true;
  }
  [[nodiscard]] bool is_told() const noexcept { return is_told_.load(std::memory_order_acquire); }

 private:
  std::atomic<bool> is_told_{false};
  std::optional<Done> done_;
};

}  // namespace wats::cache::detail
