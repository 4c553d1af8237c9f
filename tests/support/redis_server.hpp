// A real Redis server for a test, which can be killed, held up and started again.
#pragma once

#include "tests/support/temporary_folder.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

namespace wats::testing {

/// A process of its own on a free port of 127.0.0.1, without persistence. *Lifetime*: the process goes with
/// it, and with the thread that made it, however the test ends.
class RedisServer {
 public:
  /// Empty when it is not installed; Debian's package is redis-server.
  [[nodiscard]] static std::string program();

  /// It accepts connections when this returns. *Errors*: throws with Redis's own words when it does not come
  /// to that.
  explicit RedisServer(std::vector<std::string> options = {});
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;
  ~RedisServer();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string unix_socket() const { return folder_.file("socket"); }

  /// Killed: nothing is left of what it kept.
  void stop() noexcept;
  /// Again, on the same port.
  void start();
  /// Held up: it neither answers nor closes anything.
  void pause() const noexcept;
  void resume() const noexcept;

  /// What it answers to a command, as text; elements of lists one a line. *Errors*: throws when it refuses.
  std::string run(const std::vector<std::string>& words) const;

 private:
  void launch();
  [[nodiscard]] bool wait_until_it_accepts(std::chrono::steady_clock::time_point limit);
  [[nodiscard]] bool has_ended() noexcept;

  TemporaryFolder folder_;
  std::vector<std::string> options_;
  std::uint16_t port_ = 0;
  ::pid_t process_ = 0;
};

}  // namespace wats::testing
