#include "src/server/session.hpp"

#include "src/server/http_date.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include <sstream>
#include <utility>

namespace wats::server {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

/// Beast reads an unreserved buffer in pieces of 512 bytes.
constexpr std::size_t read_buffer = std::size_t{64} * 1024;
constexpr std::uint32_t most_header = 32 * 1024;
constexpr std::size_t longest_request_id = 128;
/// What is read and thrown away after a refusal, so that the client gets to read it.
constexpr std::chrono::seconds linger_time(2);

std::optional<Method> method_of(http::verb verb) {
  switch (verb) {
    case http::verb::get:
      return Method::get;
    case http::verb::head:
      return Method::head;
    case http::verb::post:
      return Method::post;
    case http::verb::put:
      return Method::put;
    case http::verb::patch:
      return Method::patch;
    case http::verb::delete_:
      return Method::del;
    default:
      return std::nullopt;
  }
}

template <class Body>
void set_fields(http::response<Body>& response, const Reply& reply, const std::string& request_id) {
  response.set(http::field::server, "WATS");
  response.set(http::field::date, http_date());
  response.set(http::field::content_type,
               boost::beast::string_view(reply.content_type.data(), reply.content_type.size()));
  if (!request_id.empty()) response.set("X-Request-Id", request_id);
  if (reply.gzipped) {
    response.set(http::field::content_encoding, "gzip");
    response.set(http::field::vary, "Accept-Encoding");
  }
  if (!reply.allow.empty()) response.set(http::field::allow, reply.allow);
  if (reply.retry_after) response.set(http::field::retry_after, std::to_string(reply.retry_after->count()));
  if (reply.status == 401) response.set(http::field::www_authenticate, "Basic realm=\"WATS\"");
}

}  // namespace

Session::Session(Socket socket, SessionHost& host)
    : socket_(std::move(socket)), host_(host), timer_(socket_.get_executor()) {
  buffer_.reserve(read_buffer);
  host_.opened(this);
}

Session::~Session() {
  host_.closed(this);
}

void Session::start() {
  read();
}

void Session::stop() {
  if (state_ == State::reading && !read_anything_) close();
}

void Session::close() {
  error_code ignored;
  socket_.shutdown(Socket::shutdown_both, ignored);
  socket_.close(ignored);
  timer_.cancel();
}

void Session::close_if_idle(TimePoint now) {
  const auto most = state_ == State::lingering ? linger_time : host_.options.idle_timeout;
  if (state_ != State::working && now - progress_ >= most) close();
}

void Session::expect_progress(State state) {
  state_ = state;
  progress_ = std::chrono::steady_clock::now();
}

void Session::read() {
  expect_progress(State::reading);
  read_anything_ = buffer_.size() > 0;
  parser_.emplace();
  parser_->header_limit(most_header);
  parser_->body_limit(host_.options.max_body);
  http::async_read_header(
      socket_, buffer_, *parser_,
      [self = shared_from_this()](error_code error, std::size_t) { self->on_header(error); });
}

void Session::on_header(error_code error) {
  if (error) return on_broken_request(error);
  read_anything_ = true;
  const auto read_body = [self = shared_from_this()](error_code failed, std::size_t) {
    if (failed) return self->close();
    http::async_read(self->socket_, self->buffer_, *self->parser_,
                     [self](error_code code, std::size_t) { self->on_request(code); });
  };
  if (parser_->is_done()) return on_request({});
  if (boost::beast::iequals(parser_->get()[http::field::expect], "100-continue")) {
    static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    return asio::async_write(socket_, asio::buffer(go_on), read_body);
  }
  read_body({}, 0);
}

void Session::on_broken_request(error_code error) {
  if (error == http::error::end_of_stream ||
      error.category() != make_error_code(http::error::bad_method).category() ||
      error == http::error::partial_message) {
    return close();
  }
  current_ = {};
  current_.began = std::chrono::steady_clock::now();
  current_.keep_alive = false;
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return answer(error_reply(431, "the header is larger than 32 KiB"));
  }
  if (error == http::error::body_limit) {
    return answer(
        error_reply(413, "the body is larger than " + std::to_string(host_.options.max_body) + " bytes"));
  }
  answer(error_reply(400, "this is not HTTP/1.1: " + error.message()));
}

Request Session::take_request() {
  auto message = parser_->release();
  Request request;
  request.method = method_of(message.method());
  request.method_text = std::string(message.method_string());
  const auto text = [&message](http::field field) { return std::string(message[field]); };
  request.has_host = message.find(http::field::host) != message.end();
  request.host = text(http::field::host);
  request.target = std::string(message.target());
  // As a proxy is asked, the target names the server too (RFC 9112, 3.2.2).
  if (const std::string own = "http://" + request.host + "/"; request.target.starts_with(own))
    request.target.erase(0, own.size() - 1);
  request.path = request.target.substr(0, request.target.find('?'));
  request.has_origin = message.find(http::field::origin) != message.end();
  request.referer = text(http::field::referer);
  request.authorization = text(http::field::authorization);
  request.request_id = std::string(message["X-Request-Id"]);
  if (request.request_id.size() > longest_request_id) request.request_id.clear();
  request.accepts_gzip = text(http::field::accept_encoding).find("gzip") != std::string::npos;
  request.body = std::move(message.body());

  current_ = {};
  current_.began = std::chrono::steady_clock::now();
  current_.head = request.method == Method::head;
  current_.keep_alive = message.keep_alive();
  current_.version = message.version();
  current_.method = request.method_text;
  current_.path = request.path;
  current_.request_id = request.request_id;
  if (host_.options.on_traffic) {
    current_.request_type = text(http::field::content_type);
    current_.request_body = request.body;
  }
  return request;
}

void Session::on_request(error_code error) {
  if (error) return on_broken_request(error);
  state_ = State::working;
  auto request = take_request();
  const auto bytes_in = request.body.size();
  auto admitted = host_.engine.admit(std::move(request), current_.began);
  current_.counted = admitted.is_counted();
  current_.operation = admitted.operation;
  current_.fault = admitted.fault;
  current_.delay = admitted.delay;
  if (current_.counted) host_.engine.counters().began(current_.operation, bytes_in);
  if (current_.delay.count() == 0) return work(std::move(admitted));
  // Half of the delay lies before the work and half after, as on a network: answers are old when they arrive.
  auto shared = std::make_shared<Engine::Admitted>(std::move(admitted));
  after(current_.delay / 2, [this, shared] { work(std::move(*shared)); });
}

void Session::work(Engine::Admitted admitted) {
  // The last reference to a session must not go on a thread of the store, where copies of the callback live
  // on: the callback gives away what it holds. The guard keeps the I/O thread going while nothing of this
  // connection waits.
  struct Pending {
    std::shared_ptr<Session> self;
    asio::executor_work_guard<Executor> guard;
  };
  auto pending =
      std::make_shared<Pending>(Pending{shared_from_this(), asio::make_work_guard(socket_.get_executor())});
  host_.engine.run(std::move(admitted), [pending](Reply reply) {
    auto shared = std::make_shared<Reply>(std::move(reply));
    auto self = std::move(pending->self);
    auto guard = std::move(pending->guard);
    const auto executor = guard.get_executor();
    asio::post(executor, [self = std::move(self), guard = std::move(guard), shared] {
      self->answer_after_delay(std::move(*shared));
    });
  });
}

void Session::answer_after_delay(Reply reply) {
  if (current_.delay.count() == 0) return answer(std::move(reply));
  auto shared = std::make_shared<Reply>(std::move(reply));
  after(current_.delay - current_.delay / 2, [this, shared] { answer(std::move(*shared)); });
}

void Session::answer(Reply reply) {
  if (host_.stopping) current_.keep_alive = false;
  response_ = {};
  response_.version(current_.version);
  response_.result(static_cast<unsigned>(reply.status));
  response_.keep_alive(current_.keep_alive);
  set_fields(response_, reply, current_.request_id);
  response_.body() = std::move(reply.body);
  response_.prepare_payload();
  if (current_.fault != nullptr && current_.fault->kind == Fault::Kind::drop) {
    finished(0);
    return close();
  }
  expect_progress(State::writing);
  if (current_.fault != nullptr && current_.fault->kind == Fault::Kind::half) return send_half();
  if (current_.head) return write_head_only();
  write();
}

void Session::write() {
  http::async_write(socket_, response_,
                    [self = shared_from_this()](error_code error, std::size_t) { self->on_written(error); });
}

void Session::write_head_only() {
  head_response_ = http::response<http::empty_body>(response_.base());
  http::async_write(socket_, head_response_,
                    [self = shared_from_this()](error_code error, std::size_t) { self->on_written(error); });
}

void Session::send_half() {
  std::ostringstream text;
  text << response_.base();
  raw_ = text.str() + response_.body().substr(0, response_.body().size() / 2);
  asio::async_write(socket_, asio::buffer(raw_), [self = shared_from_this()](error_code, std::size_t) {
    self->finished(0);
    self->close();
  });
}

void Session::on_written(error_code error) {
  finished(error ? 0 : static_cast<int>(response_.result_int()));
  if (error) return close();
  if (!current_.keep_alive || host_.stopping) return linger();
  read();
}

void Session::finished(int status) {
  const auto duration = std::chrono::steady_clock::now() - current_.began;
  const std::size_t bytes = current_.head || status == 0 ? 0 : response_.body().size();
  std::string_view operation;
  if (current_.counted) {
    host_.engine.counters().ended(current_.operation, status, bytes, duration);
    const auto& known = host_.engine.registry().operations();
    if (current_.operation < known.size()) operation = known[current_.operation].card->id;
  }
  if (host_.options.on_traffic) tell_traffic(operation, status);
  if (!host_.options.on_request) return;
  RequestLog log;
  log.method = current_.method;
  log.path = current_.path;
  log.operation = operation;
  log.request_id = current_.request_id;
  log.status = status;
  log.duration = std::chrono::duration_cast<std::chrono::microseconds>(duration);
  log.bytes = bytes;
  host_.options.on_request(log);
}

void Session::tell_traffic(std::string_view operation, int status) const {
  if (operation.empty() || status == 0 || current_.fault != nullptr) return;
  const auto type = response_[http::field::content_type];
  TrafficLog log;
  log.operation = operation;
  log.status = status;
  log.request_type = current_.request_type;
  log.request_body = current_.request_body;
  log.answer_type = std::string_view(type.data(), type.size());
  if (!current_.head) log.answer_body = response_.body();
  log.answer_is_gzipped = response_.count(http::field::content_encoding) > 0;
  host_.options.on_traffic(log);
}

void Session::linger() {
  // Closing with unread bytes in the socket would reset the connection and take the answer with it.
  error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  if (error || host_.stopping) return close();
  if (state_ != State::lingering) expect_progress(State::lingering);
  buffer_.clear();
  socket_.async_read_some(buffer_.prepare(read_buffer),
                          [self = shared_from_this()](error_code failed, std::size_t) {
                            if (failed) return self->close();
                            self->linger();
                          });
}

void Session::after(std::chrono::nanoseconds delay, std::function<void()> then) {
  timer_.expires_after(std::chrono::duration_cast<std::chrono::steady_clock::duration>(delay));
  timer_.async_wait([self = shared_from_this(), then = std::move(then)](error_code error) {
    if (error) return self->finished(0);
    then();
  });
}

}  // namespace wats::server
