// The engine of a cache: storage, and one load per key at a time.
#pragma once

#include "wats/cache/detail/shard.hpp"
#include "wats/cache/detail/storage.hpp"
#include "wats/cache/flight.hpp"
#include "wats/cache/hit.hpp"
#include "wats/cache/options.hpp"
#include "wats/cache/stats.hpp"
#include "wats/cache/tags.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <memory>
#include <new>
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

  /// How a lookup ended: a hit, or the caller leads a flight, or it joined one (neither is set).
  class Outcome {
   public:
    Outcome() = default;
    explicit Outcome(Hit<Value> found) : hit(std::move(found)) {}
    explicit Outcome(FlightPointer led) : lead(std::move(led)) {}
    Hit<Value> hit;
    FlightPointer lead;
  };

  explicit Core(Options options) : entries_(std::move(options)) {}

  [[nodiscard]] TagTable& tags() noexcept { return entries_.tags(); }
  std::size_t purge() { return entries_.purge(); }
  [[nodiscard]] Stats stats() { return entries_.stats(); }
  static std::size_t weight_of(const Key& key, std::size_t bytes) noexcept {
    return Entries::weight_of(key, bytes);
  }

  template <class K>
  Hit<Value> find(const K& key, LookupOptions options) {
    return entries_.find(entries_.spot(key), key, options, options.count_miss);
  }

  template <class K, class MakeWaiter>
  Outcome find_or_join(const K& key, std::span<const Tag> tags, MakeWaiter&& make_waiter,
                       LookupOptions options) {
    const Spot at = entries_.spot(key);
    if (Hit<Value> hit = entries_.find(at, key, options, false)) return Outcome(std::move(hit));
    WaiterPointer waiter;
    for (;;) {
      {
        Exclusive lock(at.shard);
        // Somebody may have landed since the first look, or while the waiter was made.
        if (Hit<Value> hit = entries_.find_or_bury(lock, at, key, options)) return Outcome(std::move(hit));
        const FlightPointer flight = at.shard.flight(at.hash, entries_.same_as(key));
        if (!flight || !options.join || !joinable(*flight, tags))
          return Outcome(lead(at, Key(key), flight, tags));
        if (waiter) {
          for (const Tag tag : tags) flight->tags.add(tag);
          flight->joined.push_back({std::move(waiter), this->tags().stamp()});
          ++at.shard.counts().joined;
          return Outcome();
        }
      }
      // Foreign code, hence without the lock; afterwards look again.
      waiter = make_waiter();
      assert(waiter != nullptr);
    }
  }

  bool put(Key&& key, Pointer&& value, const StoreOptions& options) {
    const Stamp stamp = tags().stamp();
    const TimePoint born = entries_.now();
    const Spot at = entries_.spot(key);
    bool stored = false;
    {
      Exclusive lock(at.shard);
      detach_flight(at, key);
      if (options.keep && value) {
        stored =
            entries_.store(lock, at, std::move(key), std::move(value), born, stamp, options.tags, options);
      } else {
        entries_.remove_key(lock, at, key, Cause::replaced);
      }
    }
    if (stored) entries_.make_room_elsewhere(at.shard);
    return stored;
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

  bool land(const FlightPointer& flight, Pointer value, const StoreOptions& options) {
    const Spot at = entries_.spot_of(flight->hash);
    const OneLanding landing(value);
    std::vector<typename OneFlight::Joined> joined;
    bool stored = false;
    bool learnt_changed = true;
    {
      Exclusive lock(at.shard);
      const bool current = at.shard.detach_flight(flight.get());
      joined.swap(flight->joined);
      try {
        const TagSet learnt = difference(options.tags, flight->tags);
        // Tags known beforehand were compared when somebody joined; those the answer brought only can be now.
        learnt_changed = tags().changed_since(learnt.view(), flight->stamp);
        if (options.keep && value)
          stored = store(lock, at, *flight, current, std::move(value), learnt, options);
      } catch (const std::bad_alloc&) {
        // Everybody must still be told, and a value that is not kept is only asked for again.
        ++at.shard.counts().refused;
      }
    }
    if (stored) entries_.make_room_elsewhere(at.shard);
    for (const auto& each : joined) {
      // Who joined after some invalidation may have come after that of a learnt tag: this value may be too
      // old.
      const bool too_old = learnt_changed && each.since > flight->stamp;
      each.waiter->landed(too_old ? OneLanding() : landing);
    }
    return stored;
  }

  /// Ends a load without a value.
  void end(const FlightPointer& flight, const OneLanding& landing) {
    const Spot at = entries_.spot_of(flight->hash);
    std::vector<typename OneFlight::Joined> joined;
    {
      const Exclusive lock(at.shard);
      at.shard.detach_flight(flight.get());
      joined.swap(flight->joined);
      Stats& counts = at.shard.counts();
      ++(landing.kind == LandingKind::failure ? counts.load_failures : counts.abandoned);
    }
    for (const auto& each : joined) each.waiter->landed(landing);
  }

  void add_leader(const FlightPointer& flight, WaiterPointer waiter) {
    const Exclusive lock(entries_.spot_of(flight->hash).shard);
    flight->joined.push_back({std::move(waiter), flight->stamp});
  }

 private:
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
    at.shard.record_miss();
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

  bool store(Exclusive& lock, Spot at, const OneFlight& flight, bool current, Pointer&& value,
             const TagSet& learnt, const StoreOptions& options) {
    if (!current) {
      ++at.shard.counts().refused;
      return false;
    }
    TagSet tags = flight.tags;
    for (const Tag tag : learnt.view()) tags.add(tag);
    return entries_.store(lock, at, Key(flight.key), std::move(value), flight.born, flight.stamp, tags,
                          options);
  }

  Entries entries_;
};

}  // namespace wats::cache::detail
