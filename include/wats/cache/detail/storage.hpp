// The entries of a cache over all shards: what may be shown, what is kept and what has to go.
#pragma once

#include "wats/cache/clock.hpp"
#include "wats/cache/detail/hash.hpp"
#include "wats/cache/detail/shard.hpp"
#include "wats/cache/hit.hpp"
#include "wats/cache/options.hpp"
#include "wats/cache/stats.hpp"
#include "wats/cache/tags.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <utility>
#include <vector>

namespace wats::cache::detail {

/// Bytes a key holds outside of itself.
template <class Key>
std::size_t heap_bytes(const Key& key) noexcept {
  if constexpr (requires { key.size() * sizeof(typename Key::value_type); }) {
    return key.size() * sizeof(typename Key::value_type);
  } else {
    return 0;
  }
}

template <class Key, class Value, class Failure, class Hash, class Equal>
class Storage {
 public:
  using Pointer = std::shared_ptr<const Value>;
  using OneShard = Shard<Key, Value, Failure>;
  using Exclusive = typename OneShard::Exclusive;

  /// Where a key lives.
  struct Spot {
    std::uint64_t hash;
    OneShard& shard;
    // The shard is chosen by the low bits, the place within it by the high ones.
    [[nodiscard]] std::uint32_t in_shard() const noexcept { return static_cast<std::uint32_t>(hash >> 32U); }
  };

  explicit Storage(Options options)
      : options_(std::move(options)),
        tags_(options_.tag_slots),
        shards_(std::bit_ceil(options_.shards != 0          ? options_.shards
                              : options_.max_entries < 1024 ? 1
                                                            : 16)) {
    for (OneShard& shard : shards_) shard.evict_by(options_.policy);
  }

  [[nodiscard]] TagTable& tags() noexcept { return tags_; }
  [[nodiscard]] TimePoint now() const { return options_.now ? options_.now() : coarse_steady_now(); }

  static std::size_t weight_of(const Key& key, std::size_t value_bytes) noexcept {
    // 12: a place in the index is 8 bytes, and the index is two thirds full on average.
    constexpr std::size_t own = Slab<Entry<Key, Value>>::cell_bytes() + 12;
    return own + heap_bytes(key) + (value_bytes == 0 ? sizeof(Value) : value_bytes);
  }

  [[nodiscard]] Spot spot_of(std::uint64_t hash) noexcept {
    return {hash, shards_[hash & (shards_.size() - 1)]};
  }
  template <class K>
  [[nodiscard]] Spot spot(const K& key) {
    return spot_of(hash_key<Key>(hash_, key));
  }

  /// A predicate for keys equal to this one. Lifetime: as long as key.
  template <class K>
  [[nodiscard]] auto same_as(const K& key) const {
    return [this, &key](const Key& other) { return equal_(other, key); };
  }

  /// A fresh entry, under the shared lock.
  template <class K>
  Hit<Value> find(Spot at, const K& key, LookupOptions options, bool count_miss) {
    const TimePoint when = now();
    Hit<Value> hit;
    bool full = false;
    {
      const std::shared_lock lock(at.shard.mutex());
      const Number number = at.shard.find(at.in_shard(), same_as(key));
      if (number != no_number) {
        hit = show(at.shard[number], when, options);
        if (hit) full = at.shard.record_hit(number);
      }
      if (!hit && count_miss) at.shard.record_miss();
    }
    if (full) at.shard.try_drain();
    return hit;
  }

  /// The same under the exclusive lock; removes what nobody may be shown again.
  template <class K>
  Hit<Value> find_or_bury(Exclusive& lock, Spot at, const K& key, LookupOptions options) {
    const Number number = at.shard.find(at.in_shard(), same_as(key));
    if (number == no_number) return {};
    const TimePoint when = now();
    Hit<Value> hit = show(at.shard[number], when, options);
    if (hit) {
      at.shard.record_hit(number);
    } else if (const auto cause = cause_of_death(at.shard[number], when)) {
      remove(lock, at.shard, number, *cause);
    }
    return hit;
  }

  /// Counts an entry that was dead already under the cause of its death.
  template <class K>
  bool remove_key(Exclusive& lock, Spot at, const K& key, Cause cause) {
    const Number number = at.shard.find(at.in_shard(), same_as(key));
    if (number == no_number) return false;
    remove(lock, at.shard, number, cause_of_death(at.shard[number], now()).value_or(cause));
    return true;
  }

  /// Stores what may be stored, in place of what is there; after it make_room_elsewhere() without the lock.
  bool store(Exclusive& lock, Spot at, Key&& key, Pointer&& value, TimePoint born, Stamp stamp,
             const TagSet& tags, const StoreOptions& options) {
    const std::size_t bytes = weight_of(key, options.bytes);
    const Duration ttl = options.ttl.value_or(options_.ttl);
    const TimePoint expires = born + std::min(ttl, TimePoint::max() - born);
    // Settling is asked for the time the load began: what was read inside a window may be the older state,
    // even if it arrives after the window.
    if (now() >= expires || bytes > options_.max_bytes || options_.max_entries == 0 ||
        tags_.changed_since(tags.view(), stamp) || tags_.settling(tags.view(), born)) {
      remove_key(lock, at, key, Cause::replaced);
      ++at.shard.counts().refused;
      return false;
    }
    Content<Value> content{.value = std::move(value),
                           .expires = expires,
                           .stamp = stamp,
                           .born = born,
                           .slots = slots_of(tags),
                           .bytes = bytes};
    if (const Number number = at.shard.find(at.in_shard(), same_as(key)); number != no_number) {
      const Cause cause = cause_of_death(at.shard[number], now()).value_or(Cause::replaced);
      at.shard.replace(lock, number, content, cause, totals_);
      make_room(lock, at.shard, 1);
    } else {
      // Room is made first: what is new must not be the first to go.
      totals_.add(1, bytes);
      try {
        make_room(lock, at.shard, 0);
        at.shard.insert(at.in_shard(), std::move(key), std::move(content));
      } catch (...) {
        // The caller's hash or the memory failed: nothing has come in.
        totals_.subtract(1, bytes);
        throw;
      }
    }
    return true;
  }

  /// When the inserting shard had nothing but the new entry, the others give, one lock at a time.
  void make_room_elsewhere(const OneShard& full) {
    const auto first = static_cast<std::size_t>(&full - shards_.data());
    for (std::size_t i = 1; i < shards_.size() && over(); ++i) {
      OneShard& shard = shards_[(first + i) % shards_.size()];
      Exclusive lock(shard);
      make_room(lock, shard, 0);
    }
  }

  void clear() {
    for (OneShard& shard : shards_) {
      Slab<Entry<Key, Value>> dead;
      const Exclusive lock(shard);
      shard.remove_all(dead, Cause::cleared, totals_);
    }
  }

  std::size_t purge() {
    constexpr Number slice = 1024;  // about 0.1 ms under the lock
    std::size_t removed = 0;
    for (OneShard& shard : shards_) {
      for (Number from = 0;; from += slice) {
        Exclusive lock(shard);
        const Number end = std::min(shard.slab_end(), from + slice);
        if (from >= end) break;
        const TimePoint when = now();
        for (Number number = from; number < end; ++number) {
          if (!shard.is_live(number)) continue;
          const std::optional<Cause> cause = cause_of_death(shard[number], when);
          if (!cause) continue;
          remove(lock, shard, number, *cause);
          ++removed;
        }
      }
    }
    return removed;
  }

  [[nodiscard]] Stats stats() {
    Stats sum;
    for (OneShard& shard : shards_) shard.add_to(sum);
    return sum;
  }

 private:
  using Stored = Entry<Key, Value>;

  [[nodiscard]] Hit<Value> show(const Stored& entry, TimePoint when, LookupOptions options) const {
    // Another thread may have read the clock later and stored already: no age is negative.
    const Duration age = std::max(when - entry.born, Duration::zero());
    const bool good = when < entry.expires && (!options.max_age || age < *options.max_age) &&
                      !tags_.changed_since(entry.slots.view(), entry.stamp);
    return good ? Hit<Value>(entry.value, age) : Hit<Value>();
  }

  // Why nobody may be shown this entry again, if so.
  [[nodiscard]] std::optional<Cause> cause_of_death(const Stored& entry, TimePoint when) const {
    if (tags_.changed_since(entry.slots.view(), entry.stamp)) return Cause::invalidated;
    if (when >= entry.expires) return Cause::expired;
    return std::nullopt;
  }

  // The hash is computed again rather than kept: 8 bytes an entry less, and removal reads the key anyway.
  [[nodiscard]] std::uint32_t hash_in_shard(const OneShard& shard, Number number) const {
    return static_cast<std::uint32_t>(hash_key<Key>(hash_, shard[number].key) >> 32U);
  }

  void remove(Exclusive& lock, OneShard& shard, Number number, Cause cause) {
    shard.remove(lock, hash_in_shard(shard, number), number, cause, totals_);
  }

  // Has the policy choose, as long as there is too much here and more than *left*.
  void make_room(Exclusive& lock, OneShard& shard, std::size_t left) {
    while (over() && shard.size() > left) {
      shard.evict([&](Number number) { return hash_in_shard(shard, number); },
                  [&](Number number) { remove(lock, shard, number, Cause::capacity); });
    }
  }

  [[nodiscard]] SlotList slots_of(const TagSet& tags) const {
    std::array<TagTable::Slot, 8> few{};
    const auto all = tags.view();
    if (all.size() > few.size()) {
      std::vector<TagTable::Slot> many;
      for (const Tag tag : all) many.push_back(tags_.slot(tag));
      return SlotList(many);
    }
    std::transform(all.begin(), all.end(), few.begin(), [this](Tag tag) { return tags_.slot(tag); });
    return SlotList({few.data(), all.size()});
  }

  [[nodiscard]] bool over() const noexcept {
    return totals_.entries.load(std::memory_order_relaxed) > options_.max_entries ||
           totals_.bytes.load(std::memory_order_relaxed) > options_.max_bytes;
  }

  const Options options_;
  TagTable tags_;
  std::vector<OneShard> shards_;
  Totals totals_;
  [[no_unique_address]] Hash hash_;
  [[no_unique_address]] Equal equal_;
};

}  // namespace wats::cache::detail
