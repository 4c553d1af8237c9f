// The entries of a cache over all shards: what may be shown, what is kept and what has to go.
#pragma once

#include "wats/cache/clock.hpp"
#include "wats/cache/detail/bounds.hpp"
#include "wats/cache/detail/hash.hpp"
#include "wats/cache/detail/shard.hpp"
#include "wats/cache/explanation.hpp"
#include "wats/cache/hit.hpp"
#include "wats/cache/hooks.hpp"
#include "wats/cache/options.hpp"
#include "wats/cache/stats.hpp"
#include "wats/cache/tags.hpp"

#include <algorithm>
#include <array>
#include <atomic>
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
  using Stored = typename OneShard::Stored;
  using Exclusive = typename OneShard::Exclusive;

  /// Where a key lives.
  struct Spot {
    std::uint64_t hash;
    OneShard& shard;
    // The shard is chosen by the low bits, the place within it by the high ones.
    [[nodiscard]] std::uint32_t in_shard() const noexcept { return static_cast<std::uint32_t>(hash >> 32U); }
  };

  Storage(Options options, Hooks<Key, Value, Failure> hooks)
      : options_(within_bounds(std::move(options))),
        hooks_(std::move(hooks)),
        max_entries_(options_.max_entries),
        max_bytes_(options_.max_bytes),
        tags_(options_.tag_slots),
        shards_(std::bit_ceil(options_.shards != 0          ? options_.shards
                              : options_.max_entries < 1024 ? 1
                                                            : 16)) {
    const auto* const on_removed = hooks_.on_removed ? &hooks_.on_removed : nullptr;
    for (OneShard& shard : shards_) shard.set_up(options_.policy, notes_uses(), on_removed);
  }

  [[nodiscard]] const Options& options() const noexcept { return options_; }
  [[nodiscard]] const Hooks<Key, Value, Failure>& hooks() const noexcept { return hooks_; }
  [[nodiscard]] TagTable& tags() noexcept { return tags_; }
  [[nodiscard]] TimePoint now() const { return options_.now ? options_.now() : coarse_steady_now(); }

  static std::size_t weight_of(const Key& key, std::size_t value_bytes) noexcept {
    // 12: a place in the index is 8 bytes, and the index is two thirds full on average.
    constexpr std::size_t own = Slab<Entry<Key, Value>>::cell_bytes() + 12;
    // What weighs more than any entry may still does so when the rest is added.
    return own + heap_bytes(key) +
           (value_bytes == 0 ? sizeof(Value) : std::min(value_bytes, most_entry_bytes));
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

  /// Looks under the shared lock. *max_stale*: what expired less than this ago may be shown.
  template <class K>
  Hit<Value> look(Spot at, const K& key, const LookupOptions& options, Duration max_stale, bool count_miss) {
    const TimePoint when = now();
    Hit<Value> hit;
    bool is_full = false;
    {
      const std::shared_lock lock(at.shard.mutex());
      const Number number = at.shard.find(at.in_shard(), same_as(key));
      if (number != no_number && show(at.shard, number, when, options, max_stale, hit)) {
        is_full = at.shard.record_hit(number, when, hit.is_stale);
        // Being loaded already, or not for a while: most hits need no more than this lock.
        if (hit.is_due) hit.is_due = may_be_loaded(at, key, when);
      } else if (count_miss) {
        at.shard.record_miss();
      }
    }
    if (is_full) at.shard.try_drain();
    return hit;
  }

  /// The same under the exclusive lock; removes what nobody may be shown again.
  template <class K>
  Hit<Value> look_or_bury(Exclusive& lock, Spot at, const K& key, const LookupOptions& options,
                          Duration max_stale) {
    const TimePoint when = now();
    Hit<Value> hit;
    const Number number = at.shard.find(at.in_shard(), same_as(key));
    if (number == no_number) return hit;
    if (show(at.shard, number, when, options, max_stale, hit)) {
      at.shard.record_hit(number, when, hit.is_stale);
    } else if (const auto cause = cause_of_death(at.shard, number, when)) {
      remove(lock, at.shard, number, *cause);
    }
    return hit;
  }

  /// Any lock.
  [[nodiscard]] bool backs_off(Spot at, TimePoint when) const noexcept {
    return at.shard.back_offs().of(at.hash).until > when;
  }
  // Rare, and kept out of what a hit takes along.
  template <class K>
  [[gnu::noinline]] bool may_be_loaded(Spot at, const K& key, TimePoint when) const {
    return !at.shard.flight(at.hash, same_as(key)) && !backs_off(at, when);
  }
  /// Any lock: whether it should still be loaded anew.
  template <class K>
  [[nodiscard]] bool is_due(Spot at, const K& key) const {
    Hit<Value> hit;
    const Number number = at.shard.find(at.in_shard(), same_as(key));
    return number != no_number && show(at.shard, number, now(), {}, options_.stale.kept(), hit) && hit.is_due;
  }
  /// Any lock. What there is, counted as no hit.
  template <class K>
  [[nodiscard]] Hit<Value> peek(Spot at, const K& key, const LookupOptions& options,
                                Duration max_stale) const {
    const Number number = at.shard.find(at.in_shard(), same_as(key));
    Hit<Value> hit;
    if (number != no_number) show(at.shard, number, now(), options, max_stale, hit);
    return hit;
  }

  /// Takes the shared lock.
  template <class K>
  [[nodiscard]] Explanation explain(Spot at, const K& key) {
    const TimePoint when = now();
    Explanation told;
    const std::shared_lock lock(at.shard.mutex());
    if (const auto flight = at.shard.flight(at.hash, same_as(key))) told.loading_for = when - flight->born;
    if (const auto back_off = at.shard.back_offs().of(at.hash); back_off.failures > 0) {
      told.failures = back_off.failures;
      told.next_refresh_in = std::max(back_off.until - when, Duration::zero());
    }
    const Number number = at.shard.find(at.in_shard(), same_as(key));
    if (number == no_number) return told;
    const Stored& entry = at.shard[number];
    told.age = std::max(when - entry.born(), Duration::zero());
    told.lifetime = entry.lifetime();
    told.left = last_moment(at.shard, number, entry.expires()) - when;
    told.bytes = entry.bytes();
    told.tags = entry.slots.view().size();
    told.state = state_of(at.shard, number, when);
    return told;
  }

  /// Counts an entry that was dead already under the cause of its death.
  template <class K>
  bool remove_key(Exclusive& lock, Spot at, const K& key, Cause cause) {
    const Number number = at.shard.find(at.in_shard(), same_as(key));
    if (number == no_number) return false;
    remove(lock, at.shard, number, cause_of_death(at.shard, number, now()).value_or(cause));
    return true;
  }

  /// What is to be stored: what the hooks say of it was asked without a lock.
  struct Parcel {
    Pointer value;
    Duration ttl{};
    std::size_t value_bytes = 0;
    bool to_validate = false;
  };
  [[nodiscard]] Parcel pack(const Key& key, Pointer&& value, const StoreOptions& options) const {
    Parcel parcel;
    if (!value) {
      parcel.ttl = std::min(options.ttl.value_or(options_.negative_ttl), options_.negative_ttl);
      parcel.value_bytes = 1;
      return parcel;
    }
    parcel.ttl = options.ttl ? *options.ttl : hooks_.ttl ? hooks_.ttl(key, *value) : options_.ttl;
    parcel.value_bytes = options.bytes != 0 ? options.bytes
                         : hooks_.weigh     ? std::max<std::size_t>(hooks_.weigh(key, *value), 1)
                                            : 0;
    parcel.value = std::move(value);
    parcel.to_validate = options.to_validate;
    return parcel;
  }

  /// When a load began, how old its value was already, and the order it has among changes.
  struct Origin {
    TimePoint began{};
    Duration age{0};
    Stamp stamp = 0;
  };

  /// Stores what may be stored, in place of what is there, and takes it out of the parcel, which outlives the
  /// lock; after it make_room_elsewhere() without the lock.
  bool store(Exclusive& lock, Spot at, Key&& key, Parcel& parcel, const Origin& origin, const TagSet& tags) {
    const TimePoint when = now();
    expire(lock, at.shard, when, most_expired_at_once);
    auto content = content_of(at, key, parcel, origin, tags, when);
    if (!content) {
      remove_key(lock, at, key, Cause::replaced);
      ++at.shard.counts().refused;
      return false;
    }
    at.shard.back_offs().succeeded(at.hash);
    place(lock, at, std::move(key), *content, when);
    return true;
  }

  /// The same only where nothing younger may be shown; what is refused changes nothing.
  bool store_if_better(Exclusive& lock, Spot at, Key&& key, Parcel& parcel, const Origin& origin,
                       const TagSet& tags) {
    const TimePoint when = now();
    auto content = content_of(at, key, parcel, origin, tags, when);
    if (!content) return false;
    const Number number = at.shard.find(at.in_shard(), same_as(key));
    if (number != no_number && !cause_of_death(at.shard, number, when) &&
        at.shard[number].born() >= content->born)
      return false;
    place(lock, at, std::move(key), *content, when);
    return true;
  }

  /// When the inserting shard had nothing but the new entry, the others give, one lock at a time.
  void make_room_elsewhere(const OneShard& full) {
    const auto first = static_cast<std::size_t>(&full - shards_.data());
    for (std::size_t i = 1; i < shards_.size() && over(); ++i) {
      OneShard& shard = shards_[(first + i) % shards_.size()];
      Exclusive lock(shard);
      expire(lock, shard, now(), most_expired_at_once);
      make_room(lock, shard, 0);
    }
  }

  void clear() {
    for (OneShard& shard : shards_) {
      Slab<Stored> dead;
      {
        const Exclusive lock(shard);
        shard.remove_all(dead, Cause::cleared, totals_);
      }
      if (!hooks_.on_removed) continue;
      for (Number number = 0; number < dead.end(); ++number) {
        if (dead.is_live(number)) hooks_.on_removed(dead[number].key, dead[number].value, Cause::cleared);
      }
    }
  }

  void resize(std::size_t entries, std::size_t bytes) {
    max_entries_.store(entries, std::memory_order_relaxed);
    max_bytes_.store(bytes, std::memory_order_relaxed);
    // All give their share, a little at a time, rather than the first all it has.
    constexpr std::size_t slice = 64;
    while (over()) {
      for (OneShard& shard : shards_) {
        Exclusive lock(shard);
        expire(lock, shard, now(), most_expired_at_once);
        make_room(lock, shard, shard.size() > slice ? shard.size() - slice : 0);
      }
    }
  }

  std::size_t purge() {
    std::size_t removed = 0;
    for (OneShard& shard : shards_) {
      for (Number from = 0;; from += slice_of_purge) {
        Exclusive lock(shard);
        const Number end = std::min(shard.slab_end(), from + slice_of_purge);
        if (from >= end) break;
        const TimePoint when = now();
        for (Number number = from; number < end; ++number) {
          if (!shard.is_live(number)) continue;
          const std::optional<Cause> cause = cause_of_death(shard, number, when);
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
  // An insertion pays for what has expired, some microseconds at most.
  static constexpr std::size_t most_expired_at_once = 64;
  static constexpr Number slice_of_purge = 1024;  // about 0.1 ms under the lock

  /// What is stored, taken out of the parcel; nothing where it must not be.
  [[nodiscard]] std::optional<Content<Value>> content_of(Spot at, const Key& key, Parcel& parcel,
                                                         const Origin& origin, const TagSet& tags,
                                                         TimePoint when) const {
    const TimePoint born = origin.began - std::clamp(origin.age, Duration::zero(), longest_age);
    const std::size_t bytes = weight_of(key, parcel.value_bytes);
    const Duration lifetime =
        std::min({jittered(parcel.ttl, at.hash, origin.stamp, born), longest_lifetime,
                  TimePoint::max() - std::max(born, TimePoint()) - options_.stale.kept()});
    // A value that took longer to load than it lives may still be shown where stale ones may.
    const Duration shown = lifetime + kept_of(parcel.value != nullptr, parcel.to_validate);
    // Settling is asked for the time the load began: what was read inside a window may be the older state,
    // even if it arrives after the window.
    if (lifetime <= Duration::zero() || when - born >= shown ||
        bytes > std::min(max_bytes(), most_entry_bytes) || max_entries() == 0 ||
        tags_.changed_since(tags.view(), origin.stamp) || tags_.settling(tags.view(), origin.began))
      return std::nullopt;
    return Content<Value>{.value = std::move(parcel.value),
                          .born = born,
                          .lifetime = lifetime,
                          .stamp = origin.stamp,
                          .slots = slots_of(tags),
                          .bytes = bytes,
                          .to_validate = parcel.to_validate};
  }
  [[nodiscard]] Duration kept_of(bool has_value, bool to_validate) const noexcept {
    return has_value ? options_.stale.kept(to_validate) : Duration::zero();
  }

  /// What was there is left in *content*.
  void place(Exclusive& lock, Spot at, Key&& key, Content<Value>& content, TimePoint when) {
    if (const Number number = at.shard.find(at.in_shard(), same_as(key)); number != no_number) {
      const Cause cause = cause_of_death(at.shard, number, when).value_or(Cause::replaced);
      at.shard.replace(lock, number, content, when, cause, totals_);
      at.shard.schedule(number, deadline_of(at.shard, number));
      make_room(lock, at.shard, 1);
      return;
    }
    // Room is made first: what is new must not be the first to go.
    totals_.add(1, content.bytes);
    try {
      make_room(lock, at.shard, 0);
      const Number added = at.shard.insert(at.in_shard(), std::move(key), content, when);
      at.shard.schedule(added, deadline_of(at.shard, added));
    } catch (...) {
      // The caller's hash or the memory failed: nothing has come in.
      totals_.subtract(1, content.bytes);
      throw;
    }
  }

  [[nodiscard]] bool notes_uses() const noexcept { return options_.idle_ttl > Duration::zero(); }
  [[nodiscard]] std::size_t max_entries() const noexcept {
    return max_entries_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::size_t max_bytes() const noexcept { return max_bytes_.load(std::memory_order_relaxed); }

  [[nodiscard]] bool is_due_early(const Stored& entry, Duration age) const noexcept {
    return options_.stale.eager_refresh > 0 &&
           static_cast<double>(age.count()) >=
               options_.stale.eager_refresh * static_cast<double>(entry.lifetime().count());
  }

  // Where entries expire after access, what comes first.
  [[nodiscard]] TimePoint last_moment(const OneShard& shard, Number number, TimePoint end) const noexcept {
    if (!notes_uses()) return end;
    const TimePoint last_use = shard.last_use(number);
    return std::min(
        end, last_use + std::min(options_.idle_ttl, TimePoint::max() - std::max(last_use, TimePoint())));
  }

  // False: it may not be shown, and *hit* stays as it is.
  bool show(const OneShard& shard, Number number, TimePoint when, const LookupOptions& options,
            Duration max_stale, Hit<Value>& hit) const {
    const Stored& entry = shard[number];
    // Another thread may have read the clock later and stored already: no age is negative.
    const Duration age = std::max(when - entry.born(), Duration::zero());
    const bool is_stale = when >= entry.expires();
    if (is_stale && (!entry.value || when - entry.expires() >= max_stale)) return false;
    if (options.max_age && age >= *options.max_age) return false;
    if (tags_.changed_since(entry.slots.view(), entry.stamp())) return false;
    if (notes_uses() && when >= last_moment(shard, number, TimePoint::max())) return false;
    hit.value = entry.value;
    hit.age = age;
    hit.found = true;
    hit.is_stale = is_stale;
    hit.is_due = is_stale || is_due_early(entry, age);
    return true;
  }

  // When it is of no use to anybody.
  [[nodiscard]] TimePoint deadline_of(const OneShard& shard, Number number) const noexcept {
    const Stored& entry = shard[number];
    return last_moment(shard, number, entry.expires() + kept_of(entry.value != nullptr, entry.to_validate()));
  }

  // Why nobody may be shown this entry again, if so.
  [[nodiscard]] std::optional<Cause> cause_of_death(const OneShard& shard, Number number,
                                                    TimePoint when) const {
    const Stored& entry = shard[number];
    if (tags_.changed_since(entry.slots.view(), entry.stamp())) return Cause::invalidated;
    if (when >= deadline_of(shard, number)) return Cause::expired;
    return std::nullopt;
  }

  [[nodiscard]] Explanation::State state_of(const OneShard& shard, Number number, TimePoint when) const {
    const Stored& entry = shard[number];
    if (const auto cause = cause_of_death(shard, number, when))
      return *cause == Cause::invalidated ? Explanation::State::invalidated : Explanation::State::expired;
    if (when >= entry.expires()) return Explanation::State::stale;
    return entry.value ? Explanation::State::fresh : Explanation::State::negative;
  }

  // The same for the same load: chance enough for what expires, and tests know what they get.
  [[nodiscard]] Duration jittered(Duration ttl, std::uint64_t hash, Stamp stamp,
                                  TimePoint born) const noexcept {
    if (options_.jitter <= 0 || ttl <= Duration::zero()) return ttl;
    const auto moment = static_cast<std::uint64_t>(born.time_since_epoch().count());
    const std::uint64_t chance = mix(hash ^ mix(stamp ^ mix(moment))) >> 11U;
    const double part = static_cast<double>(chance) / static_cast<double>(std::uint64_t{1} << 53U);
    const double shorter = static_cast<double>(ttl.count()) * std::min(options_.jitter, 1.0) * part;
    return ttl - Duration(static_cast<Duration::rep>(shorter));
  }

  void expire(Exclusive& lock, OneShard& shard, TimePoint when, std::size_t most) {
    shard.turn(
        when, most, [&](Number number) { return deadline_of(shard, number); },
        [&](Number number) {
          remove(lock, shard, number, cause_of_death(shard, number, when).value_or(Cause::expired));
        });
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
    return totals_.entries.load(std::memory_order_relaxed) > max_entries() ||
           totals_.bytes.load(std::memory_order_relaxed) > max_bytes();
  }

  const Options options_;
  const Hooks<Key, Value, Failure> hooks_;
  std::atomic<std::size_t> max_entries_;
  std::atomic<std::size_t> max_bytes_;
  TagTable tags_;
  std::vector<OneShard> shards_;
  Totals totals_;
  [[no_unique_address]] Hash hash_;
  [[no_unique_address]] Equal equal_;
};

}  // namespace wats::cache::detail
