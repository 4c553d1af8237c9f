// Session: one connection, its requests one after another.
#pragma once

#include "src/server/engine.hpp"
#include "src/server/request.hpp"
#include "wats/server/options.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace wats::server {

// Concrete executors: type-erased ones cost a third of the server's CPU.
using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
using Timer =
    boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                      boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

class Session;

/// What sessions share. *Thread safety*: the I/O thread's.
struct SessionHost {
  Engine& engine;
  const Options& options;
  bool stopping = false;
  std::function<void(Session*)> opened;
  std::function<void(Session*)> closed;
};

/// *Thread safety*: lives on the I/O thread; keeps itself alive while anything is under way.
class Session : public std::enable_shared_from_this<Session> {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  Session(Socket socket, SessionHost& host);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  void start();
  /// Closes now if no request is in flight, else after its answer.
  void stop();
  /// Cuts the connection.
  void close();
  /// Closes what has been waiting for its client since before *now* minus the idle timeout.
  void close_if_idle(TimePoint now);

 private:
  enum class State : std::uint8_t { reading, working, writing, lingering };

  /// The request being answered.
  struct Current {
    TimePoint began;
    std::size_t operation = 0;
    bool counted = false;
    bool head = false;
    bool keep_alive = true;
    unsigned version = 11;
    std::chrono::nanoseconds delay{0};
    const Fault* fault = nullptr;
    std::string method;
    std::string path;
    std::string request_id;
    // Only where somebody listens to the traffic.
    std::string request_type;
    std::string request_body;
  };

  void read();
  void on_header(boost::system::error_code error);
  void on_request(boost::system::error_code error);
  void on_broken_request(boost::system::error_code error);
  [[nodiscard]] Request take_request();
  void admitted(Engine::Admitted admitted);
  void work(Engine::Admitted admitted);
  void answer_after_delay(Reply reply);
  void answer(Reply reply);
  void send_half();
  void write();
  void write_head_only();
  void on_written(boost::system::error_code error);
  void finished(int status);
  void tell_traffic(std::string_view operation, int status) const;
  void linger();
  void after(std::chrono::nanoseconds delay, std::function<void()> then);
  void expect_progress(State state);

  Socket socket_;
  SessionHost& host_;
  Timer timer_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  boost::beast::http::response<boost::beast::http::string_body> response_;
  boost::beast::http::response<boost::beast::http::empty_body> head_response_;
  std::string raw_;
  Current current_;
  State state_ = State::reading;
  bool read_anything_ = false;
  TimePoint progress_;
};

}  // namespace wats::server
