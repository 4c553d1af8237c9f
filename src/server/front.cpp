#include "src/server/front.hpp"

#include "src/server/session.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <memory>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

namespace wats::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;

/// How long requests in flight may go on after stop().
constexpr std::chrono::seconds grace(1);
constexpr std::chrono::seconds longest_sweep(1);
/// Wait after a failed accept: out of descriptors, it would fail again at once.
constexpr std::chrono::milliseconds accept_pause(50);

}  // namespace

class Front::Impl {
 public:
  Impl(const Options& options, Engine& engine)
      : options_(options),
        host_{engine, options_, false, [this](Session* session) { opened(session); },
              [this](Session* session) { closed(session); }},
        acceptor_(context_),
        pause_(context_.get_executor()),
        sweep_(context_.get_executor()),
        grace_(context_.get_executor()) {}

  [[nodiscard]] Result<void> start() {
    error_code error;
    const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), options_.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(Acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(Acceptor::max_listen_connections, error);
    if (error) {
      return fail(Errc::io_error, "cannot listen on 127.0.0.1:" + std::to_string(options_.port) + ": " +
                                      error.message() + "; choose another port or 0 for a free one");
    }
    port_ = acceptor_.local_endpoint().port();
    host_.engine.gate().set_port(port_);
    accept();
    sweep();
    thread_ = std::thread([this] { context_.run(); });
    return {};
  }

  void stop() {
    if (!thread_.joinable()) return;
    asio::post(context_, [this] { begin_stop(); });
    thread_.join();
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void accept() {
    acceptor_.async_accept(context_.get_executor(), [this](error_code error, Socket socket) {
      if (host_.stopping) return;
      if (error) {
        pause_.expires_after(accept_pause);
        pause_.async_wait([this](error_code cancelled) {
          if (!cancelled && !host_.stopping) accept();
        });
        return;
      }
      error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      host_.engine.counters().connected();
      std::make_shared<Session>(std::move(socket), host_)->start();
      accept();
    });
  }

  void sweep() {
    sweep_.expires_after(std::min<std::chrono::milliseconds>(
        longest_sweep, options_.idle_timeout / 2 + std::chrono::milliseconds(1)));
    sweep_.async_wait([this](error_code error) {
      if (error || host_.stopping) return;
      const auto now = std::chrono::steady_clock::now();
      for (auto* const session : sessions_) session->close_if_idle(now);
      sweep();
    });
  }

  void begin_stop() {
    host_.stopping = true;
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    sweep_.cancel();
    for (auto* const session : sessions_) session->stop();
    if (sessions_.empty()) return;
    grace_.expires_after(grace);
    grace_.async_wait([this](error_code error) {
      if (error) return;
      for (auto* const session : sessions_) session->close();
    });
  }

  void opened(Session* session) { sessions_.insert(session); }
  void closed(Session* session) {
    sessions_.erase(session);
    if (host_.stopping && sessions_.empty()) grace_.cancel();
  }

  const Options options_;
  SessionHost host_;
  // The order matters: sessions that die with the context still take themselves off the list.
  std::unordered_set<Session*> sessions_;
  asio::io_context context_{1};
  Acceptor acceptor_;
  Timer pause_;
  Timer sweep_;
  Timer grace_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

Front::Front(const Options& options, Engine& engine) : impl_(std::make_unique<Impl>(options, engine)) {}
Front::~Front() {
  impl_->stop();
}
Result<void> Front::start() {
  return impl_->start();
}
void Front::stop() {
  impl_->stop();
}
std::uint16_t Front::port() const {
  return impl_->port();
}

}  // namespace wats::server
