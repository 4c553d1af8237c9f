// The thread that hears what others changed.
#pragma once

#include "src/cache_redis/connection.hpp"
#include "src/cache_redis/shared.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wats::cache::redis {

/// Reads the log from where it stopped the last time, and finds out if something is missing since.
/// *Lifetime*: the shared part outlives it.
class LogReader {
 public:
  explicit LogReader(Shared& shared) : shared_(shared) {}

  /// Until the level is stopped.
  void run();

 private:
  using Clock = Connection::Clock;
  template <class T>
  using Expected = Connection::Expected<T>;

  class Heard {
   public:
    Position at = 0;
    // Nothing: forged, or of somebody who uses the log for something else.
    std::optional<LogEntry> entry;
  };
  class Chunk {
   public:
    std::vector<Heard> entries;
    std::string first_id;
    std::string last_id;
  };

  /// The number of an open session that was not read yet; nothing: the level stops.
  [[nodiscard]] std::optional<std::uint64_t> wait_for_session();
  /// Until it ends; why it did.
  [[nodiscard]] std::string read(Connection& connection, std::uint64_t session);
  /// All that the log has. Afterwards nothing is missing up to the time when it was asked for last.
  [[nodiscard]] Expected<void> catch_up(Connection& connection, std::uint64_t session);
  [[nodiscard]] Expected<void> listen(Connection& connection, std::uint64_t session);

  [[nodiscard]] Expected<void> learn_time(Connection& connection);
  [[nodiscard]] Expected<void> write_anchor(Connection& connection);
  [[nodiscard]] Expected<Chunk> read_chunk(Connection& connection, const std::string& from);
  [[nodiscard]] Expected<Chunk> parse(const Reply& entries) const;
  /// The log begins with this one, as far as anybody knows.
  void start_at(const Heard& first);
  /// All but the first *skipped* ones.
  void apply(const Chunk& chunk, std::size_t skipped);
  /// Under the mutex.
  void mark(const Heard& heard);
  void tell(const LogEntry& entry, Position at);

  [[nodiscard]] Clock::time_point limit() const {
    return Clock::now() + shared_.settings.time_limit + longest_chunk;
  }
  /// By Redis's clock; negative times count as none.
  [[nodiscard]] std::chrono::milliseconds age(Position at) const;

  static constexpr std::size_t chunk_entries = 1000;
  static constexpr std::chrono::seconds longest_chunk{1};

  Shared& shared_;
  std::uint64_t session_ = 0;
  // Of the last entry applied; empty: the log has to be read from its beginning.
  std::string last_id_;
  bool knows_a_log_ = false;
  // Redis's clock minus ours.
  std::chrono::milliseconds clock_offset_{0};
  // No entry that comes now is older.
  std::chrono::milliseconds oldest_news_ = std::chrono::milliseconds::max();
  // All that Redis had by then was read.
  Clock::time_point read_up_to_;
  // Windows that were in entries nobody can read any more were no longer than that, it is assumed.
  std::chrono::milliseconds longest_settling_{60'000};
};

}  // namespace wats::cache::redis
