#include "tests/support/fault_proxy.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <random>
#include <set>
#include <thread>
#include <utility>

namespace wats::testing {
namespace {

using boost::asio::ip::tcp;
using Failure = boost::system::error_code;

/// Both ends of one connection, and what is between them. Used by the proxy's thread only.
class Line : public std::enable_shared_from_this<Line> {
 public:
  Line(tcp::socket client, const Weather& weather, std::array<std::atomic<std::size_t>, 2>& passed)
      : passed_(passed),
        weather_(weather),
        client_(std::move(client)),
        server_(client_.get_executor()),
        to_server_(client_.get_executor(), weather.cut_to_server),
        to_client_(client_.get_executor(), weather.cut_to_client) {}

  void connect(const tcp::endpoint& target) {
    server_.async_connect(target, [self = shared_from_this()](Failure failure) {
      if (failure) return self->cut();
      self->client_.set_option(tcp::no_delay(true));
      self->server_.set_option(tcp::no_delay(true));
      self->read(self->client_, self->server_, self->to_server_, 0);
      self->read(self->server_, self->client_, self->to_client_, 1);
    });
  }
  /// Resets both ends.
  void cut() {
    for (tcp::socket* const socket : {&client_, &server_}) {
      Failure ignored;
      static_cast<void>(socket->set_option(boost::asio::socket_base::linger(true, 0), ignored));
      static_cast<void>(socket->close(ignored));
    }
    to_server_.wait.cancel();
    to_client_.wait.cancel();
  }

  [[nodiscard]] bool is_over() const { return !client_.is_open(); }

 private:
  struct Way {
    Way(const tcp::socket::executor_type& executor, std::optional<std::size_t> most)
        : wait(executor), left(most) {}
    boost::asio::steady_timer wait;
    std::optional<std::size_t> left;
    std::array<char, 4096> piece{};
  };

  void read(tcp::socket& from, tcp::socket& to, Way& way, std::size_t index) {
    if (way.left == 0U) return cut();
    from.async_read_some(boost::asio::buffer(way.piece), [self = shared_from_this(), &from, &to, &way, index](
                                                             Failure failure, std::size_t size) {
      if (failure) return self->finish(failure, to);
      if (way.left) {
        size = std::min(size, *way.left);
        *way.left -= size;
      }
      self->pass(from, to, way, index, size);
    });
  }
  void pass(tcp::socket& from, tcp::socket& to, Way& way, std::size_t index, std::size_t size) {
    way.wait.expires_after(time_for(size));
    way.wait.async_wait([self = shared_from_this(), &from, &to, &way, index, size](Failure cancelled) {
      if (cancelled) return;
      // Before it can be answered or looked at.
      self->passed_[index] += size;
      boost::asio::async_write(to, boost::asio::buffer(way.piece, size),
                               [self, &from, &to, &way, index](Failure failure, std::size_t /*written*/) {
                                 if (failure) return self->cut();
                                 self->read(from, to, way, index);
                               });
    });
  }
  /// One end has said all it had to say, or is gone.
  void finish(Failure failure, tcp::socket& to) {
    if (failure != boost::asio::error::eof) return cut();
    Failure ignored;
    static_cast<void>(to.shutdown(tcp::socket::shutdown_send, ignored));
    if (++finished_ < 2) return;
    static_cast<void>(client_.close(ignored));
    static_cast<void>(server_.close(ignored));
  }
  [[nodiscard]] std::chrono::steady_clock::duration time_for(std::size_t size) {
    std::chrono::steady_clock::duration time = weather_.delay;
    if (weather_.jitter.count() > 0) {
      const auto most = weather_.jitter.count();
      time += std::chrono::milliseconds(std::uniform_int_distribution<std::int64_t>(-most, most)(random_));
    }
    if (weather_.bytes_per_second > 0)
      time += std::chrono::microseconds(1'000'000 * size / weather_.bytes_per_second);
    return std::max(time, std::chrono::steady_clock::duration::zero());
  }

  std::array<std::atomic<std::size_t>, 2>& passed_;
  const Weather weather_;
  int finished_ = 0;
  tcp::socket client_;
  tcp::socket server_;
  Way to_server_;
  Way to_client_;
  /// The same jitter in every run.
  std::mt19937 random_{1};
};

}  // namespace

class FaultProxy::Core {
 public:
  explicit Core(std::uint16_t target) : target_(target) {
    accept();
    thread_ = std::thread([this] { io_.run(); });
  }
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;
  ~Core() {
    boost::asio::post(io_, [this] {
      cut_all();
      io_.stop();
    });
    thread_.join();
  }

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  void set(const Weather& weather) {
    boost::asio::post(io_, [this, weather] { weather_ = weather; });
  }
  std::atomic<int> connections{0};
  std::array<std::atomic<std::size_t>, 2> passed{};

 private:
  void accept() {
    acceptor_.async_accept([this](Failure failure, tcp::socket client) {
      if (failure) return;
      ++connections;
      const auto line = std::make_shared<Line>(std::move(client), weather_, passed);
      std::erase_if(lines_, [](const auto& old) { return old->is_over(); });
      lines_.insert(line);
      line->connect({boost::asio::ip::address_v4::loopback(), target_});
      accept();
    });
  }
  void cut_all() {
    for (const auto& line : lines_) line->cut();
    lines_.clear();
  }

  boost::asio::io_context io_{1};
  tcp::acceptor acceptor_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
  // The proxy's thread alone, from here on.
  const std::uint16_t target_;
  Weather weather_;
  std::set<std::shared_ptr<Line>> lines_;
  std::thread thread_;
};

FaultProxy::FaultProxy(const std::string& base_url)
    : core_(std::make_unique<Core>(
          static_cast<std::uint16_t>(std::stoul(base_url.substr(base_url.rfind(':') + 1))))) {}
FaultProxy::~FaultProxy() = default;
std::uint16_t FaultProxy::port() const {
  return core_->port();
}
int FaultProxy::connections() const {
  return core_->connections;
}
void FaultProxy::set(const Weather& weather) {
  core_->set(weather);
}
std::size_t FaultProxy::passed_to_server() const {
  return core_->passed[0];
}
std::size_t FaultProxy::passed_to_client() const {
  return core_->passed[1];
}

}  // namespace wats::testing
