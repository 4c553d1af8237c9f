// The attempts of a call: sending, judging what came of it, trying again, asking a second time.
#include "src/http/body_flow.hpp"
#include "src/http/engine.hpp"
#include "src/http/http_use.hpp"
#include "src/http/loop.hpp"
#include "src/http/pipeline.hpp"
#include "src/http/status_meaning.hpp"
#include "wats/http/detail/call_run.hpp"

#include <algorithm>
#include <utility>

namespace wats::http::detail {
namespace {

using wats::detail::Landed;
using Clock = std::chrono::steady_clock;

/// How long nothing is kept of what a write may have changed whose end is not known: a server that is slow to
/// answer may be as slow to commit.
constexpr std::chrono::seconds uncertain_settling(60);

/// Said by somebody on the way, who does not know what the server did.
constexpr bool is_gateways(int status) noexcept {
  return status == 502 || status == 504;
}

}  // namespace

// --- a turn to send

bool CallRun::wants_admission() const noexcept {
  return state_ == State::admitting;
}

void CallRun::admit() {
  const Admitted admitted = loop_->admit(*this, priority());
  switch (admitted.verdict) {
    case Admitted::Verdict::now:
      return on_admitted(admitted.pass);
    case Admitted::Verdict::later:
      waits_ = true;
      waiting_since_ = Clock::now();
      return;
    case Admitted::Verdict::refused:
      return on_refused();
  }
}

void CallRun::on_admitted(Pass pass) {
  if (std::exchange(waits_, false)) loop_->admission().waited(Clock::now() - waiting_since_);
  pass_ = pass;
  ++turns_;
  guarded([this] { advance(Event::admitted); });
}

void CallRun::on_refused() {
  waits_ = false;
  guarded([this] {
    // What failed before tells more than that the breaker has opened since.
    if (last_error_) return fail_with(with_context(*last_error_), Event::refused);
    auto& admission = loop_->admission();
    const auto wait = std::chrono::ceil<std::chrono::seconds>(admission.open_until() - Clock::now()).count();
    std::string what = engine_->transport().place + " kept failing and is not asked ";
    what += wait > 0 ? "for " + std::to_string(wait) + " s" : "while a single call tries whether it is back";
    what += "; look at the server or the network";
    if (const auto failure = admission.last_failure(); !failure.empty()) what += " (last: " + failure + ")";
    fail_with(with_context({Errc::unavailable, std::move(what)}), Event::refused);
  });
}

void CallRun::send() {
  WireRequest wire;
  if (auto built = build_request(wire); !built) return fail_with(with_context(built.error()), Event::failed);
  wire.repeatable = repeatable();
  if (sent_ == 0) {
    request_id_ = engine_->next_request_id();
    if (!traits().is_write() && !is_refresh_) engine_->count_answer(traits().cache_class, false);
    begin_effects();
    expect_read();
  }
  launch(attempts_[0], *std::exchange(pass_, std::nullopt), std::move(wire), false);
}

void CallRun::launch(Attempt& attempt, Pass pass, WireRequest&& wire, bool is_hedge) {
  engine_->count_request();
  unspent_cost_ = 0;
  attempt = {
      .exchange = nullptr, .pass = pass, .began = Clock::now(), .number = ++sent_, .is_hedge = is_hedge};
  attempt.exchange = loop_->prepare(*this, std::move(wire), request_id_.view(), flow_);
  time_attempts();
  // The answer may be there before this returns, and the call over.
  loop_->launch(*attempt.exchange);
}

// --- what came of it

void CallRun::on_exchange(Exchange& exchange, ExchangeResult& result) {
  const auto keep = self_;
  const auto found = std::find_if(attempts_.begin(), attempts_.end(),
                                  [&](const Attempt& attempt) { return attempt.exchange == &exchange; });
  if (found == attempts_.end() || state_ != State::attempting) return;
  const Attempt over = *found;
  found->exchange = nullptr;
  if (result.error) {
    policy::FailedAttempt failed;
    failed.is_transient = result.is_transient;
    failed.may_have_effect = result.may_have_been_sent;
    return fail_attempt(over, failed, *result.error,
                        result.is_not_servers ? Report::unknown : Report::failed);
  }
  WireAnswer& answer = *result.answer;
  if (take_confirmation(over, answer) || ask_unconditionally(over, answer)) return;
  if (answer.status >= 200 && answer.status < 300) return take_answer(over, answer, Report::succeeded);
  policy::FailedAttempt failed = failure_of(answer.status, answer.retry_after.has_value());
  failed.retry_after = answer.retry_after;
  // What another server says, to which this one had sent us, is about that one.
  if (failed.is_throttled && !result.is_not_servers) {
    if (answer.retry_after) loop_->admission().hold(*answer.retry_after, Clock::now());
    loop_->admission().overloaded();
  }
  Report report = answer.status >= 500 ? Report::failed : Report::succeeded;
  if (result.is_not_servers) report = Report::unknown;
  if (takes_any_status() && take_stand_in(over, answer, report)) return;
  if (takes_any_status()) return take_answer(over, answer, report);
  if (answer.status < 400) invalidate_targets(answer);
  fail_attempt(over, failed, status_error(answer, exchange.place_asked()), report);
}

void CallRun::on_stream(const Exchange& exchange) noexcept {
  for (const Attempt& attempt : attempts_) {
    if (attempt.exchange == &exchange) settle_pass(attempt, Report::succeeded, false);
  }
}

void CallRun::take_answer(const Attempt& over, WireAnswer& answer, Report report) {
  // A refusal changes nothing, and a failure may have changed something still.
  if (answer.status < 400 || answer.status >= 500)
    settle_effects(answer.status < 400 || (follows_strict_rules() && !is_gateways(answer.status)));
  cache::StoreOptions store;
  auto decoded = decode(answer, store.tags);
  if (!decoded) {
    const Error error =
        Error(decoded.error().code(), malformed_text(decoded.error().what())).with_server(answer.status, {});
    return fail_attempt(over, {.is_transient = false, .may_have_effect = false}, error, Report::unknown);
  }
  take_good(over, answer.status, report);
  outcome_.emplace(Landed(decoded->held, Provenance{}));
  if (is_strict()) {
    keep_strictly(answer, *decoded, store.tags);
  } else if (ticket_) {
    store.ttl = std::chrono::duration_cast<cache::Duration>(use_.ttl);
    store.bytes = decoded->bytes;
    auto held = with_validators(answer, *decoded, store);
    if (ticket_.land(std::move(held), store)) keep(answer, store.tags);
    if (!store.keep && level_use_) engine_->second_level()->erase(engine_->level_key(key_.view()));
  }
  if (is_own_location(answer)) {
    invalidate_and_keep(answer, *decoded);
  } else {
    invalidate_targets(answer);
  }
  advance(Event::answered);
}

void CallRun::take_good(const Attempt& over, int status, Report report) {
  const bool is_good = status < 400;
  settle_pass(over, report, is_good);
  tell(over, status, std::nullopt, nullptr);
  if (is_good) loop_->admission().succeeded(over.is_hedge ? loop_->admission().hedge_cost() : retry_cost_);
  abandon_attempts(Errc::cancelled);
}

void CallRun::fail_attempt(const Attempt& over, const policy::FailedAttempt& failed, const Error& error,
                           Report report) {
  const int status = error.http_status();
  if (failed.may_have_effect) {
    settle_effects(status != 0 && !is_gateways(status) && follows_strict_rules());
    may_have_effect_ = true;
  }
  const auto failure = status == 0 ? std::optional(error.code()) : std::nullopt;
  auto& admission = loop_->admission();
  // First of all, so that the failure that opens the breaker pays for no repeat.
  settle_pass(over, report, false);
  if (report == Report::failed) admission.note_failure(error.what());
  // While another is at it that may do better, this one was not the last word.
  if (is_under_way() && failed.is_transient) {
    tell(over, status, failure, nullptr);
    last_error_ = error;
    --turns_;
    return loop_->release();
  }
  const auto now = Clock::now();
  policy::RetryDecision decision;
  if (failed.is_transient && admission.refuses(now)) {
    decision.verdict = policy::RetryVerdict::breaker_open;
  } else {
    decision = admission.retry(failed, repeatable(), sent_, most_attempts(), deadline_ - now);
  }
  tell(over, status, failure, &decision);
  if (decision.verdict != policy::RetryVerdict::retry) {
    abandon_attempts(Errc::cancelled);
    return fail_finally(error, decision.verdict);
  }
  last_error_ = error;
  retry_cost_ = unspent_cost_ = decision.cost;
  again_at_ = now + decision.delay;
  advance(Event::again);
}

void CallRun::fail_finally(const Error& error, policy::RetryVerdict verdict) {
  using policy::RetryVerdict;
  Error final = error;
  const bool explains = verdict == RetryVerdict::budget_empty || verdict == RetryVerdict::may_have_effect ||
                        verdict == RetryVerdict::too_late || verdict == RetryVerdict::breaker_open;
  if (explains) final = final.with_note(name(verdict));
  const bool tells_itself = verdict == RetryVerdict::may_have_effect ||
                            error.code() == Errc::connection_lost || error.code() == Errc::timeout;
  if (may_have_effect_ && sent_ > 1 && traits().is_write() && !tells_itself)
    final = final.with_note("an earlier attempt of this call may have done it");
  // Others may have more time and more attempts: they ask again instead of failing with this call.
  const bool is_own_limit =
      verdict == RetryVerdict::too_late || (verdict == RetryVerdict::attempts_used && options_.attempts);
  if (is_own_limit) ticket_ = AnswerCache::Ticket();
  fail_with(with_context(final), Event::failed);
}

void CallRun::pause() {
  set_timer(again_at_);
  // Others may send meanwhile.
  --turns_;
  loop_->release();
}

bool CallRun::may_send_again() noexcept {
  auto& admission = loop_->admission();
  policy::FailedAttempt failed;
  failed.is_transient = true;
  const auto decision =
      admission.retry(failed, repeatable(), sent_, most_attempts(), deadline_ - Clock::now());
  if (decision.verdict != policy::RetryVerdict::retry) return false;
  retry_cost_ += decision.cost;
  ++sent_;
  engine_->count_request();
  return true;
}

void CallRun::settle_pass(const Attempt& over, Report report, bool is_answer) noexcept {
  const auto now = Clock::now();
  const Pass pass = over.pass;
  // How long a body took to be sent says nothing about the server.
  const auto took = flow_ && flow_->sends() ? Clock::duration::zero() : now - over.began;
  // *over* may be one of these.
  for (Attempt& attempt : attempts_) {
    if (attempt.number == over.number) attempt.pass = Pass::refused;
  }
  loop_->admission().report(pass, report, took,
                            is_answer && !flow_ ? std::optional(loop_->in_flight()) : std::nullopt, now);
}

void CallRun::tell(const Attempt& over, int status, std::optional<Errc> failure,
                   const policy::RetryDecision* decision) {
  AttemptReport about;
  about.operation = traits().operation;
  about.request_id = request_id_.view();
  about.number = over.number;
  about.is_hedge = over.is_hedge;
  about.status = status;
  about.failure = failure;
  about.total = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - over.began);
  if (decision != nullptr) {
    about.verdict = policy::name(decision->verdict);
    if (decision->verdict == policy::RetryVerdict::retry) about.again_after = decision->delay;
  }
  engine_->attempt_over(about, over.exchange);
}

// --- time

std::optional<std::chrono::milliseconds> CallRun::attempt_timeout() const noexcept {
  if (!options_.attempt_timeout) return engine_->options().attempt_timeout();
  return std::max(*bounded(options_.attempt_timeout), std::chrono::milliseconds(1));
}

int CallRun::most_attempts() const noexcept {
  return std::clamp(options_.attempts.value_or(engine_->options().retry().attempts), 1, 10);
}

CallRun::Report CallRun::blame(const Attempt& over) const noexcept {
  // A call that gave the server less time than usual says little about it, one that sends a body nothing.
  if (flow_ && flow_->sends()) return Report::unknown;
  // Nor one that never came as far as to a connection, since all were taken.
  if (over.exchange != nullptr && !over.exchange->has_tried()) return Report::unknown;
  const auto& options = engine_->options();
  const auto usual =
      std::min(options.attempt_timeout().value_or(options.timeout()), options.breaker().slow_after);
  return Clock::now() - over.began >= usual ? Report::failed : Report::unknown;
}

std::optional<std::chrono::nanoseconds> CallRun::hedge_after() const {
  const bool may_hedge = engine_->options().hedge().enabled && !flow_ &&
                         traits().idempotency == Idempotency::safe && attempts_[1].number == 0 &&
                         sent_ < most_attempts();
  return may_hedge ? engine_->hedge_after(traits().operation) : std::nullopt;
}

void CallRun::set_timer(TimePoint at) {
  if (timer_) loop_->clear_timer(*std::exchange(timer_, std::nullopt));
  timer_ = loop_->set_timer(*this, at);
}

void CallRun::time_attempts() {
  std::optional<TimePoint> next;
  const auto limit = attempt_timeout();
  for (const Attempt& attempt : attempts_) {
    if (attempt.exchange == nullptr) continue;
    if (limit && (!next || attempt.began + *limit < *next)) next = attempt.began + *limit;
  }
  if (const auto delay = hedge_after()) {
    const auto at = attempts_[0].began + *delay;
    if (!next || at < *next) next = at;
  }
  if (next) set_timer(*next);
}

void CallRun::on_timer() {
  timer_.reset();
  if (state_ == State::fetching) return advance(Event::not_there);
  if (state_ == State::pausing) return advance(Event::due);
  if (state_ == State::attempting) on_attempt_timer();
}

void CallRun::on_attempt_timer() {
  const auto loop = loop_;
  const auto now = Clock::now();
  const auto limit = attempt_timeout();
  for (Attempt& attempt : attempts_) {
    if (!limit || attempt.exchange == nullptr || now < attempt.began + *limit) continue;
    const Attempt over = attempt;
    attempt.exchange = nullptr;
    policy::FailedAttempt failed;
    failed.is_transient = true;
    failed.may_have_effect = over.exchange->may_have_been_sent();
    // Out of curl before anything else may enter it, kept until it has been told of.
    auto taken = loop->take_back(over.exchange);
    if (failed.may_have_effect) loop->admission().overloaded();
    const Error error(Errc::timeout, "no answer from " + engine_->transport().place + " within " +
                                         std::to_string(limit->count()) +
                                         " ms for one attempt; is the server up?");
    fail_attempt(over, failed, error, blame(over));
    loop->put_away(std::move(taken));
    if (state_ != State::attempting) return;
  }
  hedge();
  if (is_under_way() && !timer_) time_attempts();
}

void CallRun::hedge() {
  const auto delay = hedge_after();
  if (!delay || attempts_[0].exchange == nullptr || Clock::now() < attempts_[0].began + *delay) return;
  Attempt& second = attempts_[1];
  // Once, whether or not it may be: nothing is gained by asking again and again whether it may.
  second.number = -1;
  WireRequest wire;
  if (!build_request(wire)) return;
  wire.repeatable = true;
  auto& admission = loop_->admission();
  const Admitted admitted = loop_->admit_besides(Priority::prefetch);
  if (admitted.verdict != Admitted::Verdict::now) return;
  ++turns_;
  if (admission.pay_hedge()) return launch(second, admitted.pass, std::move(wire), true);
  admission.report(admitted.pass, Report::unknown, {}, std::nullopt, Clock::now());
  --turns_;
  loop_->release();
}

// --- the end of attempts

bool CallRun::is_under_way() const noexcept {
  return std::any_of(attempts_.begin(), attempts_.end(),
                     [](const Attempt& attempt) { return attempt.exchange != nullptr; });
}

void CallRun::abandon_attempts(Errc reason) noexcept {
  auto& admission = loop_->admission();
  // Admitted and never sent, or paid for: given back all the same.
  if (pass_)
    admission.report(*std::exchange(pass_, std::nullopt), Report::unknown, {}, std::nullopt, Clock::now());
  if (const auto cost = std::exchange(unspent_cost_, 0); cost > 0) admission.give_back(cost);
  for (Attempt& attempt : attempts_) {
    const Attempt over = attempt;
    attempt.exchange = nullptr;
    if (over.pass != Pass::refused)
      settle_pass(over, reason == Errc::timeout ? blame(over) : Report::unknown, false);
    if (over.exchange == nullptr) continue;
    // What was sent may have its effect although nobody waits for the answer any more.
    if (over.exchange->may_have_been_sent()) settle_effects(false);
    tell(over, 0, reason, nullptr);
    loop_->put_away(loop_->take_back(over.exchange));
  }
}

// --- effects of writes

void CallRun::begin_effects() {
  auto* const cache = engine_->cache();
  if (!traits().is_write() || follows_strict_rules()) return;
  // First what lies below: nobody may bring it up once memory has dropped it.
  if (traits().changes_everything) {
    engine_->changed_below_all({});
    if (cache != nullptr) cache->tags().begin_change_of_all();
  } else {
    engine_->changed_below(tags_.view(), {});
    if (cache != nullptr) cache->tags().begin_change(tags_.view());
  }
  changing_ = cache != nullptr;
}

void CallRun::settle_effects(bool is_known) {
  const Traits about = traits();
  if (!about.is_write()) return;
  if (follows_strict_rules()) {
    // What the server told has been looked at; of what it did not tell, the worst is assumed.
    if (!is_known) engine_->changed(tags_.view(), uncertain_settling);
    return;
  }
  const auto settling = is_known ? about.settling : std::max(about.settling, uncertain_settling);
  if (about.changes_everything) return engine_->changed_all(settling);
  engine_->changed(tags_.view(), settling);
}

void CallRun::end_effects() noexcept {
  if (!std::exchange(changing_, false)) return;
  if (traits().changes_everything) {
    engine_->cache()->tags().end_change_of_all();
  } else {
    engine_->cache()->tags().end_change(tags_.view());
  }
}

// --- errors

std::string CallRun::malformed_text(const std::string& reason) const {
  return "the answer of " + engine_->transport().place + " is not what the contract says: " + reason +
         "; is this a WATS server? `wats get` shows an answer as it comes";
}

Error CallRun::status_error(const WireAnswer& answer, const std::string& place) const {
  const std::string words = server_words(answer);
  const StatusMeaning kind = meaning_of(answer.status);
  std::string what = "HTTP " + std::to_string(answer.status) + " from " + place + ": " + kind.advice;
  if (!words.empty()) what += " (server: " + words + ")";
  Error error = Error(kind.code, std::move(what)).with_server(answer.status, words);
  if (answer.retry_after) error = error.with_retry_after(*answer.retry_after);
  return error;
}

}  // namespace wats::http::detail
