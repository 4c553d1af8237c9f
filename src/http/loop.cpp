#include "src/http/loop.hpp"

#include "src/http/body_flow.hpp"
#include "src/http/pipeline.hpp"
#include "wats/http/detail/call_run.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <new>
#include <optional>
#include <utility>

namespace wats::http::detail {
namespace {

thread_local const void* current_owner = nullptr;
/// The loop in whose turn this thread is.
thread_local const Loop* turn_of = nullptr;

/// Handles and sockets kept for later: as many as may be under way, within reason. A new handle costs more
/// than a request.
constexpr std::size_t most_spare = 1024;
/// Sockets read before what came is passed on: all that has been touched should still be in the processor's
/// cache.
constexpr std::size_t most_unsettled = 32;
/// So few connections are dealt with one by one; HTTP/2 seldom takes more.
constexpr std::size_t few_sockets = 5;
/// Connections to a server that may speak HTTP/2, as long as no answer over HTTP/1.1 has come: curl 7.88
/// opens one more for each call that finds all streams taken.
constexpr long most_over_http2 = 4;

/// Whether the server itself answered, and not in HTTP/2; nothing when it did not answer.
std::optional<bool> answered_over_http1(CURL* easy) noexcept {
  long version = 0;
  long redirects = 0;
  curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
  curl_easy_getinfo(easy, CURLINFO_REDIRECT_COUNT, &redirects);
  if (version == CURL_HTTP_VERSION_NONE || redirects > 0) return std::nullopt;
  return version == CURL_HTTP_VERSION_1_0 || version == CURL_HTTP_VERSION_1_1;
}

}  // namespace

Loop::Running::Running(Loop& loop) noexcept : previous_(std::exchange(current_owner, loop.owner_)) {}
Loop::Running::~Running() {
  current_owner = previous_;
}
bool Loop::runs_loop_of(const void* owner) noexcept {
  return current_owner == owner;
}

Loop::Loop(std::shared_ptr<const TransportSettings> settings, std::shared_ptr<Admission> admission,
           const void* owner)
    : settings_(std::move(settings)),
      admission_(std::move(admission)),
      owner_(owner),
      multi_(curl_multi_init()) {
  if (!multi_) throw std::bad_alloc();
  const auto spare =
      std::clamp<std::size_t>(static_cast<std::size_t>(settings_->max_connections), 16, most_spare);
  spare_sockets_.reserve(spare);
  spare_.reserve(spare);
  CURLM* multi = multi_.get();
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &Loop::on_socket);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &Loop::on_timer);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX));
  // The default keeps four times the *current* requests: a client that idles would lose its connections.
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, std::max(settings_->max_connections, 32L));
  expects_http2_ = settings_->may_share;
  limit_connections();
}

Loop::~Loop() {
  // Handles leave the multi before it goes; it may still call back, so sockets_ outlives it.
  for (const auto& exchange : busy_) curl_multi_remove_handle(multi_.get(), exchange->handle());
  busy_.clear();
  multi_.reset();
  unwatch_all();
}

void Loop::limit_connections() noexcept {
  const long most =
      expects_http2_ ? std::min(settings_->max_connections, most_over_http2) : settings_->max_connections;
  curl_multi_setopt(multi_.get(), CURLMOPT_MAX_HOST_CONNECTIONS, most);
}

void Loop::run_one() {
  try {
    io_.run_one();
  } catch (const std::exception& error) {
    give_up_all(ran_out_error(error));
    // Others take it that somebody has been told of what waits to begin.
    if (submitted_in_turn_) begin_later();
  }
}

void Loop::begin_later() noexcept {
  try {
    ask_to_begin();
    submitted_in_turn_ = false;
  } catch (const std::exception&) {
    // The next turn looks itself.
    return;
  }
}

void Loop::run() {
  const Running running(*this);
  while (!stop_.load(std::memory_order_acquire)) run_one();
  // What was queued behind the stop still runs, or calls and handlers would never end.
  give_up_all({Errc::closed, "the client has been closed"});
  while (lingering_ > 0) run_one();
  is_over_.store(true);
  drain();
}

void Loop::posted() noexcept {
  if (!is_over_.load()) return;
  // Nobody runs this any more. Not from here: the handler's own initiation may be on the stack.
  try {
    wats::detail::post(wats::detail::anywhere(), [self = shared_from_this()] { self->drain(); });
  } catch (const std::exception&) {
    drain();
  }
}

void Loop::drain() {
  const std::lock_guard lock(drain_mutex_);
  const Running running(*this);
  while (io_.poll() > 0) {
  }
}

void Loop::request_stop() {
  stop_.store(true, std::memory_order_release);
  boost::asio::post(io_, [] {});
}

template <class Step>
void Loop::turn(Step&& step) {
  // A handler may run another client's lane meanwhile.
  struct Nested {
    explicit Nested(const Loop* loop) noexcept : outer(std::exchange(turn_of, loop)) {}
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;
    ~Nested() { turn_of = outer; }
    const Loop* outer;
  };
  {
    const Nested nested(this);
    step();
    // Once: whoever asks again and again must not keep the loop from its sockets.
    if (std::exchange(submitted_in_turn_, false)) begin_submitted();
    if (std::exchange(launched_in_turn_, false)) enter_curl(CURL_SOCKET_TIMEOUT, 0);
  }
  // What this last round has launched is not left to curl's timer either.
  if (std::exchange(launched_in_turn_, false)) curl_at_ = std::chrono::steady_clock::now();
  arm();
  if (std::exchange(submitted_in_turn_, false)) ask_to_begin();
}

void Loop::submit(std::shared_ptr<CallRun> call) {
  const std::lock_guard lock(submitted_mutex_);
  if (turn_of == this) {
    submitted_in_turn_ = true;
  } else if (submitted_.empty()) {
    // One message for all that come before it is read.
    ask_to_begin();
  }
  submitted_.push_back(std::move(call));
}

void Loop::ask_to_begin() {
  boost::asio::post(io_, [this] { turn([this] { begin_submitted(); }); });
}

void Loop::begin_submitted() {
  {
    const std::lock_guard lock(submitted_mutex_);
    beginning_.swap(submitted_);
  }
  for (auto& call : beginning_) std::exchange(call, nullptr)->begin();
  beginning_.clear();
}

// --- timers

int Loop::on_timer(CURLM* /*multi*/, long timeout_ms, void* self) noexcept {
  // Only noted: arming here costs two system calls for each of curl's many changes of mind.
  auto& loop = *static_cast<Loop*>(self);
  if (timeout_ms < 0) {
    loop.curl_at_.reset();
  } else {
    loop.curl_at_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  }
  return 0;
}

void Loop::arm() {
  // Within a turn, and before it is settled, everything changes once more.
  if (turn_of == this || settle_asked_) return;
  std::optional<TimePoint> next = curl_at_;
  const auto earlier = [&next](TimePoint at) {
    if (!next || at < *next) next = at;
  };
  if (!running_.empty()) earlier(running_.begin()->first);
  if (!timers_.empty()) earlier(timers_.begin()->first);
  for (const auto& hold : held_until_) {
    if (hold) earlier(*hold);
  }
  // An alarm that rings too early costs a look; re-arming a later one costs system calls on every request.
  if (!next || (alarm_at_ && *alarm_at_ <= *next)) return;
  // For the case that the alarm can't be set: the next to come tries again.
  alarm_at_.reset();
  alarm_.expires_at(*next);
  alarm_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    // An alarm that has already rung is delivered even if the timer was set anew meanwhile: on_alarm() looks
    // itself.
    const auto loop = weak.lock();
    if (loop && error != boost::asio::error::operation_aborted) loop->turn([&] { loop->on_alarm(); });
  });
  alarm_at_ = next;
}

void Loop::on_alarm() {
  alarm_at_.reset();
  // What has come in time is not late because this loop is.
  settle();
  const auto now = std::chrono::steady_clock::now();
  if (curl_at_ && *curl_at_ <= now) {
    curl_at_.reset();
    enter_curl(CURL_SOCKET_TIMEOUT, 0);
  }
  expire();
  ring();
  bool is_free = false;
  for (auto& hold : held_until_) {
    if (!hold || *hold > now) continue;
    hold.reset();
    is_free = true;
  }
  if (is_free) admit_waiting();
  arm();
}

void Loop::expire() {
  // give_up() removes the call from running_, so begin() is looked up anew each time.
  while (!running_.empty() && running_.begin()->first <= std::chrono::steady_clock::now()) {
    CallRun& call = *running_.begin()->second;
    call.guarded([&call] { call.on_deadline(); });
  }
}

void Loop::ring() {
  const auto now = std::chrono::steady_clock::now();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    CallRun& call = *timers_.begin()->second;
    timers_.erase(timers_.begin());
    call.guarded([&call] { call.on_timer(); });
  }
}

Agenda::iterator Loop::set_timer(CallRun& call, TimePoint at) {
  return note(timers_, call, at);
}

Agenda::iterator Loop::note(Agenda& agenda, CallRun& call, TimePoint at) {
  const auto entry = agenda.emplace_hint(agenda.end(), at, &call);
  try {
    arm();
  } catch (...) {
    agenda.erase(entry);
    throw;
  }
  return entry;
}

// --- curl

void Loop::enter_curl(curl_socket_t fd, int events) {
  int still_running = 0;
  curl_multi_socket_action(multi_.get(), fd, events, &still_running);
  // With many connections, what is there is read before anything is sent: the server, awake for the first,
  // need not be woken for each of the others.
  const bool are_few = busy_.size() == 1 || sockets_.size() <= few_sockets;
  if (fd == CURL_SOCKET_TIMEOUT || are_few || ++unsettled_ == most_unsettled) return settle();
  if (settle_asked_) return;
  boost::asio::post(io_, [this] {
    settle_asked_ = false;
    turn([this] { settle(); });
  });
  settle_asked_ = true;
}

void Loop::on_ready(curl_socket_t fd, int events) {
  turn([&] { enter_curl(fd, events); });
}

void Loop::settle() {
  unsettled_ = 0;
  complete_finished();
  arm();
}

void Loop::complete_finished() {
  // Completing a call may send the next one, which comes back here: the outer round goes on with it.
  if (completing_) return;
  completing_ = true;
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    // The message dies with remove_handle.
    CURL* easy = message->easy_handle;
    const CURLcode code = message->data.result;
    Exchange& exchange = *Exchange::of(easy);
    if (settings_->may_share) expect_as_answered(easy);
    curl_multi_remove_handle(multi_.get(), easy);
    exchange.owner()->guarded([&] {
      if (exchange.has_arrived(code)) complete(exchange);
    });
  }
  completing_ = false;
}

void Loop::expect_as_answered(CURL* easy) noexcept {
  const auto over_http1 = answered_over_http1(easy);
  if (!over_http1 || *over_http1 != expects_http2_) return;
  expects_http2_ = !*over_http1;
  limit_connections();
}

void Loop::complete(Exchange& exchange) {
  auto owned = take_out(exchange);
  CallRun& owner = *owned->owner();
  owner.guarded([&] {
    auto result = owned->result(owned->code());
    owned->leave_flow();
    owner.on_exchange(*owned, result);
  });
  put_away(std::move(owned));
}

void Loop::go_on(Exchange& exchange) {
  turn([&] {
    if (exchange.go_on()) {
      // Where source or sink failed, curl is still at it.
      curl_multi_remove_handle(multi_.get(), exchange.handle());
      complete(exchange);
    } else {
      enter_curl(CURL_SOCKET_TIMEOUT, 0);
    }
  });
}

std::unique_ptr<Exchange> Loop::take_out(Exchange& exchange) noexcept {
  const std::size_t place = std::exchange(exchange.place, Exchange::nowhere);
  std::swap(busy_[place], busy_.back());
  auto owned = std::move(busy_.back());
  busy_.pop_back();
  if (place < busy_.size()) busy_[place]->place = place;
  return owned;
}

Exchange* Loop::prepare(CallRun& owner, WireRequest&& request, std::string_view request_id,
                        const std::shared_ptr<BodyFlow>& flow) {
  std::unique_ptr<Exchange> owned;
  if (spare_.empty()) {
    owned = std::make_unique<Exchange>(*settings_);
    curl_easy_setopt(owned->handle(), CURLOPT_OPENSOCKETFUNCTION, &Loop::on_open);
    curl_easy_setopt(owned->handle(), CURLOPT_OPENSOCKETDATA, owned.get());
    curl_easy_setopt(owned->handle(), CURLOPT_CLOSESOCKETFUNCTION, &Loop::on_close);
    curl_easy_setopt(owned->handle(), CURLOPT_CLOSESOCKETDATA, this);
  } else {
    owned = std::move(spare_.back());
    spare_.pop_back();
  }
  Exchange* exchange = owned.get();
  exchange->loop = this;
  exchange->prepare(owner, std::move(request), request_id, flow);
  exchange->place = busy_.size();
  busy_.push_back(std::move(owned));
  try {
    if (flow) flow->begin(shared_from_this(), *exchange);
  } catch (...) {
    put_away(take_out(*exchange));
    throw;
  }
  return exchange;
}

void Loop::launch(Exchange& exchange) {
  if (curl_multi_add_handle(multi_.get(), exchange.handle()) != CURLM_OK) throw std::bad_alloc();
  // At once, or with all others of this turn, instead of waiting for curl's 0 ms timer: that alone is
  // worth 1.9x.
  if (turn_of == this) {
    launched_in_turn_ = true;
  } else {
    enter_curl(CURL_SOCKET_TIMEOUT, 0);
  }
}

std::unique_ptr<Exchange> Loop::take_back(Exchange* exchange) noexcept {
  if (exchange->place == Exchange::nowhere) return nullptr;
  curl_multi_remove_handle(multi_.get(), exchange->handle());
  exchange->leave_flow();
  arm();
  return take_out(*exchange);
}

void Loop::put_away(std::unique_ptr<Exchange> exchange) noexcept {
  if (!exchange) return;
  exchange->recycle();
  if (spare_.size() < spare_.capacity()) spare_.push_back(std::move(exchange));
}

// --- calls

Agenda::iterator Loop::add(CallRun& call, TimePoint deadline) {
  return note(running_, call, deadline);
}

void Loop::give_up_all(const Error& reason) {
  while (!running_.empty()) {
    CallRun& call = *running_.begin()->second;
    call.guarded([&] { call.give_up(reason); });
  }
}

}  // namespace wats::http::detail
