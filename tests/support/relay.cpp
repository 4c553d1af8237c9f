#include "tests/support/relay.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

namespace wats::testing {
namespace {

namespace http = boost::beast::http;
using boost::asio::ip::tcp;
using Failure = boost::system::error_code;

/// More connections at once than the clients of one sequence make.
constexpr std::size_t most_connections = 48;

void reset(tcp::socket& socket) {
  Failure ignored;
  static_cast<void>(socket.set_option(boost::asio::socket_base::linger(true, 0), ignored));
  static_cast<void>(socket.close(ignored));
}

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

class Relay::Core {
 public:
  Core(std::uint16_t server_port, std::map<std::string, std::string> names)
      : server_port_(server_port), names_(std::move(names)) {
    acceptor_thread_ = std::thread([this] { accept(); });
  }
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;
  ~Core() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
      gates_open_ = {true, true};
      for (tcp::socket* const socket : open_) {
        Failure ignored;
        static_cast<void>(socket->shutdown(tcp::socket::shutdown_both, ignored));
      }
    }
    changed_.notify_all();
    // A last connection wakes the thread that accepts.
    Failure ignored;
    boost::asio::io_context io;
    tcp::socket last(io);
    static_cast<void>(last.connect(acceptor_.local_endpoint(), ignored));
    acceptor_thread_.join();
    pool_.join();
  }

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  void set_observer(std::function<void(const Exchanged&)> observer) {
    const std::lock_guard lock(mutex_);
    observer_ = std::move(observer);
  }
  void plan(const std::vector<Fate>& fates) {
    const std::lock_guard lock(mutex_);
    fates_.assign(fates.begin(), fates.end());
  }
  void close_gates() {
    const std::lock_guard lock(mutex_);
    gates_open_ = {false, false};
    arrived_ = {0, 0};
  }
  void open(Gate gate) {
    const std::lock_guard lock(mutex_);
    gates_open_[static_cast<std::size_t>(gate)] = true;
    changed_.notify_all();
  }
  [[nodiscard]] std::size_t arrived(Gate gate) const {
    const std::lock_guard lock(mutex_);
    return arrived_[static_cast<std::size_t>(gate)];
  }
  [[nodiscard]] std::size_t requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  void await(const std::function<bool()>& holds) const {
    while (!holds()) {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, std::chrono::milliseconds(1));
    }
  }
  void await_quiet() const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return under_way_ == 0; });
  }

 private:
  using Request = http::request<http::string_body>;
  using Response = http::response<http::string_body>;

  void accept() {
    for (;;) {
      Failure failure;
      tcp::socket client(io_);
      static_cast<void>(acceptor_.accept(client, failure));
      if (failure || stopped()) return;
      const auto held = std::make_shared<tcp::socket>(std::move(client));
      boost::asio::post(pool_, [this, held] { serve(*held); });
    }
  }

  void serve(tcp::socket& client) {
    tcp::socket server(io_);
    {
      const std::lock_guard lock(mutex_);
      open_.insert(&client);
    }
    try {
      server.connect({boost::asio::ip::address_v4::loopback(), server_port_});
      client.set_option(tcp::no_delay(true));
      server.set_option(tcp::no_delay(true));
      boost::beast::flat_buffer from_client;
      boost::beast::flat_buffer from_server;
      while (exchange(client, from_client, server, from_server)) {
      }
    } catch (const std::exception&) {
      // One of the two is gone, and so is this connection.
      reset(client);
    }
    const std::lock_guard lock(mutex_);
    open_.erase(&client);
  }

  /// False: this connection is over.
  bool exchange(tcp::socket& client, boost::beast::flat_buffer& from_client, tcp::socket& server,
                boost::beast::flat_buffer& from_server) {
    Request request;
    Failure failure;
    http::read(client, from_client, request, failure);
    if (failure) return false;
    const Presence here(*this);
    const Fate fate = next();
    pause(fate.before);
    if (fate.waits_before) wait_at(Gate::before);
    using Kind = Fate::Kind;
    if (fate.kind == Kind::cut_before) return cut(client);
    if (fate.kind == Kind::refuse) return refuse(client, request, fate.status);
    const std::string name = name_of(request);
    request.set(http::field::host, "127.0.0.1:" + std::to_string(server_port_));
    // What is compressed could not be marked.
    request.erase(http::field::accept_encoding);
    http::write(server, request);
    if (fate.kind == Kind::cut_behind) reset(client);
    Response response;
    http::read(server, from_server, response);
    tell(request, response);
    if (fate.kind == Kind::cut_behind) return false;
    pause(fate.after);
    if (fate.waits_after) wait_at(Gate::after);
    if (fate.kind == Kind::cut_after) return cut(client);
    if (fate.kind == Kind::fail_after) return refuse(client, request, fate.status);
    if (fate.kind == Kind::garbage) response.body() = "{\"partNumber\": \"cut off in the mid";
    if (request.method() == http::verb::get && response.result_int() == 200) add_mark(response.body(), name);
    response.prepare_payload();
    if (fate.kind == Kind::half) return send_half(client, response);
    http::write(client, response);
    return response.keep_alive() && request.keep_alive();
  }

  static bool cut(tcp::socket& client) {
    reset(client);
    return false;
  }
  static bool refuse(tcp::socket& client, const Request& request, int status) {
    Response response(static_cast<http::status>(status), request.version());
    response.keep_alive(true);
    response.set(http::field::content_type, "application/json");
    response.body() = R"({"message":"planted"})";
    response.prepare_payload();
    http::write(client, response);
    return true;
  }
  static bool send_half(tcp::socket& client, const Response& response) {
    Response shorter = response;
    shorter.body().resize(response.body().size() / 2);
    // The length that was announced stays.
    shorter.content_length(response.body().size());
    Failure ignored;
    http::write(client, shorter, ignored);
    Failure failure;
    static_cast<void>(client.shutdown(tcp::socket::shutdown_both, failure));
    static_cast<void>(client.close(failure));
    return false;
  }

  [[nodiscard]] std::string name_of(const Request& request) const {
    std::string token(view(request[http::field::authorization]));
    if (const auto blank = token.find(' '); blank != std::string::npos) token.erase(0, blank + 1);
    const auto found = names_.find(token);
    return found == names_.end() ? "nobody" : found->second;
  }
  static void add_mark(std::string& body, const std::string& name) {
    const std::size_t at = body.starts_with("[{") ? 2 : 1;
    if (!body.starts_with("[{") && !body.starts_with('{')) return;
    const bool is_empty = body[at] == '}';
    body.insert(at, "\"" + std::string(mark) + "\":\"" + name + (is_empty ? "\"" : "\","));
  }
  void tell(const Request& request, const Response& response) {
    std::function<void(const Exchanged&)> observer;
    {
      const std::lock_guard lock(mutex_);
      observer = observer_;
    }
    if (!observer) return;
    Exchanged exchanged;
    exchanged.method = view(request.method_string());
    exchanged.target = view(request.target());
    exchanged.status = static_cast<int>(response.result_int());
    exchanged.body = response.body();
    observer(exchanged);
  }

  /// Counts a request from when it was read to when it was answered.
  class Presence {
   public:
    explicit Presence(Core& core) : core_(core) {
      const std::lock_guard lock(core_.mutex_);
      ++core_.under_way_;
      ++core_.requests_;
      core_.changed_.notify_all();
    }
    Presence(const Presence&) = delete;
    Presence& operator=(const Presence&) = delete;
    ~Presence() {
      const std::lock_guard lock(core_.mutex_);
      --core_.under_way_;
      core_.changed_.notify_all();
    }

   private:
    Core& core_;
  };

  [[nodiscard]] Fate next() {
    const std::lock_guard lock(mutex_);
    if (fates_.empty()) return Fate();
    const Fate fate = fates_.front();
    fates_.pop_front();
    return fate;
  }
  [[nodiscard]] bool stopped() const {
    const std::lock_guard lock(mutex_);
    return stopped_;
  }
  void pause(std::chrono::microseconds time) {
    if (time <= time.zero()) return;
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, std::chrono::steady_clock::now() + time, [this] { return stopped_; });
  }
  void wait_at(Gate gate) {
    std::unique_lock lock(mutex_);
    const auto index = static_cast<std::size_t>(gate);
    ++arrived_[index];
    changed_.notify_all();
    changed_.wait(lock, [&] { return gates_open_[index]; });
  }

  const std::uint16_t server_port_;
  const std::map<std::string, std::string> names_;
  boost::asio::io_context io_;
  tcp::acceptor acceptor_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
  boost::asio::thread_pool pool_{most_connections};
  std::thread acceptor_thread_;

  mutable std::mutex mutex_;  // guards what follows
  mutable std::condition_variable changed_;
  bool stopped_ = false;
  std::set<tcp::socket*> open_;
  std::deque<Fate> fates_;
  std::array<bool, 2> gates_open_{true, true};
  std::array<std::size_t, 2> arrived_{};
  std::size_t under_way_ = 0;
  std::size_t requests_ = 0;
  std::function<void(const Exchanged&)> observer_;
};

Relay::Relay(std::uint16_t server_port, std::map<std::string, std::string> names)
    : core_(std::make_unique<Core>(server_port, std::move(names))) {}
Relay::~Relay() = default;

std::string Relay::base_url() const {
  return "http://127.0.0.1:" + std::to_string(core_->port());
}
void Relay::set_observer(std::function<void(const Exchanged&)> observer) {
  core_->set_observer(std::move(observer));
}
void Relay::plan(const std::vector<Fate>& fates) {
  core_->plan(fates);
}
void Relay::close_gates() {
  core_->close_gates();
}
void Relay::open(Gate gate) {
  core_->open(gate);
}
std::size_t Relay::arrived(Gate gate) const {
  return core_->arrived(gate);
}
std::size_t Relay::requests() const {
  return core_->requests();
}
void Relay::await(const std::function<bool()>& holds) const {
  core_->await(holds);
}
void Relay::await_quiet() const {
  core_->await_quiet();
}

}  // namespace wats::testing
