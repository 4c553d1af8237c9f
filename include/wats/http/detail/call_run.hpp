// CallRun: one call on its way through cache, single flight, admission, transport and back.
#pragma once

#include "wats/cache/cache.hpp"
#include "wats/cache/second_level.hpp"
#include "wats/core/body.hpp"
#include "wats/core/detail/bounded.hpp"
#include "wats/core/detail/operation.hpp"
#include "wats/core/detail/stop_hook.hpp"
#include "wats/http/detail/kept_answers.hpp"
#include "wats/http/detail/key.hpp"
#include "wats/http/detail/request.hpp"
#include "wats/policy/breaker.hpp"
#include "wats/policy/freshness.hpp"
#include "wats/policy/retry.hpp"
#include "wats/policy/reuse.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace wats::http::detail {

class BodyFlow;
class Engine;
class HttpUse;
class Loop;
class Exchange;
class ExchangeResult;
enum class Event : std::uint8_t;
enum class State : std::uint8_t;
class CallRun;

using wats::detail::bounded;
using Held = wats::detail::Held;
using Landed = wats::detail::Landed;
using Outcome = wats::detail::Outcome;
using AnswerCache = cache::Cache<std::string, Held, Error>;

/// Calls in the order in which something is due for them. Most are as patient as the one before: they come in
/// at the end and leave by their entry, without a search.
using Agenda = std::multimap<std::chrono::steady_clock::time_point, CallRun*>;

/// What a call fails with that could not be carried on here.
[[nodiscard]] Error ran_out_error(const std::exception& error);
/// With CacheMode::only_if_cached.
[[nodiscard]] Error not_cached_error();

/// One call. The operation-specific half (key, tags, request, decoding) comes from the derived class; one
/// heap block holds both. *Ownership*: by the Call until it starts, by itself (`self_`) while it runs, on
/// exactly one loop. *Thread safety*: run(), try_now(), start() on the starting thread; cancel() and landed()
/// on any; the rest on the loop's thread only.
class CallRun : public wats::detail::Operation, public AnswerCache::Waiter {
 public:
  explicit CallRun(std::shared_ptr<Engine> engine) noexcept;
  ~CallRun() override;

  void set(const CallOptions& options) noexcept final { options_.add(options); }
  void set(std::stop_token stop) final { stop_ = std::move(stop); }
  [[nodiscard]] wats::detail::Outcome run() final;
  [[nodiscard]] std::optional<wats::detail::Outcome> try_now() final;
  void start(wats::detail::Sink& sink) final;
  void cancel() noexcept final;
  [[nodiscard]] bool drop() noexcept final;
  void abandoned() noexcept final;
  [[nodiscard]] bool may_block() final;
  [[nodiscard]] wats::detail::Stay stay() final;
  [[nodiscard]] boost::asio::any_io_executor executor() final;
  [[nodiscard]] std::shared_ptr<wats::detail::Home> home() final;

 protected:
  /// Has its bodies pass through *streams*; before the start.
  void stream(BodyStreams streams) { streams_ = std::make_unique<BodyStreams>(std::move(streams)); }
  [[nodiscard]] Bodies bodies() const noexcept {
    return streams_ || flow_ ? Bodies::streamed : Bodies::in_memory;
  }

  // The operation's half.
  /// Why the request must not be sent, if so; the call then ends with it at once.
  [[nodiscard]] virtual const Error* refusal() const noexcept { return nullptr; }
  [[nodiscard]] virtual Traits traits() const = 0;
  virtual void key(Key& out) const = 0;
  virtual void tags(cache::TagSet& out) const = 0;
  /// What the caller adds to the request; null for nothing.
  [[nodiscard]] virtual const Headers* own_headers() const noexcept { return nullptr; }
  /// The same answer with other headers; null where it has none.
  [[nodiscard]] virtual std::shared_ptr<const Held> with_headers(const Held& /*held*/,
                                                                 const Headers& /*headers*/) const {
    return nullptr;
  }
  /// The same call once more, not begun.
  [[nodiscard]] virtual std::shared_ptr<CallRun> again() const = 0;
  [[nodiscard]] const std::shared_ptr<Engine>& engine() const noexcept { return engine_; }
  /// What of a stored answer this request is shown: all of it, the part it asked for, or nothing but the
  /// head.
  [[nodiscard]] virtual std::shared_ptr<const Held> shown_of(std::shared_ptr<const Held> held) const {
    return held;
  }
  /// No status makes the answer an error.
  [[nodiscard]] virtual bool takes_any_status() const noexcept { return false; }
  /// *Errors*: Errc::invalid_argument when the request can't be told in a URL.
  [[nodiscard]] virtual Result<void> build(WireRequest& out) const = 0;
  /// *more*: tags known only from the answer.
  [[nodiscard]] virtual Result<Decoded> decode(WireAnswer& answer, cache::TagSet& more) const = 0;
  /// What the server says in the body of an error, in one line.
  [[nodiscard]] virtual std::string server_words(const WireAnswer& answer) const = 0;

 private:
  friend class Loop;
  friend class Engine;
  friend class Exchange;
  friend class BodyFlow;

  void landed(const AnswerCache::Landing& landing) noexcept final;

  /// What the cache is used for, and the key it takes; once.
  void decide_use();
  /// Prepares for running on *loop*; the sink will be completed once.
  void attach(std::shared_ptr<Loop> loop, wats::detail::Sink& sink);
  /// False: the client is closed.
  [[nodiscard]] bool begin_in_background(wats::detail::Sink& sink);
  /// First step on the loop.
  void begin();
  void advance(Event event);
  void look_up();
  /// Has a copy of this call fetch what is shown stale, behind the caller's back. *ticket*: to load it, if
  /// this call was given one.
  void refresh_behind(AnswerCache::Ticket ticket);
  void take_landing(const AnswerCache::Landing& landing);
  [[nodiscard]] bool wants_admission() const noexcept;
  /// Gives up if there is a reason to by now: nothing is sent for nobody.
  [[nodiscard]] bool ended_by_now();
  void on_deadline();
  /// The call ends for a reason of its own: deadline, cancellation, close.
  void give_up(const Error& reason);
  /// Runs one step; what it throws ends the call as its error.
  template <class Step>
  void guarded(Step&& step) noexcept {
    const auto keep = self_;
    try {
      step();
    } catch (const std::exception& error) {
      ran_out(error);
    }
  }
  void ran_out(const std::exception& error) noexcept;
  [[nodiscard]] Error with_context(const Error& error) const;
  /// Fails for *error*, and with it all who wait for the same.
  void fail_with(const Error& error, Event event);
  /// Gives what is stored in place of this failure, if the options say so and there is such a thing.
  void stand_in(const Error& reason);
  void finish(wats::detail::Outcome outcome);
  /// Source and sink, which a streamed call waited for at its end.
  static void streams_are_gone(std::shared_ptr<CallRun> call);
  /// Tells who waits.
  void complete();

  // The second level: src/http/call_second_level.cpp.
  [[nodiscard]] bool uses_second_level() const;
  /// No stored answer as old as this may be shown.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> oldest_to_show() const;
  /// The call has to find the answer itself.
  void load();
  void fetch();
  void ask_second_level(cache::SecondLevel& level);
  void take_record(std::optional<cache::Record> record);
  /// False: it is too old or unreadable.
  [[nodiscard]] bool show(cache::Record record);
  [[nodiscard]] bool is_being_changed(const cache::TagSet& tags) const;
  /// Leaves what the server answered with the second level.
  void keep(const WireAnswer& answer, const cache::TagSet& learnt);
  void leave(const WireAnswer& answer, const cache::TagSet& learnt);

  // Attempts: src/http/call_attempts.cpp.
  using Pass = policy::Breaker::Pass;
  using Report = policy::Breaker::Report;
  using TimePoint = std::chrono::steady_clock::time_point;

  /// One request under way.
  struct Attempt {
    Exchange* exchange = nullptr;
    Pass pass = Pass::refused;
    TimePoint began;
    int number = 0;
    bool is_hedge = false;
  };
  void admit();
  void on_admitted(Pass pass);
  void on_refused();
  void send();
  void launch(Attempt& attempt, Pass pass, WireRequest&& wire, bool is_hedge);
  void on_exchange(Exchange& exchange, ExchangeResult& result);
  /// The body of a good answer begins to come.
  void on_stream(const Exchange& exchange) noexcept;
  /// *report*: what it says about the server.
  void take_answer(const Attempt& over, WireAnswer& answer, Report report);
  /// An attempt brought an answer that counts; the other one is not needed any more.
  void take_good(const Attempt& over, int status, Report report);
  /// An attempt failed: waits for the other one, tries again, or fails.
  void fail_attempt(const Attempt& over, const policy::FailedAttempt& failed, const Error& error,
                    Report report);
  void fail_finally(const Error& error, policy::RetryVerdict verdict);
  void pause();
  void on_timer();
  /// Ends attempts that had their time, asks a second time when a read takes long.
  void on_attempt_timer();
  void hedge();
  void time_attempts();
  void set_timer(TimePoint at);
  /// Tells admission how an attempt went, once.
  void settle_pass(const Attempt& over, Report report, bool is_answer) noexcept;
  /// Tells metrics and observer of an attempt that is over.
  void tell(const Attempt& over, int status, std::optional<Errc> failure,
            const policy::RetryDecision* decision);
  /// Takes back what is under way, and gives back what was taken for it.
  void abandon_attempts(Errc reason) noexcept;
  /// Whether an attempt that ran out of time is the server's failure.
  [[nodiscard]] Report blame(const Attempt& over) const noexcept;
  /// Whether curl may send the request once more, over another connection; that is an attempt like others.
  [[nodiscard]] bool may_send_again() noexcept;
  [[nodiscard]] std::optional<std::chrono::nanoseconds> hedge_after() const;
  [[nodiscard]] int most_attempts() const noexcept;
  [[nodiscard]] bool is_under_way() const noexcept;
  /// Before a write is sent: from here on its effect may be there, and what was known may be out of date.
  void begin_effects();
  /// The write is over. *is_known*: the server said how it ended; else it may still be at it for a while.
  void settle_effects(bool is_known);
  /// What a write changes is said by HTTP alone: nobody knows more of it.
  [[nodiscard]] bool follows_strict_rules() const;
  void end_effects() noexcept;
  [[nodiscard]] bool repeatable() const { return traits().idempotency != Idempotency::unsafe; }
  [[nodiscard]] Priority priority() const noexcept {
    return options_.priority.value_or(Priority::operator_waiting);
  }
  [[nodiscard]] std::optional<std::chrono::milliseconds> attempt_timeout() const noexcept;
  [[nodiscard]] Error status_error(const WireAnswer& answer, const std::string& place) const;
  [[nodiscard]] std::string malformed_text(const std::string& reason) const;

  // Answers that are kept with their headers: src/http/call_strict.cpp.
  /// HTTP's rules alone decide.
  [[nodiscard]] bool is_strict() const noexcept;
  void decide_strict_use();
  /// What is stored, where it may be shown as it is, or why nothing is shown.
  [[nodiscard]] std::optional<Outcome> strict_now();
  void look_up_strictly();
  /// Takes over what another call's load brought. False: it will not do for this one.
  [[nodiscard]] bool take_kept(const std::shared_ptr<const Held>& landed);
  [[nodiscard]] Landed shown(const KeptAnswer& kept, Provenance provenance) const;
  /// Whether something is stored that the server can confirm.
  void look_for_validators();
  /// Builds the request, with what has the server confirm a stored answer.
  [[nodiscard]] Result<void> build_request(WireRequest& out);
  /// The server says that what is stored still holds. False: it says something else.
  [[nodiscard]] bool take_confirmation(const Attempt& over, const WireAnswer& answer);
  void keep_strictly(const WireAnswer& answer, const Decoded& decoded, const cache::TagSet& learnt);
  /// Where the server says that there is no such thing, nobody is shown again what is stored of it.
  void forget_what_is_gone(int status);
  /// Nothing is stored of the answer. *drops_stored*: nor of what was there before.
  void pass_by(bool drops_stored);
  /// The same by the classes' rules, of what the server has confirmed and lets nobody keep.
  void land_unkept(const KeptAnswer& confirmed);
  void land_kept(KeptAnswers::Pointer kept);
  /// What was asked for without a ticket, as long as nothing else has come since.
  void store_kept(KeptAnswers::Pointer kept);
  /// *beside*: what is stored now; its other variants stay.
  [[nodiscard]] std::shared_ptr<const Held> stored_form(KeptAnswers::Pointer kept,
                                                        const std::shared_ptr<const Held>& beside,
                                                        cache::StoreOptions& store);
  /// The answer as it is stored by the classes' rules: with its headers where it can be confirmed later.
  [[nodiscard]] std::shared_ptr<const Held> with_validators(const WireAnswer& answer, const Decoded& decoded,
                                                            cache::StoreOptions& store);
  /// Shows what is stored in place of a failure, if the rules allow it.
  bool stand_in_strictly(const Error& error);
  /// The same for an answer that tells of one.
  [[nodiscard]] bool take_stand_in(const Attempt& over, const WireAnswer& answer, Report report);
  /// Whether the load it has joined ended with an answer that only its own leader was given; it asks for
  /// itself then.
  [[nodiscard]] bool wants_answer_itself(const Error& error);
  void add_target_tag();
  /// The server did not say yes or no to conditions of ours: asks again without. False: there were none.
  [[nodiscard]] bool ask_unconditionally(const Attempt& over, const WireAnswer& answer);
  /// What a successful write makes untrue by HTTP's rules, where they count.
  void invalidate_targets(const WireAnswer& answer);
  /// A write is sent whose answer may also be the one to reading its target.
  void expect_read();
  /// Whether it is.
  [[nodiscard]] bool is_own_location(const WireAnswer& answer) const;
  void invalidate_and_keep(const WireAnswer& answer, const Decoded& decoded);
  void keep_as_read(const WireAnswer& answer, const Decoded& decoded);
  [[nodiscard]] std::string target_url() const;
  [[nodiscard]] cache::TimePoint cache_now() const;

  std::shared_ptr<Engine> engine_;
  CallOptions options_;
  policy::CacheUse use_;
  Key key_;
  bool use_decided_ = false;
  std::stop_token stop_;
  std::unique_ptr<BodyStreams> streams_;
  TimePoint deadline_;
  std::chrono::milliseconds time_given_{0};

  // Set by attach().
  std::shared_ptr<Loop> loop_;
  std::shared_ptr<CallRun> self_;
  std::atomic<Loop*> published_loop_{nullptr};
  std::atomic<wats::detail::Sink*> sink_{nullptr};
  std::atomic<bool> cancel_asked_{false};

  // The loop's own.
  State state_;
  /// Among the running calls of the loop.
  std::optional<Agenda::iterator> entry_;
  cache::TagSet tags_;
  AnswerCache::Ticket ticket_;
  /// When the load began, where its answer is also for the second level.
  struct LevelUse {
    cache::Stamp since = 0;
    cache::WallTime began;
  };
  std::optional<LevelUse> level_use_;
  /// Null where headers do not count.
  std::unique_ptr<HttpUse> http_;
  /// For a write whose answer may be kept for reads.
  std::unique_ptr<HttpUse> as_read_;
  /// Nobody waits for it: it brings a new answer behind one that was shown stale.
  bool is_refresh_ = false;
  std::shared_ptr<BodyFlow> flow_;
  /// The request and its hedge.
  std::array<Attempt, 2> attempts_{};
  /// Turns to send that have to be given back.
  int turns_ = 0;
  /// Admitted and not yet sent.
  std::optional<Pass> pass_;
  /// Requests sent so far.
  int sent_ = 0;
  /// One of them may have had an effect, although its answer did not come.
  bool may_have_effect_ = false;
  /// What the last repeat took out of the budget.
  std::int32_t retry_cost_ = 0;
  /// The same until the repeat is sent.
  std::int32_t unspent_cost_ = 0;
  /// In a queue for its turn.
  bool waits_ = false;
  TimePoint waiting_since_;
  TimePoint again_at_;
  std::optional<Agenda::iterator> timer_;
  std::optional<Error> last_error_;
  bool changing_ = false;
  RequestId request_id_;
  std::unique_ptr<wats::detail::StopHook> stop_hook_;
  std::optional<wats::detail::Outcome> outcome_;
};

}  // namespace wats::http::detail
