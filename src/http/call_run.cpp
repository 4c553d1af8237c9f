#include "wats/http/detail/call_run.hpp"

#include "src/http/body_flow.hpp"
#include "src/http/engine.hpp"
#include "src/http/http_use.hpp"
#include "src/http/lane_sink.hpp"
#include "src/http/loop.hpp"
#include "src/http/pipeline.hpp"
#include "src/http/status_meaning.hpp"
#include "wats/core/detail/parking_sink.hpp"
#include "wats/http/detail/stale_is_better.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <cassert>
#include <utility>

namespace wats::http::detail {
namespace {

using wats::detail::Landed;

policy::Reuse reuse_of(std::optional<CacheMode> mode) noexcept {
  switch (mode.value_or(CacheMode::normal)) {
    case CacheMode::normal:
    case CacheMode::only_if_cached:
      return policy::Reuse::normal;
    case CacheMode::fresh:
      return policy::Reuse::fresh;
    case CacheMode::bypass:
      return policy::Reuse::bypass;
  }
  return policy::Reuse::bypass;
}

/// The answer itself, where it is stored with its headers.
std::shared_ptr<const Held> answer_in(const std::shared_ptr<const Held>& stored) {
  if (!stored || !stored->follows_http) return stored;
  return static_cast<const KeptAnswers&>(*stored).all.front()->held;
}

Provenance provenance_of(Origin origin, bool is_stale, cache::Duration age) {
  Provenance provenance;
  provenance.origin = origin;
  provenance.stale = is_stale;
  if (is_stale) provenance.why_stale = Staleness::server_away;
  provenance.age = age;
  return provenance;
}

/// *refreshing*: what is this old, or younger, is shown while the server is well.
Landed remembered(const AnswerCache::Hit& hit, cache::Duration refreshing) {
  auto provenance = provenance_of(Origin::memory, hit.is_stale, hit.age);
  if (hit.is_stale && hit.age < refreshing) provenance.why_stale = Staleness::refreshing;
  return {answer_in(hit.value), provenance};
}

/// Of the load of another call, or of what stands in for it.
Landed joined(const AnswerCache::Landing& landing) {
  // A load from the server brings what is true now.
  const bool was_kept = landing.age > cache::Duration::zero();
  const Origin origin = landing.is_stale ? Origin::memory : was_kept ? Origin::second_level : Origin::server;
  auto provenance = provenance_of(origin, landing.is_stale, landing.age);
  provenance.joined = !landing.is_stale;
  return {answer_in(landing.value), provenance};
}

/// In place of a failure, even if its time is not over yet: it could not be asked for anew.
Landed stood_in(const std::shared_ptr<const wats::detail::Held>& held, cache::Duration age) {
  return {answer_in(held), provenance_of(Origin::memory, true, age)};
}

Error cancelled_error() {
  return {Errc::cancelled, "the call was taken back"};
}

}  // namespace

Error not_cached_error() {
  return {Errc::not_cached, "nothing stored will do, and the server was not to be asked"};
}

CallRun::CallRun(std::shared_ptr<Engine> engine) noexcept
    : engine_(std::move(engine)), state_(State::ready) {}
CallRun::~CallRun() = default;

// --- ways to wait

std::optional<Outcome> CallRun::try_now() {
  if (engine_->closed()) return Outcome(std::unexpected(with_context(closed_error())));
  if (const Error* const why = refusal()) return Outcome(std::unexpected(with_context(*why)));
  decide_use();
  if (is_strict()) return strict_now();
  const bool only_stored = options_.cache == CacheMode::only_if_cached;
  if (!use_.look_up && !only_stored) return std::nullopt;
  if (!use_.look_up) return Outcome(std::unexpected(with_context(not_cached_error())));
  cache::LookupOptions lookup;
  lookup.max_age = oldest_to_show();
  lookup.count_miss = false;
  const auto hit = engine_->cache()->find(key_.view(), lookup);
  if (hit) {
    engine_->count_answer(traits().cache_class, true);
    return Outcome(remembered(hit, {}));
  }
  if (only_stored) return Outcome(std::unexpected(with_context(not_cached_error())));
  return std::nullopt;
}

Outcome CallRun::run() {
  if (auto outcome = try_now()) return *std::move(outcome);
  const auto engine = engine_;
  if (!may_block()) return std::unexpected(with_context(wats::detail::would_deadlock()));
  const Engine::Visit visit(*engine);
  if (!visit) return std::unexpected(with_context(closed_error()));
  if (const auto lane = bodies() == Bodies::streamed ? Engine::Lane() : engine->borrow_lane()) {
    LaneSink sink;
    const Loop::Running running(*lane.loop());
    attach(lane.loop(), sink);
    begin();
    while (!sink.done()) lane.loop()->run_one();
    return sink.take();
  }
  wats::detail::ParkingSink sink;
  if (!begin_in_background(sink)) return std::unexpected(with_context(closed_error()));
  return sink.wait();
}

void CallRun::start(Sink& sink) {
  if (begin_in_background(sink)) return;
  // Not from inside a visit: what waits may be resumed here, and close the client.
  sink.complete_later(std::unexpected(with_context(closed_error())));
}

bool CallRun::begin_in_background(Sink& sink) {
  const auto engine = engine_;
  const Engine::Visit visit(*engine);
  const auto background = visit ? engine->background(bodies()) : nullptr;
  if (!background) return false;
  attach(background, sink);
  background->submit(self_);
  return true;
}

void CallRun::decide_use() {
  if (std::exchange(use_decided_, true) || engine_->cache() == nullptr) return;
  if (engine_->options().cache().rules == CacheRules::strict) return decide_strict_use();
  use_ = policy::decide(engine_->rule(traits().cache_class), reuse_of(options_.cache),
                        bounded(options_.max_age));
  if (use_.uses_cache) key(key_);
}

void CallRun::attach(std::shared_ptr<Loop> loop, Sink& sink) {
  decide_use();
  loop_ = std::move(loop);
  self_ = std::static_pointer_cast<CallRun>(shared_from_this());
  const auto now = std::chrono::steady_clock::now();
  time_given_ = bounded(options_.timeout).value_or(engine_->options().timeout());
  deadline_ = now + time_given_;
  if (options_.deadline && *options_.deadline < deadline_) {
    deadline_ = std::max(*options_.deadline, now);
    time_given_ = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - now);
  }
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

bool CallRun::may_block() {
  return !engine_->on_own_loop();
}

wats::detail::Stay CallRun::stay() {
  return engine_->stay();
}

boost::asio::any_io_executor CallRun::executor() {
  if (const auto background = engine_->background(bodies())) return background->io().get_executor();
  return wats::detail::anywhere();
}

std::shared_ptr<wats::detail::Home> CallRun::home() {
  return engine_->background(bodies());
}

// --- on the loop

Error ran_out_error(const std::exception& error) {
  return {Errc::io_error,
          std::string("this process ran out of memory or of something else: ") + error.what()};
}

void CallRun::ran_out(const std::exception& error) noexcept {
  give_up(ran_out_error(error));
}

void CallRun::begin() {
  published_loop_.store(loop_.get());
  guarded([this] {
    entry_ = loop_->add(*this, deadline_);
    if (stop_.stop_possible()) stop_hook_ = std::make_unique<wats::detail::StopHook>(stop_, weak_from_this());
    if (ended_by_now()) return;
    if (streams_)
      flow_ = std::make_shared<BodyFlow>(*std::exchange(streams_, nullptr), engine_->body_threads(),
                                         engine_->ending_thread());
    if (engine_->has_memory()) tags(tags_);
    if (engine_->is_strict()) add_target_tag();
    // It was begun to load.
    if (ticket_) return load();
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
    case Action::fetch:
      return fetch();
    case Action::admit:
      return admit();
    case Action::send:
      return send();
    case Action::pause:
      return pause();
    case Action::answer:
    case Action::fail:
      return finish(*std::move(outcome_));
  }
}

void CallRun::look_up() {
  if (is_strict()) return look_up_strictly();
  if (!use_.uses_cache) return advance(Event::leads);
  cache::LookupOptions lookup;
  lookup.max_age = use_.look_up ? oldest_to_show() : cache::Duration::zero();
  lookup.join = use_.join;
  auto found = engine_->cache()->find_or_join(
      key_.view(), tags_.view(), [this] { return std::static_pointer_cast<AnswerCache::Waiter>(self_); },
      lookup);
  if (found.hit()) {
    engine_->count_answer(traits().cache_class, true);
    const auto& settings = engine_->options().cache();
    outcome_.emplace(remembered(found.hit(), use_.ttl + settings.stale_while_refreshing));
    if (found.lead()) refresh_behind(std::move(found.lead()));
    return advance(Event::hit);
  }
  if (found.joined()) return advance(Event::joined);
  ticket_ = std::move(found.lead());
  load();
}

void CallRun::refresh_behind(AnswerCache::Ticket ticket) {
  /// Nobody waits for it.
  class Nobody final : public Sink {
    void complete(Outcome /*outcome*/) noexcept override {}
  };
  static Nobody nobody;
  const auto copy = again();
  copy->options_ = options_;
  copy->options_.priority = Priority::prefetch;
  copy->options_.cache = CacheMode::fresh;
  copy->ticket_ = std::move(ticket);
  copy->is_refresh_ = true;
  static_cast<void>(copy->begin_in_background(nobody));
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
      // A refresh only wanted to see it done.
      if (!is_strict() || is_refresh_)
        outcome_.emplace(joined(landing));
      else if (!take_kept(landing.value))
        return advance(Event::abandoned);
      engine_->count_answer(traits().cache_class, true);
      return advance(Event::landed);
    case cache::LandingKind::failure:
      outcome_.emplace(std::unexpected(*landing.failure));
      // To who leads, what was too old for others to see may still stand in; so it may here.
      stand_in(*landing.failure);
      if (!*outcome_ && wants_answer_itself(*landing.failure)) return advance(Event::abandoned);
      return advance(Event::load_failed);
    case cache::LandingKind::abandoned:
      return advance(Event::abandoned);
  }
}

void CallRun::on_deadline() {
  const std::string limit = std::to_string(time_given_.count()) + " ms";
  std::string what;
  switch (state_) {
    case State::admitting:
      what = "no turn to send came within " + limit +
             ", since too many calls wait or the rate limit holds them; ask less at once or give more time";
      break;
    case State::attempting:
      if (flow_) {
        what = "the streamed bodies did not pass within " + limit +
               "; give the call more time, or look what holds them up: the network, the source or the sink";
        break;
      }
      [[fallthrough]];
    default:
      what = "no answer from " + engine_->transport().place + " within " + limit +
             "; is the server up, is the time long enough?";
  }
  if (last_error_) what += " (before: " + last_error_->what() + ")";
  if (state_ == State::attempting) abandon_attempts(Errc::timeout);
  give_up({Errc::timeout, std::move(what)});
}

void CallRun::give_up(const Error& reason) {
  const auto keep = self_;
  if (!keep) return;  // finished already
  abandon_attempts(Errc::cancelled);
  outcome_.emplace(std::unexpected(with_context(reason)));
  stand_in(reason);
  advance(Event::gave_up);
}

void CallRun::fail_with(const Error& error, Event event) {
  outcome_.emplace(std::unexpected(error));
  forget_what_is_gone(error.http_status());
  if (ticket_) {
    // What was stored before may stand in for it, but not for who asked for a younger one.
    const auto told = ticket_.fail(error, use_.look_up ? use_.max_age : cache::Duration::zero());
    if (is_strict())
      stand_in(error);
    else if (told.kind == cache::LandingKind::value)
      outcome_.emplace(stood_in(told.value, told.age));
  } else {
    stand_in(error);
  }
  advance(event);
}

void CallRun::stand_in(const Error& reason) {
  if (is_strict()) return static_cast<void>(stand_in_strictly(reason));
  const auto limit = engine_->options().cache().stale_if_error;
  if (limit <= limit.zero() || !use_.look_up || !stale_is_better(reason)) return;
  cache::LookupOptions lookup;
  lookup.max_age = use_.max_age;
  lookup.max_stale = limit;
  lookup.count_miss = false;
  if (const auto hit = engine_->cache()->find(key_.view(), lookup))
    outcome_.emplace(stood_in(hit.value, hit.age));
}

void CallRun::finish(Outcome outcome) {
  const auto keep = std::move(self_);
  if (entry_) loop_->remove(*std::exchange(entry_, std::nullopt));
  if (timer_) loop_->clear_timer(*std::exchange(timer_, std::nullopt));
  if (waits_) {
    loop_->admission().waited(std::chrono::steady_clock::now() - waiting_since_);
    loop_->leave_queue();
  }
  abandon_attempts(Errc::cancelled);
  stop_hook_.reset();
  end_effects();
  // Unused still: those who wait for this load ask again, and one of them leads.
  ticket_ = AnswerCache::Ticket();
  outcome_ = std::move(outcome);
  // Gone before anybody hears of the end: what they use is the caller's again.
  streams_.reset();
  if (flow_) {
    loop_->linger(1);
    flow_->let_go(keep);
  } else {
    complete();
  }
  while (turns_ > 0) {
    --turns_;
    loop_->release();
  }
}

void CallRun::streams_are_gone(std::shared_ptr<CallRun> call) {
  auto& io = call->loop_->io();
  boost::asio::post(io, [call = std::move(call)] {
    call->loop_->linger(-1);
    call->complete();
  });
}

void CallRun::complete() {
  const auto engine = std::move(engine_);
  auto* const sink = sink_.exchange(nullptr);
  auto outcome = *std::exchange(outcome_, std::nullopt);
  if (sink != nullptr) sink->complete(std::move(outcome));
}

// --- errors

Error CallRun::with_context(const Error& error) const {
  return error.with_operation(std::string(traits().operation))
      .with_request(std::string(request_id_.view()), sent_);
}

}  // namespace wats::http::detail
