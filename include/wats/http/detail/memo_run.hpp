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

#include <algorithm>
#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace wats::http::detail {

template <class Key, class T>
[[nodiscard]] auto memo_hooks() {
  using Held = wats::detail::Held;
  cache::Hooks<Key, Held, Error> hooks;
  hooks.weigh = [](const Key&, const Held& held) {
    return std::max(held.bytes, sizeof(wats::detail::HeldValue<T>));
  };
  hooks.stale_is_better = stale_is_better;
  hooks.timed_out = [] {
    return Error(Errc::timeout, "the call takes too long; it goes on, ask again later");
  };
  return hooks;
}

/// Whether a value says that something failed: a result without a value, or a group of results with one.
template <class T>
[[nodiscard]] bool has_failed(const T& /*value*/) noexcept {
  return false;
}
template <class T>
[[nodiscard]] bool has_failed(const Result<T>& value) noexcept {
  return !value.has_value();
}
template <class T>
[[nodiscard]] bool has_failed(const std::vector<Result<T>>& values) noexcept {
  return std::any_of(values.begin(), values.end(), [](const auto& each) { return !each.has_value(); });
}
template <class... Ts>
[[nodiscard]] bool has_failed(const std::tuple<Result<Ts>...>& values) noexcept {
  return std::apply([](const auto&... each) { return (... || !each.has_value()); }, values);
}

/// Whether what a Call<T> landed with is to be remembered: a failure is not, nor is a group with one in it.
template <class T>
[[nodiscard]] bool is_whole(const wats::detail::Held& held) noexcept {
  return !has_failed(static_cast<const wats::detail::HeldValue<T>&>(held).value);
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
  using IsWhole = bool (*)(const Held&) noexcept;

  /// *is_whole*: what does not pass is not kept. *shown_in_place_of_errors*: as Staleness::if_error.
  MemoRun(std::shared_ptr<Store> store, Key key, Make make, IsWhole is_whole,
          cache::Duration shown_in_place_of_errors)
      : store_(std::move(store)),
        key_(std::move(key)),
        make_(std::move(make)),
        is_whole_(is_whole),
        shown_in_place_of_errors_(shown_in_place_of_errors) {}

  void set(const CallOptions& options) noexcept override { options_.add(options); }
  void set(std::stop_token stop) override { stop_ = std::move(stop); }

  [[nodiscard]] std::optional<Outcome> try_now() override {
    const bool only_stored = mode() == CacheMode::only_if_cached;
    if (mode() != CacheMode::normal && !only_stored) return std::nullopt;
    const auto hit = store_->find(key_, {.max_age = max_age(), .count_miss = false});
    if (only_stored && !hit)
      return Outcome(std::unexpected(Error(Errc::not_cached, "nothing that is remembered will do")));
    // What is to be refreshed behind takes the long way, which does that.
    if (!hit || (hit.is_due && !only_stored)) return std::nullopt;
    return Outcome(remembered(hit.value, hit.age, hit.is_stale ? Staleness::refreshing : Staleness::none));
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
    std::shared_ptr<Operation> alone;
    {
      const std::lock_guard lock(mutex_);
      alone.swap(alone_);
    }
    if (alone) alone->cancel();
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
  [[nodiscard]] std::shared_ptr<wats::detail::Home> home() override {
    return prepare() ? call_->home() : nullptr;
  }

 private:
  using Ticket = typename Store::Ticket;
  using Landing = typename Store::Landing;

  /// One question to the cache, until it is answered or given up by who loads.
  class Question {
   public:
    explicit Question(std::shared_ptr<MemoRun> run) : owner(std::move(run)) {}

    const std::shared_ptr<MemoRun> owner;
    /// Inside get_async(), which only its own thread looks at; and what was told there.
    const std::thread::id asker = std::this_thread::get_id();
    bool is_being_asked = true;
    std::optional<Landing> at_once;
    /// It was answered from what is stored.
    bool is_hit = false;
    /// The load is this call's own.
    bool leads = false;
    /// Where the answer of that came from; under the owner's lock.
    std::optional<Provenance> own;
  };
  using QuestionPointer = std::shared_ptr<Question>;

  /// The call under way, which ends the load.
  class Load final : public Sink {
   public:
    Load(QuestionPointer question, Ticket ticket)
        : question_(std::move(question)), ticket_(std::move(ticket)) {}

    static void start(QuestionPointer question, Ticket ticket, const std::shared_ptr<Operation>& call) {
      auto load = std::make_unique<Load>(std::move(question), std::move(ticket));
      try {
        // From here on it ends itself with the call.
        if (auto now = call->try_now()) return load.release()->complete(*std::move(now));
        call->start(*load);
        static_cast<void>(load.release());
      } catch (const std::exception& error) {
        load->question_->owner->loaded(*load->question_, load->ticket_, std::unexpected(ran_out(error)));
      }
    }
    void complete(Outcome outcome) noexcept override {
      const auto self = std::unique_ptr<Load>(this);
      question_->owner->loaded(*question_, ticket_, std::move(outcome));
    }

   private:
    const QuestionPointer question_;
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
  /// Others may have more time and more attempts.
  [[nodiscard]] bool is_own_limit(const Error& error) const noexcept {
    return has_limits() && (error.code() == Errc::timeout || options_.attempts);
  }
  [[nodiscard]] static Landed remembered(std::shared_ptr<const Held> value, cache::Duration age,
                                         Staleness why) {
    Provenance provenance;
    provenance.origin = Origin::memory;
    provenance.stale = why != Staleness::none;
    provenance.why_stale = why;
    provenance.age = age;
    return {std::move(value), provenance};
  }
  [[nodiscard]] static Error ran_out(const std::exception& error) {
    return {Errc::io_error,
            std::string("this process ran out of memory or of something else: ") + error.what()};
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
    try {
      if (!prepare()) return finish(std::unexpected(*broken_));
      const auto question = std::make_shared<Question>(keep);
      if (mode() == CacheMode::bypass) return load(question, Ticket());
      cache::LookupOptions lookup;
      lookup.max_age = mode() == CacheMode::fresh ? cache::Duration::zero() : max_age();
      lookup.join = mode() == CacheMode::normal && !has_limits();
      const auto executor = call_->executor();
      auto stay = std::make_shared<wats::detail::Stay>(call_->stay());
      store_->get_async(
          key_, [question](Ticket ticket) { question->owner->load(question, std::move(ticket)); },
          [question](const Landing& landing) { landed(question, landing); }, {}, lookup);
      question->is_being_asked = false;
      if (!question->at_once) return;
      // Not from here: who waits may go on at once, with this and all its callers below it on the stack.
      wats::detail::post(executor, [question, stay = std::move(stay)] {
        question->owner->take(*question, *question->at_once);
      });
    } catch (const std::exception& error) {
      finish(std::unexpected(ran_out(error)));
    }
  }

  /// The loader.
  void load(const QuestionPointer& question, Ticket ticket) {
    const auto call = std::exchange(call_, nullptr);
    call->set(options_);
    question->leads = true;
    if (!ticket) {
      // Nobody else waits for it.
      const std::lock_guard lock(mutex_);
      alone_ = call;
    }
    Load::start(question, std::move(ticket), call);
  }

  void loaded(Question& question, Ticket& ticket, Outcome outcome) noexcept {
    if (!ticket) return finish(std::move(outcome));
    if (!outcome) {
      // Whatever was remembered is not true any more.
      if (says_gone(outcome.error().http_status())) store_->erase(key_);
      if (!is_own_limit(outcome.error())) {
        static_cast<void>(ticket.fail(outcome.error(), max_age()));
        return;
      }
      // The others ask again instead of failing with this call.
      cache::LookupOptions lookup;
      lookup.max_age = max_age();
      lookup.max_stale = shown_in_place_of_errors_;
      lookup.count_miss = false;
      if (const auto hit = mode() == CacheMode::normal ? store_->find(key_, lookup) : typename Store::Hit())
        return finish(remembered(hit.value, hit.age, Staleness::server_away));
      return finish(std::move(outcome));
    }
    {
      const std::lock_guard lock(mutex_);
      question.own.emplace(outcome->provenance());
    }
    cache::StoreOptions store;
    store.age = outcome->provenance().age;
    store.is_stale = outcome->provenance().stale;
    store.keep = is_whole_(*outcome->held());
    ticket.land(std::move(outcome->held()), store);
  }

  static void landed(const QuestionPointer& question, const Landing& landing) noexcept {
    if (question->asker == std::this_thread::get_id() && question->is_being_asked) {
      question->at_once = landing;
      question->is_hit = !question->leads;
    } else {
      question->owner->take(*question, landing);
    }
  }

  void take(const Question& question, const Landing& landing) noexcept {
    switch (landing.kind) {
      case cache::LandingKind::value:
        return finish(told(question, landing));
      case cache::LandingKind::failure:
        return finish(std::unexpected(*landing.failure));
      case cache::LandingKind::abandoned:
        return ask();
    }
  }

  [[nodiscard]] Landed told(const Question& question, const Landing& landing) {
    if (landing.is_stale || question.is_hit) {
      const auto stale = question.is_hit ? Staleness::refreshing : Staleness::server_away;
      return remembered(landing.value, landing.age, landing.is_stale ? stale : Staleness::none);
    }
    const std::lock_guard lock(mutex_);
    if (question.own) return {landing.value, *question.own};
    Provenance provenance;
    provenance.origin = landing.age > cache::Duration::zero() ? Origin::memory : Origin::server;
    provenance.joined = true;
    provenance.age = landing.age;
    return {landing.value, provenance};
  }

  void finish(Outcome outcome) noexcept {
    // Also from inside start(), hence never with complete().
    if (Sink* const sink = sink_.exchange(nullptr)) sink->complete_later(std::move(outcome));
  }

  const std::shared_ptr<Store> store_;
  const Key key_;
  const Make make_;
  const IsWhole is_whole_;
  const cache::Duration shown_in_place_of_errors_;
  CallOptions options_;
  std::stop_token stop_;
  std::shared_ptr<Operation> call_;
  std::optional<Error> broken_;
  std::atomic<Sink*> sink_{nullptr};
  std::unique_ptr<wats::detail::StopHook> stop_hook_;
  std::mutex mutex_;  // guards what follows, and the provenances of questions
  /// A call under way that no other waits for.
  std::shared_ptr<Operation> alone_;
};

}  // namespace wats::http::detail
