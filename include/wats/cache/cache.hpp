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

  /// Whatever is stored, fresh or not, as long as no tag was changed; counts nothing and keeps nothing from
  /// being evicted.
  template <class K>
  [[nodiscard]] Hit peek(const K& key) {
    return core_->peek(key, {}, core_->options().stale.kept());
  }

  /// Stores a value that is true now, in place of what was stored; a load of this key that is under way will
  /// not be stored. Null: there is none, remembered for Options::negative_ttl. False: it was not stored (too
  /// heavy, a tag is settling, no time to live).
  bool put(Key key, Pointer value, const StoreOptions& options = {}) {
    return core_->put(std::move(key), std::move(value), options);
  }

  /// The same only while *before* is what peek() gives, for a value that was made from it or asked for beside
  /// it; null: nothing. False: it was not stored, and if because of something else, that is left as it is.
  bool put_if_unchanged(Key key, const Pointer& before, Pointer value, const StoreOptions& options = {}) {
    return core_->put_if_unchanged(std::move(key), before, std::move(value), options);
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
    return Lookup(std::move(outcome.hit), std::move(ticket));
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
        if (lookup.lead()) refresh_behind(std::move(lookup.lead()), loader);
        return lookup.hit().value;
      }
      const auto runner = core_->limits_time() ? core_->runner() : nullptr;
      // Of a loader where failures are values.
      const auto thrown = std::make_shared<std::exception_ptr>();
      if (lookup.lead()) {
        if (!runner || !can_go_behind<Loader>) return load(lookup.lead(), loader, options.max_age);
        if (!waiter) make_waiter();
        lookup.lead().add_waiter(waiter, options.max_age);
        load_by(*runner, std::move(lookup.lead()), loader, thrown);
      }
      const Landing* const landing = wait(*waiter, key, options, begin);
      if (*thrown) std::rethrow_exception(*thrown);
      if (landing == nullptr) return failed(core_->hooks().timed_out());
      if (landing->kind != LandingKind::abandoned) return told(*landing);
      if (const Duration hard = core_->options().stale.hard_timeout;
          hard > Duration::zero() && Clock::now() - begin >= hard)
        return failed(core_->hooks().timed_out());
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
      if (lookup.lead()) lookup.lead().add_waiter(waiter, options.max_age);
      give_up_in_time(waiter, Key(key), options);
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
  static Got load(Ticket& ticket, Loader& loader, std::optional<Duration> max_age) {
    std::expected<Loaded, Failure> loaded = called(loader);
    if (!loaded) return told(ticket.fail(loaded.error(), max_age));
    ticket.land(loaded->value, loaded->options);
    return std::move(loaded->value);
  }

  template <class Loader>
  static constexpr bool can_go_behind = std::copy_constructible<std::decay_t<Loader>>;

  /// *thrown* is told what the loader throws, before anybody who waits is told.
  template <class Loader>
  static void load_by(Runner& runner, Ticket ticket, Loader& loader,
                      std::shared_ptr<std::exception_ptr> thrown) {
    if constexpr (can_go_behind<Loader>) {
      // A task can be copied, a ticket can't.
      runner.run([ticket = std::make_shared<Ticket>(std::move(ticket)), loader = std::decay_t<Loader>(loader),
                  thrown = std::move(thrown)]() mutable {
        try {
          static_cast<void>(load(*ticket, loader, std::nullopt));
        } catch (...) {
          if constexpr (!failures_are_thrown) *thrown = std::current_exception();
        }
      });
    }
  }

  /// For a hit that is shown whatever comes of it.
  template <class Loader>
  void refresh_behind(Ticket ticket, Loader& loader) {
    try {
      const auto runner = core_->runner();
      if (!runner) return;
      if constexpr (can_go_behind<Loader>) {
        load_by(*runner, std::move(ticket), loader, std::make_shared<std::exception_ptr>());
      } else {
        static_cast<void>(load(ticket, loader, std::nullopt));
      }
    } catch (...) {
      // The next who asks may try again.
      return;
    }
  }

  /// Null: the time is over, and nothing stands in.
  template <class K>
  const Landing* wait(BlockingWaiter& waiter, const K& key, const LookupOptions& options,
                      Clock::time_point begin) {
    const Staleness& stale = core_->options().stale;
    if (stale.soft_timeout > Duration::zero()) {
      if (const Landing* const landing = waiter.wait(begin + stale.soft_timeout)) return landing;
      // As it is now: it may have been invalidated meanwhile.
      if (const Hit stored = core_->stand_in(key, options)) {
        if (waiter.tell(Landing(stored)) && stored.is_stale) core_->count_stale_given();
      }
    }
    if (stale.hard_timeout > Duration::zero()) return waiter.wait(begin + stale.hard_timeout);
    return waiter.wait(std::nullopt);
  }

  template <class OneWaiter>
  void give_up_in_time(const std::shared_ptr<OneWaiter>& waiter, Key key, const LookupOptions& options) {
    const auto runner = core_->limits_time() ? core_->runner() : nullptr;
    if (!runner) return;
    // The load holds the waiter: what has landed is held by nobody.
    const std::weak_ptr<OneWaiter> waits = waiter;
    const std::weak_ptr<Core> alive = core_;
    const Staleness& stale = core_->options().stale;
    if (stale.hard_timeout > Duration::zero()) {
      runner->run_after(stale.hard_timeout, [waits, alive] {
        const auto core = alive.lock();
        const auto held = waits.lock();
        if (core && held && !held->is_told()) held->landed(Landing(core->hooks().timed_out()));
      });
    }
    if (stale.soft_timeout > Duration::zero()) {
      runner->run_after(stale.soft_timeout, [waits, alive, key = std::move(key), options] {
        const auto core = alive.lock();
        const auto held = waits.lock();
        if (!core || !held || held->is_told()) return;
        // As it is now: it may have been invalidated meanwhile.
        const Hit stored = core->stand_in(key, options);
        if (stored && held->tell(Landing(stored)) && stored.is_stale) core->count_stale_given();
      });
    }
  }

  std::shared_ptr<Core> core_;
};

}  // namespace wats::cache
