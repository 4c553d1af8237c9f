// A cache of shared immutable values: sharded, bounded, with time to live, tags and one load per key at a
// time.
#pragma once

#include "wats/cache/detail/core.hpp"
#include "wats/cache/detail/waiters.hpp"
#include "wats/cache/flight.hpp"
#include "wats/cache/hit.hpp"
#include "wats/cache/options.hpp"
#include "wats/cache/stats.hpp"
#include "wats/cache/tags.hpp"
#include "wats/cache/ticket.hpp"

#include <concepts>
#include <cstddef>
#include <exception>
#include <expected>
#include <functional>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

namespace wats::cache {

/// Keys map to values that never change once stored. A key may be looked up by anything that Hash and Equal
/// take (std::string_view for std::string); a Key is then only made when it is loaded or stored.
///
/// What makes a value stale drops it by tag: an entry is shown only while none of its tags was invalidated
/// after its load *began*, and nothing that was loaded inside a settling window of one of its tags is kept or
/// shared.
///
/// Thread safety: every member may be called from any thread; values are destroyed and waiters called outside
/// of all locks. Lifetime: tickets and waiters may outlive the cache.
template <class Key, class Value, class Failure = std::exception_ptr, class Hash = std::hash<Key>,
          class Equal = std::equal_to<>>
class Cache {
  using Core = detail::Core<Key, Value, Failure, Hash, Equal>;

 public:
  using Pointer = std::shared_ptr<const Value>;
  using Hit = cache::Hit<Value>;
  using Landing = cache::Landing<Value, Failure>;
  using Waiter = cache::Waiter<Value, Failure>;
  using Ticket = BasicTicket<Core>;
  using Lookup = BasicLookup<Core, Value>;

  /// What a loader may give back when it has more to say than the value. (No aggregate: see StoreOptions.)
  class Loaded {
   public:
    explicit Loaded(Pointer loaded, StoreOptions how = {})
        : value(std::move(loaded)), options(std::move(how)) {}
    Pointer value;
    StoreOptions options;
  };

  /// What a blocking get() gives: with exceptions as failures just the value, else the value or the failure.
  static constexpr bool failures_are_thrown = std::is_same_v<Failure, std::exception_ptr>;
  using Got = std::conditional_t<failures_are_thrown, Pointer, std::expected<Pointer, Failure>>;

  explicit Cache(Options options = {}) : core_(std::make_shared<Core>(std::move(options))) {}
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;
  ~Cache() = default;

  /// The stored value if it is fresh (age < ttl, no tag changed), else an empty hit. Counts a hit or a miss.
  template <class K>
  [[nodiscard]] Hit find(const K& key, LookupOptions options = {}) {
    return core_->find(key, options);
  }

  /// Stores a value that is true now, in place of what was stored; a load of this key that is under way will
  /// not be stored. False: it was not stored (too heavy, a tag is settling, null, no time to live).
  bool put(Key key, Pointer value, const StoreOptions& options = {}) {
    return core_->put(std::move(key), std::move(value), options);
  }

  /// Removes what is stored under the key; a load that is under way will not be stored. True: something was
  /// there.
  template <class K>
  bool erase(const K& key) {
    return core_->erase(key);
  }

  /// Removes everything; no load that began before will be joined or stored.
  void clear() { core_->clear(); }

  /// Makes all entries with one of the tags invalid at once; purge() or later lookups remove them.
  void invalidate(std::span<const Tag> tags) { core_->tags().invalidate(tags); }
  void invalidate(Tag tag) { invalidate(std::span<const Tag>(&tag, 1)); }
  [[nodiscard]] TagTable& tags() noexcept { return core_->tags(); }

  /// The primitive of single flight. A hit; else joins the load of this key that is under way, if no tag was
  /// changed since it began; else the caller gets a ticket and loads.
  /// tags: those known before the load. waiter: a std::shared_ptr<Waiter>, or a function that makes one,
  /// called at most once and only to join, without a lock.
  template <class K, class WaiterOrFactory>
  [[nodiscard]] Lookup find_or_join(const K& key, std::span<const Tag> tags, WaiterOrFactory&& waiter,
                                    LookupOptions options = {}) {
    auto outcome = [&] {
      if constexpr (std::convertible_to<WaiterOrFactory, std::shared_ptr<Waiter>>) {
        return core_->find_or_join(key, tags, [&] { return std::shared_ptr<Waiter>(waiter); }, options);
      } else {
        return core_->find_or_join(key, tags, waiter, options);
      }
    }();
    if (outcome.hit) return Lookup(std::move(outcome.hit));
    if (outcome.lead) return Lookup(Ticket(core_, std::move(outcome.lead)));
    return Lookup();
  }

  /// The value, loaded by the calling thread if need be; threads that ask meanwhile wait for that load.
  /// loader: () -> Pointer, Loaded, or std::expected of either with Failure. It must not ask for its own key.
  /// Errors: a failure reaches everybody who waits and is not cached. Where Failure is std::exception_ptr it
  /// is thrown, also by the loader; else it is returned, and an exception of the loader reaches only its own
  /// caller, while the others try again.
  template <class K, class Loader>
  Got get(const K& key, Loader&& loader, std::span<const Tag> tags = {}, LookupOptions options = {}) {
    for (;;) {
      std::shared_ptr<detail::BlockingWaiter<Value, Failure>> waiter;
      Lookup lookup = find_or_join(
          key, tags, [&] { return waiter = std::make_shared<detail::BlockingWaiter<Value, Failure>>(); },
          options);
      if (lookup.hit()) return lookup.hit().value;
      if (lookup.lead()) return load(lookup.lead(), loader);
      const Landing& landing = waiter->wait();
      if (landing.kind == LandingKind::value) return landing.value;
      if (landing.kind == LandingKind::failure) return failed(*landing.failure);
    }
  }

  /// The same without blocking. loader(Ticket) starts the load and lands the ticket later, from any thread.
  /// done(const Landing&) is called exactly once: at once for a hit, else on the thread that lands; it must
  /// not throw. An exception of the loader reaches the caller, and done is told `abandoned` as the ticket
  /// dies.
  template <class K, class Loader, class Done>
  void get_async(const K& key, Loader&& loader, Done done, std::span<const Tag> tags = {},
                 LookupOptions options = {}) {
    std::shared_ptr<Waiter> waiter;
    const auto make_waiter = [&] {
      return waiter = std::make_shared<detail::CallingWaiter<Value, Failure, Done>>(std::move(done));
    };
    Lookup lookup = find_or_join(key, tags, make_waiter, options);
    if (lookup.joined()) return;
    if (!lookup.hit()) {
      if (!waiter) make_waiter();
      lookup.lead().add_waiter(std::move(waiter));
      std::forward<Loader>(loader)(std::move(lookup.lead()));
    } else if (waiter) {
      // The load landed between the decision to join and the joining.
      waiter->landed(Landing(lookup.hit().value));
    } else {
      done(Landing(lookup.hit().value));
    }
  }

  /// Removes what is expired or invalidated, a slice of a shard at a time; how many entries went.
  std::size_t purge() { return core_->purge(); }

  [[nodiscard]] Stats stats() const { return core_->stats(); }

  /// What an entry counts against Options::max_bytes.
  [[nodiscard]] static std::size_t weight_of(const Key& key, std::size_t value_bytes) noexcept {
    return Core::weight_of(key, value_bytes);
  }

 private:
  template <class T>
  static constexpr bool is_expected = requires(const T& t) {
    t.error();
    t.has_value();
  };

  static Loaded to_loaded(Pointer value) { return Loaded(std::move(value)); }
  static Loaded to_loaded(Loaded loaded) { return loaded; }

  static Got failed(const Failure& reason) {
    if constexpr (failures_are_thrown) {
      std::rethrow_exception(reason);
    } else {
      return std::unexpected(reason);
    }
  }

  template <class Result>
  static Got finish(Ticket& ticket, Result&& result) {
    if constexpr (is_expected<std::remove_cvref_t<Result>>) {
      if (!result.has_value()) {
        ticket.fail(Failure(result.error()));
        return failed(result.error());
      }
      return finish(ticket, *std::forward<Result>(result));
    } else {
      Loaded loaded = to_loaded(std::forward<Result>(result));
      ticket.land(loaded.value, loaded.options);
      return loaded.value;
    }
  }

  template <class Loader>
  static Got load(Ticket& ticket, Loader& loader) {
    if constexpr (failures_are_thrown) {
      auto result = [&] {
        try {
          return loader();
        } catch (...) {
          ticket.fail(std::current_exception());
          throw;
        }
      }();
      return finish(ticket, std::move(result));
    } else {
      return finish(ticket, loader());
    }
  }

  std::shared_ptr<Core> core_;
};

}  // namespace wats::cache
