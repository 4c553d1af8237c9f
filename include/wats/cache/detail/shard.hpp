// One independently locked part of a cache: entries, loads under way, recency and counts.
#pragma once

#include "wats/cache/detail/back_offs.hpp"
#include "wats/cache/detail/entry.hpp"
#include "wats/cache/detail/eviction.hpp"
#include "wats/cache/detail/hit_log.hpp"
#include "wats/cache/detail/index.hpp"
#include "wats/cache/detail/last_uses.hpp"
#include "wats/cache/detail/slab.hpp"
#include "wats/cache/detail/striped_lock.hpp"
#include "wats/cache/detail/timer_wheel.hpp"
#include "wats/cache/flight.hpp"
#include "wats/cache/hooks.hpp"
#include "wats/cache/stats.hpp"
#include "wats/cache/tags.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

namespace wats::cache::detail {

/// Has memory that will be written soon, such as a count of owners, brought near.
inline void prefetch_for_writing(const void* where) noexcept {
#if defined(__GNUC__)
  __builtin_prefetch(where, 1);
#else
  static_cast<void>(where);
#endif
}

/// A load under way. Guarded by the lock of the shard its key belongs to, but for what never changes.
template <class Key, class Value, class Failure>
class Flight {
 public:
  using WaiterPointer = std::shared_ptr<Waiter<Value, Failure>>;
  struct Joined {
    WaiterPointer waiter;
    Stamp since = 0;
    /// Of what may stand in for a load that fails.
    std::optional<Duration> max_age;
  };

  Flight(Key own_key, std::uint64_t own_hash, Stamp begun_since, TimePoint begun_at)
      : key(std::move(own_key)), hash(own_hash), stamp(begun_since), born(begun_at) {}

  const Key key;
  const std::uint64_t hash;
  const Stamp stamp;
  const TimePoint born;
  TagSet tags;
  std::vector<Joined> joined;
  /// Its value is loaded behind one that is shown.
  bool is_refresh = false;
};

/// What all shards of a cache hold together; the bounds are over these.
class Totals {
 public:
  std::atomic<std::size_t> entries{0};
  std::atomic<std::size_t> bytes{0};

  void add(std::size_t more_entries, std::size_t more_bytes) noexcept {
    entries.fetch_add(more_entries, std::memory_order_relaxed);
    bytes.fetch_add(more_bytes, std::memory_order_relaxed);
  }
  void subtract(std::size_t less_entries, std::size_t less_bytes) noexcept {
    entries.fetch_sub(less_entries, std::memory_order_relaxed);
    bytes.fetch_sub(less_bytes, std::memory_order_relaxed);
  }
};

/// The members say which lock they need; the caller takes it.
template <class Key, class Value, class Failure>
class alignas(64) Shard {
 public:
  using Stored = Entry<Key, Value>;
  using Pointer = typename Stored::Pointer;
  using FlightPointer = std::shared_ptr<Flight<Key, Value, Failure>>;

  using OnRemoved = std::function<void(const Key&, const Pointer&, Cause)>;

  /// The exclusive lock. What is removed under it is destroyed, and told of, after it is released.
  class Exclusive {
   public:
    explicit Exclusive(Shard& shard) : on_removed_(shard.on_removed_), lock_(shard.mutex_) { shard.drain(); }
    Exclusive(const Exclusive&) = delete;
    Exclusive& operator=(const Exclusive&) = delete;
    ~Exclusive() {
      lock_.unlock();
      for (const Removal& removal : removals_) (*on_removed_)(removal.key, removal.value, removal.cause);
    }
    /// *key* may be moved from.
    template <class K>
    void keep_until_unlocked(K&& key, Pointer&& dead, Cause cause) {
      if (on_removed_ != nullptr) {
        removals_.emplace_back(std::forward<K>(key), std::move(dead), cause);
      } else {
        // Nearly always one value dies, the one that was replaced or evicted: no allocation under the lock.
        (first_ ? dead_.emplace_back() : first_) = std::move(dead);
      }
    }

   private:
    struct Removal {
      Removal(Key own_key, Pointer&& dead, Cause why)
          : key(std::move(own_key)), value(std::move(dead)), cause(why) {}
      Key key;
      Pointer value;
      Cause cause;
    };

    const OnRemoved* on_removed_;
    Pointer first_;
    std::vector<Pointer> dead_;
    std::vector<Removal> removals_;
    std::unique_lock<StripedLock> lock_;
  };

  /// Before it is used. *on_removed*: null, or it outlives the shard.
  void set_up(Policy policy, bool notes_uses, const OnRemoved* on_removed) noexcept {
    policy_ = policy;
    eviction_.begin(policy);
    notes_uses_ = notes_uses;
    on_removed_ = on_removed;
  }

  /// Any lock.
  template <class Same>
  [[nodiscard]] Number find(std::uint32_t hash, Same&& same) const {
    return index_.find(hash, [&](Number number) {
      const Stored& entry = slab_[number];
      // Most likely it is the one: what is behind key and value is fetched side by side.
      prefetch_for_writing(entry.value.get());
      return same(entry.key);
    });
  }
  [[nodiscard]] const Stored& operator[](Number number) const noexcept { return slab_[number]; }
  [[nodiscard]] StripedLock& mutex() noexcept { return mutex_; }

  /// Any lock. Counts a hit and remembers it for the recency order; true: the caller should try to drain.
  bool record_hit(Number number, TimePoint when, bool is_stale) noexcept {
    bool is_full = false;
    if (eviction_.knows_of_hits(slab_[number]))
      log_.count();
    else
      is_full = log_.add(number);
    if (is_stale)
      stale_.fetch_add(1, std::memory_order_relaxed);
    else if (!slab_[number].value)
      negative_.fetch_add(1, std::memory_order_relaxed);
    if (notes_uses_) last_uses_.note(number, when);
    return is_full;
  }
  /// Any lock, where uses are noted.
  [[nodiscard]] TimePoint last_use(Number number) const noexcept { return last_uses_.of(number); }
  void record_miss() noexcept { misses_.fetch_add(1, std::memory_order_relaxed); }

  /// No lock. Applies the remembered hits unless somebody holds the lock, who will have done so.
  void try_drain() noexcept {
    if (const std::unique_lock lock(mutex_, std::try_to_lock); lock.owns_lock()) drain();
  }

  /// Exclusive lock for all below.
  /// *totals* count it already.
  Number insert(std::uint32_t hash, Key&& key, Content<Value>& content, TimePoint now) {
    const std::size_t bytes = content.bytes;
    index_.reserve_one();
    if (notes_uses_) last_uses_.reserve(slab_.next());
    const Number number = slab_.create(std::move(key), content);
    if (notes_uses_) last_uses_.note(number, now);
    index_.insert(hash, number);
    eviction_.inserted(slab_, number, hash);
    ++counts_.inserts;
    ++counts_.entries;
    counts_.bytes += bytes;
    return number;
  }

  /// A new value for a key that has one; to the policy it is one more use.
  void replace(Exclusive& guard, Number number, Content<Value>& content, TimePoint now, Cause cause,
               Totals& totals) {
    const std::size_t bytes = content.bytes;
    Stored& entry = slab_[number];
    // First what may fail.
    guard.keep_until_unlocked(entry.key, Pointer(entry.value), cause);
    entry.renew(content);
    content.value.reset();
    wheel_.cancel(slab_, number);
    if (notes_uses_) last_uses_.note(number, now);
    totals.add(1, bytes);
    ++counts_.inserts;
    ++counts_.entries;
    counts_.bytes += bytes;
    count_removed(totals, cause, 1, content.bytes);
    eviction_.hit(slab_, [once = number]() mutable { return std::exchange(once, no_number); });
  }

  void remove(Exclusive& guard, std::uint32_t hash, Number number, Cause cause, Totals& totals) {
    Stored& entry = slab_[number];
    const std::size_t bytes = entry.bytes();
    guard.keep_until_unlocked(std::move(entry.key), std::move(entry.value), cause);
    wheel_.cancel(slab_, number);
    eviction_.removed(slab_, number);
    index_.erase(hash, number);
    slab_.destroy(number);
    count_removed(totals, cause, 1, bytes);
  }

  /// Moves everything to an empty slab, which the caller destroys after the lock is released.
  void remove_all(Slab<Stored>& dead, Cause cause, Totals& totals) noexcept {
    dead.swap(slab_);
    index_ = HashIndex{};
    wheel_ = TimerWheel<Stored>{};
    back_offs_ = BackOffs{};
    eviction_.begin(policy_);
    count_removed(totals, cause, counts_.entries, counts_.bytes);
  }

  /// Of an entry that was just inserted or replaced.
  void schedule(Number number, TimePoint deadline) noexcept { wheel_.schedule(slab_, number, deadline); }
  /// See TimerWheel::turn(). What *expire* gets is scheduled again first, so that it is removed as any other.
  template <class DeadlineOf, class Expire>
  void turn(TimePoint now, std::size_t most, const DeadlineOf& deadline_of, const Expire& expire) {
    wheel_.turn(slab_, now, most, deadline_of, [&](Number number) {
      wheel_.schedule(slab_, number, now);
      expire(number);
    });
  }
  [[nodiscard]] BackOffs& back_offs() noexcept { return back_offs_; }

  /// Calls *remove*(number), which removes it, for what has to go first; there is something.
  template <class HashOf, class Remove>
  void evict(const HashOf& hash_of, const Remove& remove) {
    eviction_.evict(slab_, hash_of, remove);
  }
  [[nodiscard]] std::size_t size() const noexcept { return counts_.entries; }
  [[nodiscard]] Number slab_end() const noexcept { return slab_.end(); }
  [[nodiscard]] bool is_live(Number number) const noexcept { return slab_.is_live(number); }
  [[nodiscard]] Stats& counts() noexcept { return counts_; }

  /// The load under way for a key, or null.
  template <class Same>
  [[nodiscard]] FlightPointer flight(std::uint64_t hash, Same&& same) const {
    const auto [first, last] = flights_.equal_range(hash);
    for (auto each = first; each != last; ++each) {
      if (same(each->second->key)) return each->second;
    }
    return nullptr;
  }
  void add_flight(FlightPointer flight) {
    const std::uint64_t hash = flight->hash;
    flights_.emplace(hash, std::move(flight));
  }
  /// Takes a load out of the table, so that nobody joins it and it will not be stored; false: it was not
  /// there.
  bool detach_flight(const Flight<Key, Value, Failure>* flight) noexcept {
    const auto [first, last] = flights_.equal_range(flight->hash);
    for (auto each = first; each != last; ++each) {
      if (each->second.get() != flight) continue;
      flights_.erase(each);
      return true;
    }
    return false;
  }

  /// Takes the shared lock.
  void add_to(Stats& sum) {
    const std::shared_lock lock(mutex_);
    // A hit of a kind of its own is counted after it was counted as one: in this order none is missed.
    const std::uint64_t stale = stale_.load(std::memory_order_relaxed);
    const std::uint64_t negative = negative_.load(std::memory_order_relaxed);
    const std::uint64_t hits = std::max(log_.hits(), stale + negative);
    sum.fresh += hits - stale - negative;
    sum.stale += stale;
    sum.negative += negative;
    sum.misses += misses_.load(std::memory_order_relaxed);
    sum.joined += counts_.joined;
    sum.loads += counts_.loads;
    sum.refreshes += counts_.refreshes;
    sum.rescued += counts_.rescued;
    sum.load_time += counts_.load_time;
    sum.load_failures += counts_.load_failures;
    sum.abandoned += counts_.abandoned;
    sum.inserts += counts_.inserts;
    sum.refused += counts_.refused;
    sum.entries += counts_.entries;
    sum.bytes += counts_.bytes;
    for (std::size_t i = 0; i < cause_count; ++i) {
      sum.removed_by[i].entries += counts_.removed_by[i].entries;
      sum.removed_by[i].bytes += counts_.removed_by[i].bytes;
    }
  }

 private:
  // Applies the remembered hits. Numbers in the log are alive: they were written under a
  // shared lock, and entries are only removed under the exclusive one, which begins with this.
  void drain() noexcept {
    log_.drain([this](auto&& next) { eviction_.hit(slab_, std::forward<decltype(next)>(next)); });
  }

  void count_removed(Totals& totals, Cause cause, std::size_t entries, std::size_t bytes) noexcept {
    totals.subtract(entries, bytes);
    counts_.entries -= entries;
    counts_.bytes -= bytes;
    counts_.removed(cause).entries += entries;
    counts_.removed(cause).bytes += bytes;
  }

  StripedLock mutex_;
  HitLog log_;
  HashIndex index_;
  Slab<Stored> slab_;
  const OnRemoved* on_removed_ = nullptr;
  bool notes_uses_ = false;
  Policy policy_ = Policy::lru;
  Eviction<Stored> eviction_;
  TimerWheel<Stored> wheel_;
  LastUses last_uses_;
  BackOffs back_offs_;
  std::atomic<std::uint64_t> stale_{0};
  std::atomic<std::uint64_t> negative_{0};
  std::atomic<std::uint64_t> misses_{0};
  Stats counts_;
  std::unordered_multimap<std::uint64_t, FlightPointer> flights_;
};

}  // namespace wats::cache::detail
