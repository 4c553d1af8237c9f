// A cache of shared immutable values: sharded, bounded, with time to live, tags and one load per key at a
// time.
#pragma once

#include "wats/cache/detail/core.hpp"
#include "wats/cache/detail/waiters.hpp"
#include "wats/cache/explanation.hpp"
#include "wats/cache/flight.hpp"
#include "wats/cache/hit.hpp"
#include "wats/cache/hooks.hpp"
#include "wats/cache/options.hpp"
#include "wats/cache/stats.hpp"
#include "wats/cache/tags.hpp"
#include "wats/cache/ticket.hpp"

#include <chrono>
#include <concepts>
#include <cstddef>
#include <exception>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace wats::cache {

/// A load took longer than Staleness::hard_timeout.
class TimedOut : public std::runtime_error {
 public:
  TimedOut() : std::runtime_error("the load takes too long; it goes on, ask again later") {}
};

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
  using Hooks = cache::Hooks<Key, Value, Failure>;
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

  /// *Errors*: std::invalid_argument for a hard_timeout without Hooks::timed_out, where a Failure can't be
  /// made up.
  explicit Cache(Options options = {}, Hooks hooks = {})
      : core_(std::make_shared<Core>(std::move(options), with_time_out(std::move(hooks)))) {
    if (core_->options().stale.hard_timeout > Duration::zero() && !core_->hooks().timed_out)
      throw std::invalid_argument("a cache with a hard_timeout needs Hooks::timed_out");
  }
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;
  /// With a runner of its own it waits for the loads behind that are under way.
  ~Cache() { core_->close(); }

  /// The stored value if it is fresh (age < ttl, no tag changed), else an empty hit; stale with
  /// LookupOptions::max_stale. Counts a hit or a miss.
  template <class K>
  [[nodiscard]] Hit find(const K& key, const LookupOptions& options = {}) {
    return core_->find(key, options);
  }

  /// Stores a value that is true now, in place of what was stored; a load of this key that is under way will
  /// not be stored. Null: there is none, remembered for Options::negative_ttl. False: it was not stored (too
  /// heavy, a tag is settling, no time to live).
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
                                    const LookupOptions& options = {}) {
    auto outcome = [&] {
      if constexpr (std::convertible_to<WaiterOrFactory, std::shared_ptr<Waiter>>) {
        return core_->find_or_join(key, tags, [&] { return std::shared_ptr<Waiter>(waiter); }, options);
      } else {
        return core_->find_or_join(key, tags, waiter, options);
      }
    }();
    Ticket ticket = outcome.lead ? Ticket(core_, std::move(outcome.lead)) : Ticket();
    return Lookup(std::move(outcome.hit), std::move(ticket), std::move(outcome.stand_in));
  }

  /// The value, loaded by the calling thread if need be; threads that ask meanwhile wait for that load. Null
  /// when it is known, or was just learnt, that there is none.
  /// loader: () -> Pointer, Loaded, or std::expected of either with Failure. It must not ask for its own key.
  /// Where Options::stale has something loaded behind or limits the time to wait, a copy of the loader is
  /// called later or on another thread: what it refers to must live on. (One that can't be copied is called
  /// here, and waited for.)
  /// Errors: a failure reaches everybody who waits and is not cached. Where Failure is std::exception_ptr it
  /// is thrown, also by the loader; else it is returned, and an exception of the loader reaches only its own
  /// caller, while the others try again.
  template <class K, class Loader>
  Got get(const K& key, Loader&& loader, std::span<const Tag> tags = {}, const LookupOptions& options = {}) {
    const auto begin = core_->limits_time() ? Clock::now() : Clock::time_point();
    for (;;) {
      std::shared_ptr<BlockingWaiter> waiter;
      const auto make_waiter = [&] { return waiter = std::make_shared<BlockingWaiter>(); };
      Lookup lookup = find_or_join(key, tags, make_waiter, options);
      if (lookup.hit()) {
        if (lookup.lead()) load_behind(std::move(lookup.lead()), loader);
        return lookup.hit().value;
      }
      const auto limit = core_->time_limit(lookup.stand_in());
      if (lookup.lead()) {
        if (!limit) return load(lookup.lead(), loader, !options.max_age);
        if (!waiter) make_waiter();
        lookup.lead().add_waiter(waiter, !options.max_age);
        load_behind(std::move(lookup.lead()), loader);
      }
      const Landing* const landing = waiter->wait(limit ? std::optional(begin + limit->after) : std::nullopt);
      if (landing == nullptr) {
        if (!limit->is_soft) return failed(core_->hooks().timed_out());
        core_->count_given_up_softly();
        return lookup.stand_in().value;
      }
      if (landing->kind != LandingKind::abandoned) return told(*landing);
    }
  }

  /// The same without blocking. loader(Ticket) starts the load and lands the ticket later, from any thread;
  /// with Options::stale also for a value that was given already. done(const Landing&) is called exactly
  /// once: at once for a hit, else on the thread that lands or that knows that it takes too long; it must not
  /// throw. An exception of the loader reaches the caller, and done is told `abandoned` as the ticket dies.
  template <class K, class Loader, class Done>
  void get_async(const K& key, Loader&& loader, Done done, std::span<const Tag> tags = {},
                 const LookupOptions& options = {}) {
    using OneWaiter = detail::CallingWaiter<Value, Failure, Done>;
    std::shared_ptr<OneWaiter> waiter;
    const auto make_waiter = [&] { return waiter = std::make_shared<OneWaiter>(std::move(done)); };
    Lookup lookup = find_or_join(key, tags, make_waiter, options);
    if (lookup.hit()) {
      const Landing landing(lookup.hit());
      // The load may have landed between the decision to join and the joining.
      if (waiter)
        waiter->landed(landing);
      else
        done(landing);
    } else {
      if (!waiter) make_waiter();
      give_up_in_time(waiter, lookup.stand_in());
      if (lookup.lead()) lookup.lead().add_waiter(waiter, !options.max_age);
    }
    if (lookup.lead()) std::forward<Loader>(loader)(std::move(lookup.lead()));
  }

  /// What is stored under a key and what is being done about it, for people. Counts as no lookup.
  template <class K>
  [[nodiscard]] Explanation explain(const K& key) const {
    return core_->explain(key);
  }

  /// Changes the bounds; what is too much goes, as the policy chooses.
  void resize(std::size_t max_entries, std::size_t max_bytes) { core_->resize(max_entries, max_bytes); }

  /// Removes what is expired or invalidated, a slice of a shard at a time; how many entries went. What is
  /// expired also goes as others come.
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

  using Clock = std::chrono::steady_clock;
  using BlockingWaiter = detail::BlockingWaiter<Value, Failure>;

  static Loaded to_loaded(Pointer value) { return Loaded(std::move(value)); }
  static Loaded to_loaded(Loaded loaded) { return loaded; }

  static Got failed(const Failure& reason) {
    if constexpr (failures_are_thrown) {
      std::rethrow_exception(reason);
    } else {
      return std::unexpected(reason);
    }
  }
  static Got told(const Landing& landing) {
    if (landing.kind == LandingKind::value) return landing.value;
    return failed(*landing.failure);
  }

  static Hooks with_time_out(Hooks hooks) {
    if (hooks.timed_out) return hooks;
    if constexpr (failures_are_thrown) {
      hooks.timed_out = [] { return std::make_exception_ptr(TimedOut()); };
    }
    return hooks;
  }

  /// What the loader gave, or why it gave nothing, as one type.
  template <class Result>
  static std::expected<Loaded, Failure> unified(Result&& result) {
    if constexpr (is_expected<std::remove_cvref_t<Result>>) {
      if (!result.has_value()) return std::unexpected(Failure(std::forward<Result>(result).error()));
      return to_loaded(*std::forward<Result>(result));
    } else {
      return to_loaded(std::forward<Result>(result));
    }
  }
  template <class Loader>
  static std::expected<Loaded, Failure> called(Loader& loader) {
    if constexpr (failures_are_thrown) {
      try {
        return unified(loader());
      } catch (...) {
        return std::unexpected(std::current_exception());
      }
    } else {
      return unified(loader());
    }
  }

  template <class Loader>
  static Got load(Ticket& ticket, Loader& loader, bool takes_stale) {
    std::expected<Loaded, Failure> loaded = called(loader);
    if (loaded) {
      ticket.land(loaded->value, loaded->options);
      return std::move(loaded->value);
    }
    const Landing landing = ticket.fail(loaded.error());
    return takes_stale ? told(landing) : failed(loaded.error());
  }

  template <class Loader>
  void load_behind(Ticket ticket, Loader& loader) {
    const auto runner = core_->runner();
    if constexpr (!std::copy_constructible<std::remove_const_t<Loader>>) {
      static_cast<void>(load(ticket, loader, true));
    } else if (runner) {
      // A task can be copied, a ticket can't.
      runner->run([ticket = std::make_shared<Ticket>(std::move(ticket)), loader]() mutable {
        try {
          static_cast<void>(load(*ticket, loader, true));
        } catch (...) {
          // Everybody who waits was told, or will be as the ticket goes.
          return;
        }
      });
    }
  }

  template <class OneWaiter>
  void give_up_in_time(const std::shared_ptr<OneWaiter>& waiter, const Hit& stand_in) {
    const auto limit = core_->time_limit(stand_in);
    const auto runner = limit ? core_->runner() : nullptr;
    if (!runner) return;
    runner->run_after(limit->after, [core = core_, waiter, limit = *limit, stand_in] {
      if (waiter->is_told()) return;
      if (limit.is_soft) core->count_given_up_softly();
      waiter->landed(limit.is_soft ? Landing(stand_in) : Landing(core->hooks().timed_out()));
    });
  }

  std::shared_ptr<Core> core_;
};

}  // namespace wats::cache
