// Finds what has come to its time without looking at the rest: a hierarchical timing wheel (Varghese and
// Lauck, SOSP 1987).
#pragma once

#include "wats/cache/clock.hpp"
#include "wats/cache/detail/slab.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace wats::cache::detail {

/// Five wheels of 64 buckets: a bucket of the first holds what is due within one tick of 1.07 s, a bucket of
/// each other as much as the whole wheel before it. Entries move to a lower wheel as their time comes near,
/// at most four times. T has `Links timer`. All under the exclusive lock of the shard; scheduling and
/// cancelling cost the same however many entries there are.
template <class T>
class TimerWheel {
 public:
  TimerWheel() noexcept { heads_.fill(no_number); }

  /// Of what is not scheduled.
  void schedule(Slab<T>& slab, Number number, TimePoint deadline) noexcept {
    const std::uint64_t due = std::min(std::max(tick_of(deadline), tick_), tick_ + (ticks_of(levels) - 1));
    std::size_t level = 0;
    while (due - tick_ >= ticks_of(level + 1)) ++level;
    link(slab, number, list_of(level, due));
  }

  void cancel(Slab<T>& slab, Number number) noexcept {
    const auto [previous, next] = slab[number].timer;
    if (next != no_number) slab[next].timer.previous = previous;
    if ((previous & is_head) == 0) {
      slab[previous].timer.next = next;
      return;
    }
    const std::size_t list = previous & ~is_head;
    heads_[list] = next;
    if (next == no_number) filled_[list / buckets] &= ~bit(list);
  }

  /// Turns on to *now*. What is due by then is cancelled and given to *expire*(number), which removes it, or
  /// tells the later time that it has got meanwhile. Stops after *most* entries were touched and goes on
  /// there when called again. *deadline_of*(number): when its time is.
  template <class DeadlineOf, class Expire>
  void turn(Slab<T>& slab, TimePoint now, std::size_t most, const DeadlineOf& deadline_of,
            const Expire& expire) {
    const std::uint64_t target = tick_of(now);
    while (tick_ < target) {
      const Number number = first_here();
      if (number == no_number) {
        tick_ = next_stop(target);
        continue;
      }
      if (most-- == 0) return;
      cancel(slab, number);
      if (const TimePoint deadline = deadline_of(number); deadline > now) {
        schedule(slab, number, deadline);
      } else {
        expire(number);
      }
    }
  }

 private:
  static constexpr std::size_t levels = 5;
  static constexpr std::size_t buckets = 64;
  // A nanosecond count becomes ticks by a shift.
  static constexpr unsigned tick_bits = 30;
  // In the place of the one before, the first of a list has the number of the list.
  static constexpr Number is_head = 0x8000'0000U;

  static constexpr std::uint64_t ticks_of(std::size_t level) noexcept {
    return std::uint64_t{1} << (6 * level);
  }
  static std::uint64_t tick_of(TimePoint time) noexcept {
    const auto since = time.time_since_epoch().count();
    return since <= 0 ? 0 : static_cast<std::uint64_t>(since) >> tick_bits;
  }
  static constexpr std::size_t list_of(std::size_t level, std::uint64_t tick) noexcept {
    return level * buckets + ((tick >> (6 * level)) % buckets);
  }
  static constexpr std::uint64_t bit(std::size_t list) noexcept {
    return std::uint64_t{1} << (list % buckets);
  }

  void link(Slab<T>& slab, Number number, std::size_t list) noexcept {
    const Number next = heads_[list];
    if (next != no_number) slab[next].timer.previous = number;
    slab[number].timer = {is_head | static_cast<Number>(list), next};
    heads_[list] = number;
    filled_[list / buckets] |= bit(list);
  }

  /// What has to be looked at before this tick is over: buckets of higher wheels that begin now, then the
  /// lowest.
  [[nodiscard]] Number first_here() const noexcept {
    for (std::size_t level = levels; level-- > 0;) {
      if (tick_ % ticks_of(level) != 0) continue;
      if (const Number number = heads_[list_of(level, tick_)]; number != no_number) return number;
    }
    return no_number;
  }

  /// The next tick at which there may be something, at most *target*: what is empty is passed over.
  [[nodiscard]] std::uint64_t next_stop(std::uint64_t target) const noexcept {
    std::size_t level = 0;
    while (level < levels && filled_[level] == 0) ++level;
    if (level == levels) return target;
    return std::min(target, (tick_ / ticks_of(level) + 1) * ticks_of(level));
  }

  std::uint64_t tick_ = 0;
  std::array<std::uint64_t, levels> filled_{};
  std::array<Number, levels * buckets> heads_{};
};

}  // namespace wats::cache::detail
