// The thread that brings commands and our own changes to Redis, and comes back to it when it was away.
#pragma once

#include "src/cache_redis/connection.hpp"
#include "src/cache_redis/shared.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <vector>

namespace wats::cache::redis {

/// *Lifetime*: the shared part outlives it.
class Commander {
 public:
  explicit Commander(Shared& shared) : shared_(shared), random_(static_cast<std::uint32_t>(shared.sender)) {}

  /// Until the level is stopped, and a last time then.
  void run();

 private:
  using Clock = Connection::Clock;
  template <class T>
  using Expected = Connection::Expected<T>;

  /// What goes out together.
  class Batch {
   public:
    std::vector<Unsent::Change> changes;
    std::deque<Command> commands;
    /// By number of the command, as far as they are sent.
    std::vector<std::string> keys;
  };
  static constexpr std::size_t most_commands = 64;
  static constexpr std::size_t most_bytes = 1024UL * 1024;
  static constexpr std::chrono::seconds longest_exchange{1};

  /// Opens a session on the connection, does what there is to do, and closes it; why it ended.
  [[nodiscard]] std::string serve(Connection& connection);
  /// Under the mutex.
  [[nodiscard]] Batch take();
  [[nodiscard]] Expected<void> exchange(Connection& connection, Batch& batch);
  void send(Connection& connection, const Unsent::Change& change);
  /// False: there is nothing to send.
  [[nodiscard]] bool send(Connection& connection, const Command& command, const std::string& key);
  [[nodiscard]] Expected<void> finish_change(const Reply& answer);
  void finish(Command& command, const std::string& key, const Reply& answer);
  void finish_find(const Command& command, const std::string& key, const Reply& answer);

  /// What was not done: finds are answered, erases and changes kept, stores dropped.
  void give_up(Batch& batch);
  /// A last time before the end, if there are changes that nobody was told.
  void say_goodbye(Connection* connection);
  /// True: the level stops.
  [[nodiscard]] bool pause();
  [[nodiscard]] bool has_news() const;

  Shared& shared_;
  std::minstd_rand random_;
  std::chrono::milliseconds pause_{0};
};

}  // namespace wats::cache::redis
