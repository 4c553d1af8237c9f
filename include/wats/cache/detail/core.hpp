// The engine of a cache: storage, and one load per key at a time.
#pragma once

#include "wats/cache/detail/shard.hpp"
#include "wats/cache/detail/storage.hpp"
#include "wats/cache/explanation.hpp"
#include "wats/cache/flight.hpp"
#include "wats/cache/hit.hpp"
#include "wats/cache/hooks.hpp"
#include "wats/cache/options.hpp"
#include "wats/cache/runner.hpp"
#include "wats/cache/stats.hpp"
#include "wats/cache/tags.hpp"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <shared_mutex>
#include <span>
#include <utility>
#include <vector>

namespace wats::cache::detail {

/// Shared by the cache and its tickets, so that a load may land after the cache is gone.
template <class Key, class Value, class Failure, class Hash, class Equal>
class Core {
  using Entries = Storage<Key, Value, Failure, Hash, Equal>;
  using Spot = typename Entries::Spot;
  using Exclusive = typename Entries::Exclusive;
  using OneFlight = Flight<Key, Value, Failure>;

 public:
  using Pointer = std::shared_ptr<const Value>;
  using FlightPointer = std::shared_ptr<OneFlight>;
  using WaiterPointer = typename OneFlight::WaiterPointer;
  using OneLanding = Landing<Value, Failure>;

  /// How a lookup ended: a hit, or the caller leads a flight, or it joined one (neither is set). Both: the
  /// caller shows the hit and refreshes it behind.
  class Outcome {
   public:
    Outcome() = default;
    explicit Outcome(Hit<Value> found, FlightPointer led = nullptr)
        : hit(std::move(found)), lead(std::move(led)) {}
    Hit<Value> hit;
    FlightPointer lead;
  };

  Core(Options options, Hooks<Key, Value, Failure> hooks)
      : runner_(std::exchange(options.runner, nullptr)), entries_(std::move(options), std::move(hooks)) {}

  [[nodiscard]] TagTable& tags() noexcept { return entries_.tags(); }
  [[nodiscard]] const Options& options() const noexcept { return entries_.options(); }
  [[nodiscard]] const Hooks<Key, Value, Failure>& hooks() const noexcept { return entries_.hooks(); }
  void resize(std::size_t entries, std::size_t bytes) { entries_.resize(entries, bytes); }
  template <class K>
  [[nodiscard]] Explanation explain(const K& key) {
    return entries_.explain(entries_.spot(key), key);
  }

  /// Callers don't wait for ever.
  [[nodiscard]] bool limits_time() const noexcept {
    return options().stale.soft_timeout > Duration::zero() || options().stale.hard_timeout > Duration::zero();
  }
  /// What may be shown in place of a load that takes too long; counted as no lookup.
  template <class K>
  [[nodiscard]] Hit<Value> stand_in(const K& key, const LookupOptions& options) {
    return peek(key, options, this->options().stale.if_error);
  }
  /// What there is, counted as no lookup.
  template <class K>
  [[nodiscard]] Hit<Value> peek(const K& key, const LookupOptions& options, Duration max_stale) {
    const Spot at = entries_.spot(key);
    const std::shared_lock lock(at.shard.mutex());
    return entries_.peek(at, key, options, max_stale);
  }
  /// A load failed, or somebody waited too long, and a stale value was given.
  void count_stale_given() noexcept { stale_given_.fetch_add(1, std::memory_order_relaxed); }

  /// Does what nobody waits for; null once the cache is gone.
  [[nodiscard]] std::shared_ptr<Runner> runner() {
    const std::lock_guard lock(runner_mutex_);
    if (!runner_ && !closed_) runner_ = make_thread_runner();
    return runner_;
  }
  /// The cache goes.
  void close() noexcept {
    std::shared_ptr<Runner> last;
    const std::lock_guard lock(runner_mutex_);
    closed_ = true;
    last.swap(runner_);
  }

  std::size_t purge() { return entries_.purge(); }
  [[nodiscard]] Stats stats() {
    Stats all = entries_.stats();
    all.rescued += stale_given_.load(std::memory_order_relaxed);
    return all;
  }
  static std::size_t weight_of(const Key& key, std::size_t bytes) noexcept {
    return Entries::weight_of(key, bytes);
  }

  template <class K>
  Hit<Value> find(const K& key, const LookupOptions& options) {
    const Duration max_stale = std::min(options.max_stale, this->options().stale.kept());
    return entries_.look(entries_.spot(key), key, options, max_stale, options.count_miss);
  }

  template <class K, class MakeWaiter>
  Outcome find_or_join(const K& key, std::span<const Tag> tags, MakeWaiter&& make_waiter,
                       const LookupOptions& options) {
    const Spot at = entries_.spot(key);
    const Staleness& stale = this->options().stale;
    const Duration max_stale = std::min(std::max(options.max_stale, stale.while_revalidate), stale.kept());
    if (Hit<Value> hit = entries_.look(at, key, options, max_stale, false))
      return hit.is_due ? refresh(at, key, tags, std::move(hit)) : Outcome(std::move(hit));
    WaiterPointer waiter;
    for (;;) {
      {
        Exclusive lock(at.shard);
        // Somebody may have landed since the first look, or while the waiter was made.
        if (Hit<Value> hit = entries_.look_or_bury(lock, at, key, options, max_stale))
          return Outcome(std::move(hit));
        const FlightPointer flight = at.shard.flight(at.hash, entries_.same_as(key));
        if (!flight && entries_.backs_off(at, entries_.now())) {
          if (Hit<Value> hit = entries_.look_or_bury(lock, at, key, options, stale.if_error))
            return Outcome(std::move(hit));
        }
        Outcome outcome;
        if (!flight || !options.join || !joinable(*flight, tags)) {
          outcome.lead = lead(at, Key(key), flight, tags);
          at.shard.record_miss();
          return outcome;
        }
        if (waiter) {
          for (const Tag tag : tags) flight->tags.add(tag);
          flight->joined.push_back({std::move(waiter), this->tags().stamp(), options.max_age});
          ++at.shard.counts().joined;
          return outcome;
        }
      }
      // Foreign code, hence without the lock; afterwards look again.
      waiter = make_waiter();
      assert(waiter != nullptr);
    }
  }

  bool put(Key&& key, Pointer&& value, const StoreOptions& options) {
    return put_if(std::move(key), std::move(value), options,
                  [](const Spot& /*at*/, const Key& /*key*/) { return true; });
  }
  bool put_if_unchanged(Key&& key, const Pointer& before, Pointer&& value, const StoreOptions& options) {
    return put_if(std::move(key), std::move(value), options, [&](const Spot& at, const Key& same) {
      return entries_.peek(at, same, {}, this->options().stale.kept()).value == before;
    });
  }

  template <class K>
  bool erase(const K& key) {
    const Spot at = entries_.spot(key);
    Exclusive lock(at.shard);
    detach_flight(at, key);
    return entries_.remove_key(lock, at, key, Cause::erased);
  }

  void clear() {
    // First what is being loaded: whatever began before now will neither be joined nor stored.
    tags().invalidate_all();
    entries_.clear();
  }

  bool keep_meanwhile(const FlightPointer& flight, Pointer value, const StoreOptions& options) {
    const Spot at = entries_.spot_of(flight->hash);
    auto parcel = entries_.pack(flight->key, std::move(value), options);
    bool stored = false;
    {
      Exclusive lock(at.shard);
      const bool current = at.shard.flight(at.hash, entries_.same_as(flight->key)) == flight;
      stored = current && entries_.store_if_better(lock, at, Key(flight->key), parcel,
                                                   {flight->born, options.age, flight->stamp},
                                                   tags_of(*flight, options));
    }
    if (stored) entries_.make_room_elsewhere(at.shard);
    return stored;
  }

  bool land(const FlightPointer& flight, Pointer value, const StoreOptions& options) {
    const Spot at = entries_.spot_of(flight->hash);
    const Duration age = std::max(options.age, Duration::zero());
    OneLanding landing(value, age);
    landing.is_stale = options.is_stale;
    const Duration took = entries_.now() - flight->born;
    const bool keeps = options.keep && !options.is_stale && is_kept(value, options);
    std::vector<typename OneFlight::Joined> joined;
    typename Entries::Parcel parcel;
    bool stored = false;
    bool learnt_changed = true;
    // What a hook throws reaches who loads, once all others were told of the value.
    std::exception_ptr thrown;
    try {
      if (keeps) parcel = entries_.pack(flight->key, std::move(value), options);
    } catch (...) {
      thrown = std::current_exception();
    }
    try {
      {
        Exclusive lock(at.shard);
        const bool current = at.shard.detach_flight(flight.get());
        joined.swap(flight->joined);
        at.shard.counts().load_time += took;
        if (current) at.shard.back_offs().succeeded(at.hash);
        const TagSet learnt = difference(options.tags, flight->tags);
        // Tags known beforehand were compared when somebody joined; those the answer brought only can be now.
        learnt_changed = tags().changed_since(learnt.view(), flight->stamp);
        if (!keeps && current && !options.is_stale)
          entries_.remove_key(lock, at, flight->key, Cause::replaced);
        if (keeps && !thrown) {
          if (current)
            stored = store(lock, at, *flight, parcel, options);
          else
            ++at.shard.counts().refused;
        }
      }
      if (stored) entries_.make_room_elsewhere(at.shard);
    } catch (const std::bad_alloc&) {
      // Everybody must still be told, and a value that is not kept is only asked for again.
      count_refused(at);
    } catch (...) {
      count_refused(at);
      thrown = std::current_exception();
    }
    for (const auto& each : joined) {
      // Who joined after some invalidation may have come after that of a learnt tag: this value may be too
      // old.
      const bool too_old = (learnt_changed && each.since > flight->stamp) ||
                           (age > Duration::zero() && each.max_age && age >= *each.max_age);
      each.waiter->landed(too_old ? OneLanding() : landing);
    }
    if (hooks().on_loaded) hooks().on_loaded(flight->key, landing, took);
    if (thrown) std::rethrow_exception(thrown);
    return stored;
  }

  /// Ends a load without a value. Where it failed, what is stored may stand in for it; *max_age* is the
  /// leader's, and what is given back is what the leader is told.
  OneLanding end(const FlightPointer& flight, const OneLanding& landing, std::optional<Duration> max_age) {
    const Spot at = entries_.spot_of(flight->hash);
    const bool failed = landing.kind == LandingKind::failure;
    const TimePoint now = entries_.now();
    std::exception_ptr thrown;
    const bool stale_is_better = failed && asks_whether_stale_is_better(*landing.failure, thrown);
    OneLanding instead;
    std::vector<typename OneFlight::Joined> joined;
    {
      const Exclusive lock(at.shard);
      const bool current = at.shard.detach_flight(flight.get());
      joined.swap(flight->joined);
      Stats& counts = at.shard.counts();
      ++(failed ? counts.load_failures : counts.abandoned);
      if (failed) counts.load_time += now - flight->born;
      if (stale_is_better) {
        if (const Hit<Value> stored = entries_.peek(at, flight->key, {}, options().stale.if_error)) {
          instead = OneLanding(stored);
          instead.failure = landing.failure;
        }
        // Not for a load that a put() has overtaken.
        const Staleness& stale = options().stale;
        const bool may_be_shown = instead.kind == LandingKind::value && stale.if_error > Duration::zero();
        if (current && (may_be_shown || flight->is_refresh))
          at.shard.back_offs().failed(flight->hash, now, stale.back_off, stale.longest_back_off);
      }
    }
    bool is_given = false;
    const auto told = [&](std::optional<Duration> limit) -> const OneLanding& {
      const bool good = instead.kind == LandingKind::value && (!limit || instead.age < *limit);
      is_given = is_given || good;
      return good ? instead : landing;
    };
    for (const auto& each : joined) each.waiter->landed(told(each.max_age));
    OneLanding own = told(max_age);
    if (is_given && instead.is_stale) count_stale_given();
    if (failed && hooks().on_loaded) hooks().on_loaded(flight->key, landing, now - flight->born);
    if (thrown) std::rethrow_exception(thrown);
    return own;
  }

  void add_leader(const FlightPointer& flight, WaiterPointer waiter, std::optional<Duration> max_age) {
    const Exclusive lock(entries_.spot_of(flight->hash).shard);
    flight->joined.push_back({std::move(waiter), flight->stamp, max_age});
  }

 private:
  /// *may_be_put*: asked under the lock. A template, so that a cache that is only put to has no more to
  /// inline.
  template <class MayBePut>
  bool put_if(Key&& key, Pointer&& value, const StoreOptions& options, const MayBePut& may_be_put) {
    const Stamp stamp = options.since.value_or(tags().stamp());
    const TimePoint born = options.began ? *options.began : entries_.now();
    const Spot at = entries_.spot(key);
    auto parcel = entries_.pack(key, std::move(value), options);
    const bool keeps = options.keep && is_kept(parcel.value, options);
    bool stored = false;
    {
      Exclusive lock(at.shard);
      if (!may_be_put(at, key)) {
        ++at.shard.counts().refused;
        return false;
      }
      detach_flight(at, key);
      if (keeps) {
        stored = entries_.store(lock, at, std::move(key), parcel, {born, options.age, stamp}, options.tags);
      } else {
        entries_.remove_key(lock, at, key, Cause::replaced);
      }
    }
    if (stored) entries_.make_room_elsewhere(at.shard);
    return stored;
  }

  /// Null is kept where it is remembered what is not there.
  [[nodiscard]] bool is_kept(const Pointer& value, const StoreOptions& store) const noexcept {
    const Duration most = options().negative_ttl;
    return value != nullptr || std::min(store.ttl.value_or(most), most) > Duration::zero();
  }

  bool asks_whether_stale_is_better(const Failure& failure, std::exception_ptr& thrown) const {
    try {
      return !hooks().stale_is_better || hooks().stale_is_better(failure);
    } catch (...) {
      thrown = std::current_exception();
      return false;
    }
  }

  void count_refused(Spot at) {
    const Exclusive lock(at.shard);
    ++at.shard.counts().refused;
  }

  /// Somebody was shown a hit that should be loaded anew: by the caller, unless that is being done already or
  /// failed lately.
  template <class K>
  Outcome refresh(Spot at, const K& key, std::span<const Tag> tags, Hit<Value>&& hit) {
    const Exclusive lock(at.shard);
    // Somebody may have done so since the look.
    if (at.shard.flight(at.hash, entries_.same_as(key)) || entries_.backs_off(at, entries_.now()) ||
        !entries_.is_due(at, key))
      return Outcome(std::move(hit));
    FlightPointer flight = lead(at, Key(key), nullptr, tags);
    flight->is_refresh = true;
    ++at.shard.counts().refreshes;
    return Outcome(std::move(hit), std::move(flight));
  }

  [[nodiscard]] bool joinable(const OneFlight& flight, std::span<const Tag> tags) {
    const TimePoint now = entries_.now();
    const auto usable = [&](std::span<const Tag> some) {
      return !this->tags().changed_since(some, flight.stamp) && !this->tags().settling(some, now);
    };
    return usable(flight.tags.view()) && usable(tags);
  }

  FlightPointer lead(Spot at, Key&& key, const FlightPointer& older, std::span<const Tag> tags) {
    const TimePoint born = entries_.now();
    auto flight = std::make_shared<OneFlight>(std::move(key), at.hash, this->tags().stamp(), born);
    for (const Tag tag : tags) flight->tags.add(tag);
    if (older) at.shard.detach_flight(older.get());
    at.shard.add_flight(flight);
    ++at.shard.counts().loads;
    return flight;
  }

  // A load under way may bring what was true before a put() or an erase(): it must not be joined or stored.
  template <class K>
  void detach_flight(Spot at, const K& key) {
    const FlightPointer flight = at.shard.flight(at.hash, entries_.same_as(key));
    if (flight) at.shard.detach_flight(flight.get());
  }

  static TagSet difference(const TagSet& from, const TagSet& known) {
    TagSet rest;
    const auto present = known.view();
    for (const Tag tag : from.view()) {
      if (std::find(present.begin(), present.end(), tag) == present.end()) rest.add(tag);
    }
    return rest;
  }

  bool store(Exclusive& lock, Spot at, const OneFlight& flight, typename Entries::Parcel& parcel,
             const StoreOptions& options) {
    return entries_.store(lock, at, Key(flight.key), parcel, {flight.born, options.age, flight.stamp},
                          tags_of(flight, options));
  }

  static TagSet tags_of(const OneFlight& flight, const StoreOptions& options) {
    TagSet tags = flight.tags;
    for (const Tag tag : options.tags.view()) tags.add(tag);
    return tags;
  }

  // Taken out of the options, so that nothing keeps it once the cache is closed: its tasks may hold this.
  std::mutex runner_mutex_;
  std::shared_ptr<Runner> runner_;
  bool closed_ = false;
  Entries entries_;
  std::atomic<std::uint64_t> stale_given_{0};
};

}  // namespace wats::cache::detail
