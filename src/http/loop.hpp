// Loop: one io_context with its own curl multi; borrowed by a blocking call as a lane, or run by the
// background thread.
#pragma once

#include "src/http/admission.hpp"
#include "src/http/exchange.hpp"
#include "wats/http/detail/call_run.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <curl/curl.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace wats::http::detail {

/// Drives curl's multi interface on an Asio loop.
/// *Thread safety*: io(), submit() and request_stop() from any thread; everything else only by the thread
/// that runs io(). *Ownership*: the engine owns its loops; calls that run on one share it.
class Loop final : public std::enable_shared_from_this<Loop>, public wats::detail::Home {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// *admission* says how many requests may be under way at once; further ones wait in order. *owner* tells
  /// whose loop it is.
  Loop(std::shared_ptr<const TransportSettings> settings, std::shared_ptr<Admission> admission,
       const void* owner);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop() override;

  void posted() noexcept override;
  [[nodiscard]] boost::asio::io_context& io() noexcept { return io_; }

  /// Has *call* begin on the loop's thread. Any thread.
  void submit(std::shared_ptr<CallRun> call);

  /// Waits for the next thing to do and does it. What can't be done for want of memory ends the loop's calls.
  void run_one();
  /// Runs until request_stop(), then what is still queued. What is posted later by who minds posted() runs
  /// elsewhere.
  void run();
  /// Any thread.
  void request_stop();

  /// Marks the calling thread as the one that runs this loop.
  class Running {
   public:
    explicit Running(Loop& loop) noexcept;
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running();

   private:
    const void* previous_;
  };
  /// Whether the calling thread runs a loop of *owner*.
  [[nodiscard]] static bool runs_loop_of(const void* owner) noexcept;

  /// Registers a running call; its give_up() is called at the deadline.
  [[nodiscard]] Agenda::iterator add(CallRun& call, TimePoint deadline);
  void remove(Agenda::iterator running) noexcept { running_.erase(running); }
  /// Calls on_timer() of a running call; one timer a call.
  [[nodiscard]] Agenda::iterator set_timer(CallRun& call, TimePoint at);
  /// Requests of this loop that have their turn.
  [[nodiscard]] std::uint32_t in_flight() const noexcept { return static_cast<std::uint32_t>(in_flight_); }
  void clear_timer(Agenda::iterator timer) noexcept { timers_.erase(timer); }
  /// May it send? `later`: on_admitted() or on_refused() follows when its turn comes.
  [[nodiscard]] Admitted admit(CallRun& call, Priority priority);
  /// May it send one request more at once? There is no turn to wait for.
  [[nodiscard]] Admitted admit_besides(Priority priority);
  /// Lays a request out in a pooled handle.
  [[nodiscard]] Exchange* prepare(CallRun& owner, WireRequest&& request, std::string_view request_id,
                                  const std::shared_ptr<BodyFlow>& flow);
  /// Sends it; the owner's on_exchange() follows, perhaps before this returns, unless cancelled before.
  void launch(Exchange& exchange);
  /// Takes a request back; its connection is closed or, on HTTP/2, its stream reset. Null when it is over
  /// already.
  [[nodiscard]] std::unique_ptr<Exchange> take_back(Exchange* exchange) noexcept;
  /// Keeps the handle for later requests.
  void put_away(std::unique_ptr<Exchange> exchange) noexcept;
  /// The flow of an exchange has bytes or room again, all that came has reached its sink, or it failed.
  void go_on(Exchange& exchange);
  /// Calls that are over but for a step of their source or sink: run() waits for them.
  void linger(int more) noexcept { lingering_ += more; }
  /// A call that waits for its turn ends without it.
  void leave_queue() noexcept;
  /// Gives back a turn that was admitted.
  void release() noexcept;
  [[nodiscard]] Admission& admission() noexcept { return *admission_; }
  /// Ends every running call.
  void give_up_all(const Error& reason);

 private:
  struct Socket;
  struct MultiCloser {
    void operator()(CURLM* multi) const noexcept { curl_multi_cleanup(multi); }
  };

  static curl_socket_t on_open(void* self, curlsocktype purpose, curl_sockaddr* address) noexcept;
  static int on_close(void* self, curl_socket_t fd) noexcept;
  static int on_socket(CURL* easy, curl_socket_t fd, int what, void* self, void* socket) noexcept;
  static int on_timer(CURLM* multi, long timeout_ms, void* self) noexcept;
  [[nodiscard]] bool watch(curl_socket_t fd, int what) noexcept;
  void unwatch(curl_socket_t fd) noexcept;
  /// Out of the epoll set. False: that failed. A function of its own, for the thread sanitizer to be told of.
  [[nodiscard]] [[gnu::noinline]] static bool forget(Socket& socket) noexcept;
  void unwatch_all() noexcept;
  [[nodiscard]] const std::shared_ptr<Socket>& socket_of(curl_socket_t fd);
  void park(curl_socket_t fd) noexcept;
  void await_ready(const std::shared_ptr<Socket>& socket, bool for_write);
  void rest(const std::shared_ptr<Socket>& socket);
  /// Bytes of bodies that curl has taken from what is under way.
  [[nodiscard]] curl_off_t uploaded() const noexcept;
  void limit_connections() noexcept;
  void expect_as_answered(CURL* easy) noexcept;
  void on_ready(curl_socket_t fd, int events);
  void enter_curl(curl_socket_t fd, int events);
  void settle();
  void ask_to_begin();
  /// Runs what was posted when nobody runs this any more.
  void drain();
  void begin_later() noexcept;
  void begin_submitted();
  /// Runs *step*, then begins what was submitted from inside it, without a message, which would cost a look
  /// at all sockets, and sends all that is to be sent.
  template <class Step>
  void turn(Step&& step);
  void complete_finished();
  void complete(Exchange& exchange);
  [[nodiscard]] std::unique_ptr<Exchange> take_out(Exchange& exchange) noexcept;
  void arm();
  [[nodiscard]] Agenda::iterator note(Agenda& agenda, CallRun& call, TimePoint at);
  void on_alarm();
  void expire();
  void ring();
  void admit_waiting();
  /// False: this rank has to wait a little longer, and with it those behind.
  [[nodiscard]] bool admit_next(std::size_t rank);
  [[nodiscard]] bool is_held(std::size_t rank) const noexcept;
  void hold(std::size_t rank, TimePoint until);
  void take_turn() noexcept;
  [[nodiscard]] bool has_room() const noexcept { return in_flight_ < admission_->concurrency(); }

  std::shared_ptr<const TransportSettings> settings_;
  std::shared_ptr<Admission> admission_;
  const void* owner_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> is_over_{false};
  std::mutex drain_mutex_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  boost::asio::steady_timer alarm_{io_};
  std::mutex submitted_mutex_;
  std::vector<std::shared_ptr<CallRun>> submitted_;  // guarded by the mutex
  std::vector<std::shared_ptr<CallRun>> beginning_;
  std::optional<TimePoint> alarm_at_;
  std::optional<TimePoint> curl_at_;

  std::unordered_map<curl_socket_t, std::shared_ptr<Socket>> sockets_;
  std::vector<std::shared_ptr<Socket>> spare_sockets_;
  std::vector<std::unique_ptr<Exchange>> spare_;
  std::vector<std::unique_ptr<Exchange>> busy_;
  std::unique_ptr<CURLM, MultiCloser> multi_;

  Agenda running_;
  Agenda timers_;
  std::array<std::deque<std::weak_ptr<CallRun>>, policy::rank_count> waiting_;
  /// The rate limit lets nobody of this rank or a later one send before.
  std::array<std::optional<TimePoint>, policy::rank_count> held_until_;
  /// Calls that ended while they waited, and are still in a queue.
  std::size_t gone_ = 0;
  std::size_t in_flight_ = 0;
  int lingering_ = 0;
  bool completing_ = false;
  /// Over TLS, until an answer over HTTP/1.1 has come.
  bool expects_http2_ = false;
  /// Something was submitted, or handed to curl, in this turn.
  bool submitted_in_turn_ = false;
  bool launched_in_turn_ = false;
  bool settle_asked_ = false;
  std::size_t unsettled_ = 0;
  bool admitting_ = false;
};

}  // namespace wats::http::detail
