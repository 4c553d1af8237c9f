// The lock of a shard: readers on different threads touch different cache lines, so that hits don't slow each
// other down.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <thread>

namespace wats::cache::detail {

/// Threads are spread over so many stripes. More would make each change look at more lines.
inline constexpr std::size_t stripe_count = 4;

/// The stripe of the calling thread, the same as long as it lives.
[[nodiscard]] inline std::size_t own_stripe() noexcept {
  constexpr std::uint32_t unknown = stripe_count;
  static std::atomic<std::uint32_t> next{0};
  static constinit thread_local std::uint32_t mine = unknown;
  if (mine == unknown) mine = next.fetch_add(1, std::memory_order_relaxed) % stripe_count;
  return mine;
}

/// A lock as std::shared_mutex, for sections of some hundred nanoseconds: who wants it for himself waits for
/// readers without sleeping, readers sleep while somebody has it. New readers wait for who waits.
class StripedLock {
 public:
  StripedLock() = default;
  StripedLock(const StripedLock&) = delete;
  StripedLock& operator=(const StripedLock&) = delete;
  ~StripedLock() = default;

  void lock_shared() noexcept {
    auto& readers = stripes_[own_stripe()].readers;
    for (;;) {
      // Each shows himself before he looks for the other, in one order for all: one of two sees the other.
      readers.fetch_add(1, std::memory_order_seq_cst);
      if (!is_taken_.load(std::memory_order_seq_cst)) return;
      readers.fetch_sub(1, std::memory_order_release);
      const std::lock_guard until_free(owner_);
    }
  }
  void unlock_shared() noexcept { stripes_[own_stripe()].readers.fetch_sub(1, std::memory_order_release); }

  void lock() noexcept {
    owner_.lock();
    take();
  }
  /// Does not wait for another owner, but for readers.
  [[nodiscard]] bool try_lock() noexcept {
    if (!owner_.try_lock()) return false;
    take();
    return true;
  }
  void unlock() noexcept {
    is_taken_.store(false, std::memory_order_release);
    owner_.unlock();
  }

 private:
  struct alignas(64) Stripe {
    std::atomic<std::uint32_t> readers{0};
  };

  static constexpr int most_looks = 64;

  void take() noexcept {
    is_taken_.store(true, std::memory_order_seq_cst);
    for (const Stripe& stripe : stripes_) {
      // Most are gone at the first look. One that was interrupted needs the processor, and gets it from who
      // has a higher priority only if that sleeps.
      for (int looks = 0; stripe.readers.load(std::memory_order_seq_cst) != 0; ++looks) {
        if (looks < most_looks)
          std::this_thread::yield();
        else
          std::this_thread::sleep_for(std::chrono::microseconds(50));
      }
    }
  }

  std::array<Stripe, stripe_count> stripes_;
  std::atomic<bool> is_taken_{false};
  std::mutex owner_;
};

}  // namespace wats::cache::detail
