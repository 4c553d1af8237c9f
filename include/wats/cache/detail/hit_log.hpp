// Which entries were hit since the policy was told last, and how many hits there were at all.
#pragma once

#include "wats/cache/detail/slab.hpp"
#include "wats/cache/detail/striped_lock.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace wats::cache::detail {

/// Hits of one thread stay in their order; those of several come one thread after the other.
class HitLog {
 public:
  /// Any lock. True: there is no room for the next one, it should be drained.
  bool add(Number number) noexcept {
    Stripe& stripe = stripes_[own_stripe()];
    // One counter is statistic and place in one: a hit costs one atomic addition.
    const std::uint64_t place = stripe.told.fetch_add(1, std::memory_order_relaxed) - stripe.drained;
    if (place < stripe.recent.size()) stripe.recent[place].store(number, std::memory_order_relaxed);
    return place + 1 >= stripe.recent.size();
  }

  /// Any lock. Of a hit that the policy need not know of.
  void count() noexcept { stripes_[own_stripe()].untold.fetch_add(1, std::memory_order_relaxed); }

  /// Exclusive lock. Calls *hit*(next), where *next*() gives the numbers in turn and then no_number, for each
  /// stripe that has any.
  template <class Hit>
  void drain(const Hit& hit) noexcept {
    for (Stripe& stripe : stripes_) {
      const std::uint64_t told = stripe.told.load(std::memory_order_relaxed);
      const std::uint64_t count = std::min<std::uint64_t>(told - stripe.drained, stripe.recent.size());
      if (count == 0) continue;
      hit([&stripe, count, i = std::uint64_t{0}]() mutable {
        return i < count ? stripe.recent[i++].load(std::memory_order_relaxed) : no_number;
      });
      stripe.drained = told;
    }
  }

  [[nodiscard]] std::uint64_t hits() const noexcept {
    std::uint64_t sum = 0;
    for (const Stripe& stripe : stripes_) {
      sum += stripe.told.load(std::memory_order_relaxed) + stripe.untold.load(std::memory_order_relaxed);
    }
    return sum;
  }

 private:
  struct alignas(64) Stripe {
    std::atomic<std::uint64_t> told{0};
    std::atomic<std::uint64_t> untold{0};
    std::uint64_t drained = 0;
    std::array<std::atomic<Number>, 58> recent{};
  };

  std::array<Stripe, stripe_count> stripes_;
};

}  // namespace wats::cache::detail
