#include "wats/http/detail/call_run.hpp"

#include "src/http/blocking_sinks.hpp"
#include "src/http/engine.hpp"
#include "src/http/loop.hpp"
#include "src/http/pipeline.hpp"
#include "src/http/status_meaning.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/system_executor.hpp>

#include <algorithm>
#include <cassert>
#include <utility>

namespace wats::http::detail {
namespace {

using wats::detail::Landed;

policy::Reuse reuse_of(std::optional<CacheMode> mode) noexcept {
  switch (mode.value_or(CacheMode::normal)) {
    case CacheMode::normal:
      return policy::Reuse::normal;
    case CacheMode::fresh:
      return policy::Reuse::fresh;
    case CacheMode::bypass:
      return policy::Reuse::bypass;
  }
  return policy::Reuse::bypass;
}

Error cancelled_error() {
  return {Errc::cancelled, "the call was taken back"};
}

/// How long nothing is kept of what a write may have changed whose end is not known: a server that is slow to
/// answer may be as slow to commit.
constexpr std::chrono::seconds uncertain_settling(60);

/// Times beyond it are as good as none and would overflow clocks.
constexpr std::chrono::milliseconds longest_time = std::chrono::hours(24 * 366);

std::optional<std::chrono::milliseconds> bounded(std::optional<std::chrono::milliseconds> time) {
  if (!time) return time;
  return std::clamp(*time, std::chrono::milliseconds::zero(), longest_time);
}

}  // namespace

/// Turns a stop request into a cancellation, from whichever thread requests it.
class CallRun::StopHook {
 public:
  StopHook(const std::stop_token& token, std::weak_ptr<wats::detail::Operation> call)
      : callback_(token, Request{std::move(call)}) {}

 private:
  struct Request {
    std::weak_ptr<wats::detail::Operation> call;
    void operator()() const noexcept {
      if (const auto running = call.lock()) running->cancel();
    }
  };
  std::stop_callback<Request> callback_;
};

CallRun::CallRun(std::shared_ptr<Engine> engine) noexcept
    : engine_(std::move(engine)), state_(State::ready) {}
CallRun::~CallRun() = default;

// --- ways to wait

std::optional<Outcome> CallRun::try_now() {
  if (engine_->closed()) return Outcome(std::unexpected(with_context(closed_error())));
  if (const Error* const why = refusal()) return Outcome(std::unexpected(with_context(*why)));
  decide_use();
  if (!use_.look_up) return std::nullopt;
  cache::LookupOptions lookup;
  lookup.max_age = use_.max_age;
  lookup.count_miss = false;
  const auto hit = engine_->cache()->find(key_.view(), lookup);
  if (!hit) return std::nullopt;
  engine_->count_answer(traits().cache_class, true);
  return Outcome(Landed(hit.value, Provenance{.origin = Origin::memory, .joined = false, .age = hit.age}));
}

Outcome CallRun::run() {
  if (auto outcome = try_now()) return *std::move(outcome);
  const auto engine = engine_;
  if (engine->on_own_loop()) {
    return std::unexpected(
        with_context({Errc::would_deadlock,
                      "a blocking wait on the client's own thread would wait for itself; use co_await or a "
                      "completion token here"}));
  }
  const Engine::Visit visit(*engine);
  if (!visit) return std::unexpected(with_context(closed_error()));
  if (const auto lane = engine->borrow_lane()) {
    LaneSink sink;
    const Loop::Running running(*lane.loop());
    attach(lane.loop(), sink);
    begin();
    while (!sink.done()) lane.loop()->io().run_one();
    return sink.take();
  }
  ParkingSink sink;
  if (!begin_in_background(sink)) return std::unexpected(with_context(closed_error()));
  return sink.wait();
}

void CallRun::start(Sink& sink) {
  if (begin_in_background(sink)) return;
  // Not from inside a visit: what waits may be resumed here, and close the client.
  sink.complete(std::unexpected(with_context(closed_error())));
}

bool CallRun::begin_in_background(Sink& sink) {
  const auto engine = engine_;
  const Engine::Visit visit(*engine);
  const auto background = visit ? engine->background() : nullptr;
  if (!background) return false;
  attach(background, sink);
  boost::asio::post(background->io(), [self = self_] { self->begin(); });
  return true;
}

void CallRun::decide_use() {
  if (std::exchange(use_decided_, true) || engine_->cache() == nullptr) return;
  use_ = policy::decide(engine_->rule(traits().cache_class), reuse_of(options_.cache),
                        bounded(options_.max_age));
  if (use_.uses_cache) key(key_);
}

void CallRun::attach(std::shared_ptr<Loop> loop, Sink& sink) {
  decide_use();
  loop_ = std::move(loop);
  self_ = std::static_pointer_cast<CallRun>(shared_from_this());
  deadline_ =
      std::chrono::steady_clock::now() + bounded(options_.timeout).value_or(engine_->options().timeout());
  sink_.store(&sink);
}

void CallRun::cancel() noexcept {
  cancel_asked_.store(true);
  // Not begun yet: begin() publishes the loop, then looks at the flag.
  if (published_loop_.load() == nullptr) return;
  boost::asio::post(loop_->io(), [weak = weak_from_this()] {
    if (const auto self = std::static_pointer_cast<CallRun>(weak.lock()))
      self->guarded([&] { self->give_up(cancelled_error()); });
  });
}

bool CallRun::drop() noexcept {
  return sink_.exchange(nullptr) != nullptr;
}

void CallRun::abandoned() noexcept {
  if (!traits().is_write()) return;
  engine_->count_lost_write(traits().operation);
  assert(false && "a write was prepared and thrown away without being sent");
}

wats::detail::Stay CallRun::stay() {
  return engine_->stay();
}

boost::asio::any_io_executor CallRun::executor() {
  if (const auto background = engine_->background()) return background->io().get_executor();
  return boost::asio::system_executor();
}

// --- on the loop

void CallRun::ran_out(const std::exception& error) noexcept {
  give_up(
      {Errc::io_error, std::string("this process ran out of memory or of something else: ") + error.what()});
}

void CallRun::begin() {
  published_loop_.store(loop_.get());
  guarded([this] {
    loop_->add(*this, deadline_);
    if (stop_.stop_possible()) stop_hook_ = std::make_unique<StopHook>(stop_, weak_from_this());
    if (ended_by_now()) return;
    if (engine_->cache() != nullptr) tags(tags_);
    look_up();
  });
}

bool CallRun::ended_by_now() {
  if (engine_->closed()) {
    give_up(closed_error());
  } else if (cancel_asked_.load()) {
    give_up(cancelled_error());
  } else if (deadline_ <= std::chrono::steady_clock::now()) {
    on_deadline();
  } else {
    return false;
  }
  return true;
}

void CallRun::advance(Event event) {
  const auto [next, action] = decide(state_, event);
  state_ = next;
  switch (action) {
    case Action::none:
    case Action::wait:
      return;
    case Action::look_up:
      return look_up();
    case Action::admit:
      return admit();
    case Action::send:
      return send();
    case Action::answer:
    case Action::fail:
      return finish(*std::move(outcome_));
  }
}

void CallRun::look_up() {
  if (!use_.uses_cache) return advance(Event::leads);
  cache::LookupOptions lookup;
  lookup.max_age = use_.look_up ? use_.max_age : cache::Duration::zero();
  lookup.join = use_.join;
  auto found = engine_->cache()->find_or_join(
      key_.view(), tags_.view(), [this] { return std::static_pointer_cast<AnswerCache::Waiter>(self_); },
      lookup);
  if (found.hit()) {
    engine_->count_answer(traits().cache_class, true);
    outcome_.emplace(Landed(found.hit().value,
                            Provenance{.origin = Origin::memory, .joined = false, .age = found.hit().age}));
    return advance(Event::hit);
  }
  if (found.joined()) return advance(Event::joined);
  ticket_ = std::move(found.lead());
  advance(Event::leads);
}

void CallRun::landed(const AnswerCache::Landing& landing) noexcept {
  // On the thread of whoever loaded: only posts.
  boost::asio::post(loop_->io(), [weak = weak_from_this(), landing] {
    if (const auto self = std::static_pointer_cast<CallRun>(weak.lock()))
      self->guarded([&] { self->take_landing(landing); });
  });
}

void CallRun::take_landing(const AnswerCache::Landing& landing) {
  if (state_ != State::waiting) return;
  switch (landing.kind) {
    case cache::LandingKind::value:
      engine_->count_answer(traits().cache_class, true);
      outcome_.emplace(
          Landed(landing.value, Provenance{.origin = Origin::server, .joined = true, .age = {}}));
      return advance(Event::landed);
    case cache::LandingKind::failure:
      outcome_.emplace(std::unexpected(*landing.failure));
      return advance(Event::load_failed);
    case cache::LandingKind::abandoned:
      return advance(Event::abandoned);
  }
}

void CallRun::admit() {
  admitted_ = loop_->admit(*this);
  if (admitted_) advance(Event::admitted);
}

bool CallRun::wants_admission() const noexcept {
  return state_ == State::admitting;
}

void CallRun::on_admitted() {
  admitted_ = true;
  guarded([this] { advance(Event::admitted); });
}

void CallRun::send() {
  WireRequest wire;
  if (auto built = build(wire); !built) {
    outcome_.emplace(std::unexpected(with_context(built.error())));
    if (ticket_) ticket_.fail(with_context(built.error()));
    return advance(Event::failed);
  }
  wire.repeatable = traits().idempotency != Idempotency::unsafe;
  request_id_ = engine_->next_request_id();
  engine_->count_request();
  if (!traits().is_write()) engine_->count_answer(traits().cache_class, false);
  sent_ = true;
  begin_effects();
  exchange_ = loop_->prepare(*this, std::move(wire), request_id_);
  loop_->launch(*exchange_);
}

void CallRun::on_exchange(ExchangeResult& result) {
  const auto keep = self_;
  exchange_ = nullptr;
  if (state_ != State::attempting) return;
  if (result.error) {
    if (result.may_have_been_sent) settle_effects(false);
    outcome_.emplace(std::unexpected(with_context(*result.error)));
    if (ticket_) ticket_.fail(with_context(*result.error));
    return advance(Event::failed);
  }
  WireAnswer& answer = *result.answer;
  // A 4xx is a refusal: nothing was changed. Everything else may have had its effect.
  if (answer.status < 400 || answer.status >= 500) settle_effects(answer.status < 400);
  if (answer.status >= 200 && answer.status < 300) return take_answer(answer);
  Error error = status_error(answer);
  if (ticket_) ticket_.fail(error);
  outcome_.emplace(std::unexpected(std::move(error)));
  advance(Event::failed);
}

void CallRun::take_answer(WireAnswer& answer) {
  cache::StoreOptions store;
  auto decoded = decode(answer, store.tags);
  if (!decoded) {
    const Error error = with_context(
        Error(decoded.error().code(), malformed_text(decoded.error().what())).with_server(answer.status, {}));
    if (ticket_) ticket_.fail(error);
    outcome_.emplace(std::unexpected(error));
    return advance(Event::failed);
  }
  outcome_.emplace(Landed(decoded->held, Provenance{}));
  if (ticket_) {
    store.ttl = std::chrono::duration_cast<cache::Duration>(use_.ttl);
    store.bytes = decoded->bytes;
    store.keep = use_.store;
    ticket_.land(std::move(decoded->held), store);
  }
  advance(Event::answered);
}

void CallRun::begin_effects() {
  auto* const cache = engine_->cache();
  if (cache == nullptr || !traits().is_write()) return;
  changing_ = true;
  if (traits().changes_everything) {
    cache->tags().begin_change_of_all();
  } else {
    cache->tags().begin_change(tags_.view());
  }
}

void CallRun::settle_effects(bool is_known) {
  const Traits about = traits();
  if (!about.is_write()) return;
  const auto settling = is_known ? about.settling : std::max(about.settling, uncertain_settling);
  if (about.changes_everything) return engine_->changed_all(settling);
  engine_->changed(tags_.view(), settling);
}

void CallRun::on_deadline() {
  const auto limit = bounded(options_.timeout).value_or(engine_->options().timeout());
  give_up({Errc::timeout, "no answer from " + engine_->transport().place + " within " +
                              std::to_string(limit.count()) +
                              " ms; is the server up, is the time long enough?"});
}

void CallRun::give_up(const Error& reason) {
  const auto keep = self_;
  if (!keep) return;  // finished already
  // What was sent may have its effect although nobody waits for the answer any more.
  if (state_ == State::attempting && exchange_ != nullptr && exchange_->may_have_been_sent())
    settle_effects(false);
  outcome_.emplace(std::unexpected(with_context(reason)));
  advance(Event::gave_up);
}

void CallRun::finish(Outcome outcome) {
  const auto keep = std::move(self_);
  loop_->remove(*this, deadline_);
  if (exchange_ != nullptr) loop_->cancel(std::exchange(exchange_, nullptr));
  stop_hook_.reset();
  if (std::exchange(changing_, false)) {
    if (traits().changes_everything) {
      engine_->cache()->tags().end_change_of_all();
    } else {
      engine_->cache()->tags().end_change(tags_.view());
    }
  }
  // Unused still: those who wait for this load ask again, and one of them leads.
  ticket_ = AnswerCache::Ticket();
  outcome_.reset();
  const auto engine = std::move(engine_);
  if (auto* sink = sink_.exchange(nullptr)) sink->complete(std::move(outcome));
  if (admitted_) loop_->release();
}

// --- errors

Error CallRun::with_context(const Error& error) const {
  return error.with_operation(std::string(traits().operation)).with_request(request_id_, sent_ ? 1 : 0);
}

std::string CallRun::malformed_text(const std::string& reason) const {
  return "the answer of " + engine_->transport().place + " is not what the contract says: " + reason +
         "; is this a WATS server? `wats get` shows an answer as it comes";
}

Error CallRun::status_error(const WireAnswer& answer) const {
  const std::string words = server_words(answer);
  const StatusMeaning kind = meaning_of(answer.status);
  std::string what =
      "HTTP " + std::to_string(answer.status) + " from " + engine_->transport().place + ": " + kind.advice;
  if (!words.empty()) what += " (server: " + words + ")";
  Error error = with_context(Error(kind.code, std::move(what)).with_server(answer.status, words));
  if (answer.retry_after) error = error.with_retry_after(*answer.retry_after);
  return error;
}

}  // namespace wats::http::detail
