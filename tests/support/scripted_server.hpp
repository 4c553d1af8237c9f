// A peer on loopback that does what a test tells it: reads a request, then writes given bytes or misbehaves.
#pragma once

#include <boost/asio/completion_condition.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

namespace wats::testing {

/// One thread a connection; every request is handed to the script, which gives back the bytes to send.
class ScriptedServer {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  /// Gets the head of the request and the socket. False: close the connection.
  using Script = std::function<bool(const std::string& head, Socket& socket)>;

  /// Gets the body of a request as it comes, before the script is asked.
  using OnBody = std::function<void(const std::string& piece)>;

  explicit ScriptedServer(
      Script script, OnBody on_body = [](const std::string&) {},
      const boost::asio::ip::address& address = boost::asio::ip::address_v4::loopback())
      : script_(std::move(script)),
        on_body_(std::move(on_body)),
        acceptor_(io_, {address, 0}),
        thread_([this] { accept(); }) {}
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer() {
    stopping_ = true;
    boost::system::error_code ignored;
    // Wakes the accept().
    Socket waker(io_);
    waker.connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
    {
      const std::lock_guard lock(mutex_);
      for (Socket* socket : open_) socket->shutdown(Socket::shutdown_both, ignored);
    }
    for (auto& worker : workers_) worker.thread.join();
  }

  [[nodiscard]] std::string base_url() const {
    const auto place = acceptor_.local_endpoint();
    const std::string host = place.address().to_string();
    return "http://" + (place.address().is_v6() ? "[" + host + "]" : host) + ":" +
           std::to_string(place.port());
  }
  [[nodiscard]] int requests() const { return requests_; }

  /// Writes all bytes; false when the peer has gone.
  static bool send(Socket& socket, const std::string& bytes) {
    boost::system::error_code error;
    boost::asio::write(socket, boost::asio::buffer(bytes), error);
    return !error;
  }
  /// A whole answer with its length.
  [[nodiscard]] static std::string answer(const std::string& status, const std::string& body,
                                          const std::string& headers = "") {
    return "HTTP/1.1 " + status +
           "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           headers + "\r\n" + body;
  }

 private:
  void accept() {
    while (!stopping_) {
      Socket socket(io_);
      boost::system::error_code error;
      acceptor_.accept(socket, error);
      if (error || stopping_) return;
      const auto shared = std::make_shared<Socket>(std::move(socket));
      {
        // Known before its thread begins, or the destructor could miss it.
        const std::lock_guard lock(mutex_);
        open_.insert(shared.get());
      }
      workers_.remove_if([](Worker& worker) {
        if (!worker.is_over) return false;
        worker.thread.join();
        return true;
      });
      Worker& worker = workers_.emplace_back();
      worker.thread = std::thread([this, shared, &worker] {
        serve(*shared);
        worker.is_over = true;
      });
    }
  }
  void serve(Socket& socket) {
    boost::asio::streambuf buffer;
    for (;;) {
      boost::system::error_code error;
      const auto size = boost::asio::read_until(socket, buffer, "\r\n\r\n", error);
      if (error) break;
      const std::string head = take(buffer, size);
      if (!read_body(head, socket, buffer)) break;
      ++requests_;
      if (!script_(head, socket)) break;
    }
    const std::lock_guard lock(mutex_);
    open_.erase(&socket);
    boost::system::error_code ignored;
    socket.close(ignored);
  }

  /// Reads the body, as far as Content-Length or its chunks tell.
  bool read_body(const std::string& head, Socket& socket, boost::asio::streambuf& buffer) {
    const auto at = head.find("Content-Length: ");
    if (at != std::string::npos) return read_piece(std::stoul(head.substr(at + 16)), socket, buffer);
    if (head.find("Transfer-Encoding: chunked") == std::string::npos) return true;
    for (;;) {
      boost::system::error_code error;
      const auto size = boost::asio::read_until(socket, buffer, "\r\n", error);
      if (error) return false;
      const std::size_t length = std::stoul(take(buffer, size), nullptr, 16);
      const bool is_whole = read_piece(length, socket, buffer);
      boost::asio::read_until(socket, buffer, "\r\n", error);
      if (error || !is_whole) return false;
      buffer.consume(2);
      if (length == 0) return true;
    }
  }
  bool read_piece(std::size_t length, Socket& socket, boost::asio::streambuf& buffer) {
    while (length > 0) {
      const std::size_t wanted = std::min<std::size_t>(length, 65'536);
      boost::system::error_code error;
      if (buffer.size() < wanted)
        boost::asio::read(socket, buffer, boost::asio::transfer_exactly(wanted - buffer.size()), error);
      if (error) return false;
      on_body_(take(buffer, wanted));
      length -= wanted;
    }
    return true;
  }
  static std::string take(boost::asio::streambuf& buffer, std::size_t size) {
    std::string bytes(boost::asio::buffers_begin(buffer.data()),
                      boost::asio::buffers_begin(buffer.data()) + static_cast<std::ptrdiff_t>(size));
    buffer.consume(size);
    return bytes;
  }

  Script script_;
  OnBody on_body_;
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> requests_{0};
  std::mutex mutex_;
  std::set<Socket*> open_;
  struct Worker {
    std::thread thread;
    std::atomic<bool> is_over{false};
  };
  /// The accepting thread's, later the destructor's.
  std::list<Worker> workers_;
  std::thread thread_;
};

}  // namespace wats::testing
