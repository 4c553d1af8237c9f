#include "src/cache_redis/hang_up.hpp"

#include <csignal>
#include <sys/socket.h>

namespace wats::cache::redis {

void hang_up(int socket) noexcept {
  ::shutdown(socket, SHUT_RDWR);
}

void ignore_broken_pipes_in_this_thread() noexcept {
  ::sigset_t broken_pipe;
  ::sigemptyset(&broken_pipe);
  ::sigaddset(&broken_pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
}

}  // namespace wats::cache::redis
