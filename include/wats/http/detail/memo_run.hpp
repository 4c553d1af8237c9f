// MemoRun: a call that asks a cache of its own before it is made.
#pragma once

#include "wats/cache/cache.hpp"
#include "wats/cache/detail/signature.hpp"
#include "wats/core/answer.hpp"
#include "wats/core/call_options.hpp"
#include "wats/core/detail/bounded.hpp"
#include "wats/core/detail/operation.hpp"
#include "wats/core/detail/parking_sink.hpp"
#include "wats/core/detail/stop_hook.hpp"
#include "wats/core/error.hpp"
#include "wats/http/detail/stale_is_better.hpp"

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

namespace wats::http::detail {

template <class Key, class T>
[[nodiscard]] auto memo_hooks() {
  using Held = wats::detail::Held;
  cache::Hooks<Key, Held, Error> hooks;
  hooks.weigh = [](const Key&, const Held&) { return sizeof(wats::detail::HeldValue<T>); };
  hooks.stale_is_better = stale_is_better;
  hooks.timed_out = [] {
    return Error(Errc::timeout, "the call takes too long; it goes on, ask again later");
  };
  return hooks;
}

/// *Ownership*: by the Call until it starts, then by what it waits for. *Thread safety*: as an Operation; the
/// load may land on any thread.
template <class Key>
class MemoRun final : public wats::detail::Operation {
  using Held = wats::detail::Held;
  using Landed = wats::detail::Landed;
  using Outcome = wats::detail::Outcome;
  using Sink = wats::detail::Sink;

 public:
  using Store = cache::Cache<Key, Held, Error, cache::detail::HashOf<Key>>;
  using Make = std::function<std::shared_ptr<Operation>()>;

  MemoRun(std::shared_ptr<Store> store, Key key, Make make)
      : store_(std::move(store)), key_(std::move(key)), make_(std::move(make)) {}

  void set(const CallOptions& options) noexcept override { options_.add(options); }
  void set(std::stop_token stop) override { stop_ = std::move(stop); }

  [[nodiscard]] std::optional<Outcome> try_now() override {
    if (mode() != CacheMode::normal) return std::nullopt;
    const auto hit = store_->find(key_, {.max_age = max_age(), .count_miss = false});
    // What is to be refreshed behind takes the long way, which does that.
    if (!hit || hit.is_due) return std::nullopt;
    return Outcome(remembered(hit.value, hit.age, false));
  }

  [[nodiscard]] Outcome run() override {
    if (auto now = try_now()) return *std::move(now);
    if (!prepare()) return std::unexpected(*broken_);
    if (!call_->may_block()) return std::unexpected(wats::detail::would_deadlock());
    wats::detail::ParkingSink sink;
    start(sink);
    return sink.wait();
  }

  void start(Sink& sink) override {
    sink_.store(&sink);
    const auto keep = self();
    if (stop_.stop_possible()) stop_hook_ = std::make_unique<wats::detail::StopHook>(stop_, keep);
    ask();
  }

  void cancel() noexcept override {
    finish(std::unexpected(Error(Errc::cancelled, "the call was taken back")));
  }
  [[nodiscard]] bool drop() noexcept override { return sink_.exchange(nullptr) != nullptr; }
  void abandoned() noexcept override {
    if (call_) call_->abandoned();
  }
  [[nodiscard]] bool may_block() override { return !prepare() || call_->may_block(); }
  [[nodiscard]] wats::detail::Stay stay() override {
    return prepare() ? call_->stay() : wats::detail::Stay();
  }
  [[nodiscard]] boost::asio::any_io_executor executor() override {
    if (prepare()) return call_->executor();
    return wats::detail::anywhere();
  }

 private:
  using Ticket = typename Store::Ticket;
  using Landing = typename Store::Landing;

  /// The call under way, which ends the load.
  class Load final : public Sink {
   public:
    Load(std::shared_ptr<MemoRun> owner, Ticket ticket)
        : owner_(std::move(owner)), ticket_(std::move(ticket)) {}

    static void start(std::shared_ptr<MemoRun> owner, Ticket ticket, const std::shared_ptr<Operation>& call) {
      // Ends itself with the call.
      auto* const load = new Load(std::move(owner), std::move(ticket));
      if (auto now = call->try_now()) return load->complete(*std::move(now));
      call->start(*load);
    }
    void complete(Outcome outcome) noexcept override {
      const auto self = std::unique_ptr<Load>(this);
      owner_->loaded(ticket_, std::move(outcome));
    }

   private:
    const std::shared_ptr<MemoRun> owner_;
    Ticket ticket_;
  };

  [[nodiscard]] std::shared_ptr<MemoRun> self() {
    return std::static_pointer_cast<MemoRun>(shared_from_this());
  }
  [[nodiscard]] CacheMode mode() const noexcept { return options_.cache.value_or(CacheMode::normal); }
  [[nodiscard]] std::optional<cache::Duration> max_age() const noexcept {
    return wats::detail::bounded(options_.max_age);
  }
  [[nodiscard]] bool has_limits() const noexcept {
    return options_.timeout || options_.deadline || options_.attempt_timeout || options_.attempts;
  }
  [[nodiscard]] static Landed remembered(std::shared_ptr<const Held> value, cache::Duration age, bool stale) {
    return {std::move(value),
            Provenance{.origin = Origin::memory, .joined = false, .stale = stale, .age = age}};
  }

  /// Has the function make its call, once. False: it could not.
  [[nodiscard]] bool prepare() {
    if (call_ || broken_) return call_ != nullptr;
    try {
      call_ = make_();
      if (!call_) broken_ = wats::detail::already_started();
    } catch (const std::exception& error) {
      broken_.emplace(Errc::invalid_argument, std::string("the call could not be made: ") + error.what());
    }
    return call_ != nullptr;
  }

  void ask() noexcept {
    const auto keep = self();
    // Taken back.
    if (sink_.load() == nullptr) return;
    leads_ = false;
    own_.reset();
    try {
      if (!prepare()) return finish(std::unexpected(*broken_));
      if (mode() == CacheMode::bypass) return load(Ticket());
      cache::LookupOptions lookup;
      lookup.max_age = mode() == CacheMode::fresh ? cache::Duration::zero() : max_age();
      lookup.join = mode() == CacheMode::normal && !has_limits();
      asker_ = std::this_thread::get_id();
      asking_ = true;
      store_->get_async(
          key_, [keep](Ticket ticket) { keep->load(std::move(ticket)); },
          [keep](const Landing& landing) { keep->landed(landing); }, {}, lookup);
      asking_ = false;
    } catch (const std::exception& error) {
      finish(std::unexpected(
          Error(Errc::io_error,
                std::string("this process ran out of memory or of something else: ") + error.what())));
    }
  }

  /// The loader.
  void load(Ticket ticket) {
    const auto call = std::exchange(call_, nullptr);
    call->set(options_);
    leads_ = true;
    Load::start(self(), std::move(ticket), call);
  }

  void loaded(Ticket& ticket, Outcome outcome) noexcept {
    if (!ticket) return finish(std::move(outcome));
    if (!outcome) {
      const Error& error = outcome.error();
      // Others may have more time and more attempts: they ask again instead of failing with this call.
      if (has_limits()) return finish(std::unexpected(error));
      static_cast<void>(ticket.fail(error, max_age()));
      return;
    }
    own_.emplace(outcome->provenance());
    cache::StoreOptions store;
    store.age = outcome->provenance().age;
    store.keep = !outcome->provenance().stale;
    ticket.land(std::move(outcome->held()), store);
  }

  void landed(const Landing& landing) noexcept {
    switch (landing.kind) {
      case cache::LandingKind::value:
        return finish(told(landing));
      case cache::LandingKind::failure:
        return finish(std::unexpected(*landing.failure));
      case cache::LandingKind::abandoned:
        return ask();
    }
  }

  [[nodiscard]] Landed told(const Landing& landing) const {
    const bool was_there = asker_ == std::this_thread::get_id() && asking_ && !leads_;
    if (landing.is_stale || was_there) return remembered(landing.value, landing.age, landing.is_stale);
    if (own_) return {landing.value, *own_};
    return {landing.value,
            Provenance{.origin = Origin::server, .joined = true, .stale = false, .age = landing.age}};
  }

  void finish(Outcome outcome) noexcept {
    // Also from inside start(), hence never with complete().
    if (Sink* const sink = sink_.exchange(nullptr)) sink->complete_later(std::move(outcome));
  }

  const std::shared_ptr<Store> store_;
  const Key key_;
  const Make make_;
  CallOptions options_;
  std::stop_token stop_;
  std::shared_ptr<Operation> call_;
  std::optional<Error> broken_;
  std::atomic<Sink*> sink_{nullptr};
  std::unique_ptr<wats::detail::StopHook> stop_hook_;
  /// Of the load that this call does itself.
  std::optional<Provenance> own_;
  std::thread::id asker_;
  /// Read and written by the asker only.
  bool asking_ = false;
  bool leads_ = false;
};

}  // namespace wats::http::detail
