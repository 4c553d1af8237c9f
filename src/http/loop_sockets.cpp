// The sockets of a loop's connections: opened and closed for curl, watched by Asio.
#include "src/http/exchange.hpp"
#include "src/http/loop.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <chrono>
#include <exception>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace wats::http::detail {
namespace {

/// How long a socket that could be written, and was not, is left alone.
constexpr std::chrono::milliseconds stall_pause(2);

}  // namespace

/// A socket of curl's, watched by Asio, which never owns it: 7.88 closes connecting sockets without telling.
struct Loop::Socket {
  explicit Socket(boost::asio::io_context& io) : descriptor(io), pause(io) {}

  boost::asio::posix::stream_descriptor descriptor;
  boost::asio::steady_timer pause;
  curl_socket_t fd = CURL_SOCKET_BAD;
  int wanted = CURL_POLL_NONE;
  bool reading = false;
  bool writing = false;
  /// It has been waited for until it could be written, as while connecting.
  bool wrote = false;
  /// A connection; curl's look-ups of names come over pairs of local sockets.
  bool is_network = false;
  /// Waits of an earlier life of a recycled object must not be mistaken for its own.
  std::uint64_t life = 0;
};

curl_socket_t Loop::on_open(void* self, curlsocktype /*purpose*/, curl_sockaddr* address) noexcept {
  auto& exchange = *static_cast<Exchange*>(self);
  const int fd = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  exchange.connects(fd >= 0);
  if (fd < 0) return CURL_SOCKET_BAD;
  // 7.88 closes sockets that are still connecting without telling: what is known by this number is gone.
  auto& loop = *exchange.loop;
  loop.unwatch(fd);
  loop.admission().connection_tried();
  return fd;
}

int Loop::on_close(void* self, curl_socket_t fd) noexcept {
  static_cast<Loop*>(self)->unwatch(fd);
  return ::close(fd);
}

int Loop::on_socket(CURL* /*easy*/, curl_socket_t fd, int what, void* self, void* /*socket*/) noexcept {
  auto& loop = *static_cast<Loop*>(self);
  if (what == CURL_POLL_REMOVE) {
    loop.park(fd);
  } else {
    // Where that fails, for want of memory or of epoll's watches, this transfer hears nothing and ends by its
    // deadline. Told of it, curl would give up every later transfer of this loop as well.
    static_cast<void>(loop.watch(fd, what));
  }
  return 0;
}

const std::shared_ptr<Loop::Socket>& Loop::socket_of(curl_socket_t fd) {
  if (const auto found = sockets_.find(fd); found != sockets_.end()) return found->second;
  if (spare_sockets_.empty()) spare_sockets_.push_back(std::make_shared<Socket>(io_));
  const auto socket = spare_sockets_.back();
  const auto& entry = sockets_.emplace(fd, socket).first->second;
  try {
    socket->descriptor.assign(fd);
  } catch (...) {
    sockets_.erase(fd);
    throw;
  }
  spare_sockets_.pop_back();
  socket->fd = fd;
  sockaddr_storage name{};
  socklen_t length = sizeof(name);
  socket->is_network = ::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &length) == 0 &&
                       (name.ss_family == AF_INET || name.ss_family == AF_INET6);
  return entry;
}

bool Loop::watch(curl_socket_t fd, int what) noexcept {
  try {
    const auto& socket = socket_of(fd);
    socket->wanted = what;
    if ((what & CURL_POLL_IN) != 0 && !socket->reading) await_ready(socket, false);
    if ((what & CURL_POLL_OUT) != 0 && !socket->writing) await_ready(socket, true);
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

void Loop::park(curl_socket_t fd) noexcept {
  const auto found = sockets_.find(fd);
  if (found == sockets_.end()) return;
  Socket& socket = *found->second;
  // An idle connection stays registered for its next request, which saves three system calls on each. Not
  // where curl closes without telling: its look-ups of names, and what was connecting in this registration.
  // Nor what was waited for to be written: Asio would go on being told of that.
  if (socket.wrote || !socket.is_network) return unwatch(fd);
  socket.wanted = CURL_POLL_NONE;
}

bool Loop::forget(Socket& socket) noexcept {
  try {
    static_cast<void>(socket.descriptor.release());
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

void Loop::unwatch(curl_socket_t fd) noexcept {
  const auto found = sockets_.find(fd);
  if (found == sockets_.end()) return;
  auto socket = std::move(found->second);
  sockets_.erase(found);
  // Else never used again; closing the socket takes it out of the epoll set as well.
  const bool is_free = forget(*socket);
  ++socket->life;
  if (!is_free) return;
  socket->fd = CURL_SOCKET_BAD;
  socket->wanted = CURL_POLL_NONE;
  socket->reading = false;
  socket->writing = false;
  socket->wrote = false;
  if (spare_sockets_.size() < spare_sockets_.capacity()) spare_sockets_.push_back(std::move(socket));
}

void Loop::unwatch_all() noexcept {
  while (!sockets_.empty()) unwatch(sockets_.begin()->first);
}

curl_off_t Loop::uploaded() const noexcept {
  curl_off_t sum = 0;
  for (const auto& exchange : busy_) {
    curl_off_t size = 0;
    curl_easy_getinfo(exchange->handle(), CURLINFO_SIZE_UPLOAD_T, &size);
    sum += size;
  }
  return sum;
}

void Loop::await_ready(const std::shared_ptr<Socket>& socket, bool for_write) {
  using Descriptor = boost::asio::posix::stream_descriptor;
  (for_write ? socket->writing : socket->reading) = true;
  if (for_write) socket->wrote = true;
  socket->descriptor.async_wait(
      for_write ? Descriptor::wait_write : Descriptor::wait_read,
      [this, socket, for_write, life = socket->life](boost::system::error_code error) {
        if (socket->life != life || error == boost::asio::error::operation_aborted) return;
        (for_write ? socket->writing : socket->reading) = false;
        const int ready = error ? CURL_CSELECT_ERR : (for_write ? CURL_CSELECT_OUT : CURL_CSELECT_IN);
        const auto sent_before = for_write && expects_http2_ ? uploaded() : 0;
        try {
          on_ready(socket->fd, ready);
        } catch (...) {
          // The connection is kept, and must not go unwatched.
          if (socket->life == life && !for_write) await_ready(socket, false);
          throw;
        }
        if (socket->life != life) return;
        if ((socket->wanted & CURL_POLL_IN) != 0 && !socket->reading) await_ready(socket, false);
        if ((socket->wanted & CURL_POLL_OUT) == 0 || socket->writing) return;
        // While flow control of HTTP/2 leaves no room, curl 7.88 wants to write all the same.
        if (for_write && expects_http2_ && !error && uploaded() == sent_before) return rest(socket);
        await_ready(socket, true);
      });
}

void Loop::rest(const std::shared_ptr<Socket>& socket) {
  socket->writing = true;
  socket->pause.expires_after(stall_pause);
  socket->pause.async_wait([this, socket, life = socket->life](boost::system::error_code /*rung*/) {
    if (socket->life != life) return;
    socket->writing = false;
    if ((socket->wanted & CURL_POLL_OUT) != 0) await_ready(socket, true);
  });
}

}  // namespace wats::http::detail
