// What a level on Redis and its two threads have in common.
#pragma once

#include "src/cache_redis/envelope.hpp"
#include "src/cache_redis/listeners.hpp"
#include "src/cache_redis/positions.hpp"
#include "src/cache_redis/site_key.hpp"
#include "src/cache_redis/unsent.hpp"
#include "wats/cache_redis/redis_level.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>

namespace wats::cache::redis {

/// What is to be done with one key.
class Command {
 public:
  enum class Kind : std::uint8_t { find, store, erase };

  Kind kind = Kind::find;
  std::string key;
  SecondLevel::Found found;
  Value value;

  /// What a store takes while it waits.
  [[nodiscard]] std::size_t weight() const noexcept {
    return sizeof(Command) + key.size() + value.record.bytes.size() + sizeof(Tag) * value.record.tags.size();
  }
};

/// A session is a connection for commands together with one that reads the log. They end together: what the
/// one brings may be shown only while the other hears what was changed.
///
/// *Thread safety*: what is not constant is guarded by the mutex, unless it says otherwise.
class Shared {
 public:
  using Clock = std::chrono::steady_clock;
  /// Redis answers a reader that has nothing to hear so often.
  static constexpr std::chrono::milliseconds quiet_time{250};
  /// What others need beside a connection: their longest pause, and to read what they have missed. A second
  /// with the default limit.
  static constexpr std::chrono::milliseconds time_to_return{750};
  static constexpr std::size_t most_finds = 1024;
  static constexpr std::size_t most_store_bytes = 16UL * 1024 * 1024;
  static constexpr std::size_t most_erases = 10'000;

  explicit Shared(RedisSettings its_settings);

  const RedisSettings settings;
  const SiteKey site_key;
  const std::string log_key;
  /// Who wrote an entry of the log.
  const std::uint64_t sender;
  const TimePoint opened = Clock::now();

  std::mutex mutex;
  std::condition_variable commands_wake;
  std::condition_variable reader_wakes;
  bool stopping = false;

  Positions positions;
  Unsent unsent{positions};
  std::deque<Command> queue;
  std::size_t finds = 0;
  std::size_t store_bytes = 0;
  std::size_t erases = 0;
  SecondLevelStats counts;

  /// The number of the session; counts up with each connection for commands.
  std::uint64_t session = 0;
  bool session_is_open = false;
  /// The log is read up to now, and every change is heard.
  bool heard = false;
  std::string why_closed;
  /// What the reader waits on; -1: nothing. It takes it out before it closes it.
  int reader_socket = -1;

  /// Has its own lock; never called under the mutex.
  Listeners listeners;

  /// *Thread safety*: any thread.
  [[nodiscard]] std::string redis_key(std::string_view key) const;
  [[nodiscard]] WallTime wall_now() const;
  /// Listening now; the clock tells what a thread that was held up has not noticed yet.
  [[nodiscard]] bool is_heard(TimePoint now) const noexcept;
  /// Whether it came back so long ago that all others are back as well.
  [[nodiscard]] bool others_are_heard(TimePoint now) const noexcept;
  /// Everything that Redis had at this time is heard.
  void heard_until(TimePoint time) noexcept;
  /// Each tells the owner of the settings, once.
  void away(std::string_view why);
  void complain(std::string_view error);
  void back();

  /// Under the mutex. The reader hears all of session *number* from now on; false: it is over.
  [[nodiscard]] bool begin_hearing(std::uint64_t number, TimePoint time);
  /// Under the mutex.
  void stop_hearing() noexcept;
  /// Ends it unless it is over.
  void end_session(std::uint64_t number, std::string_view why);

 private:
  void report_once(const std::string& text);
  void report(const std::string& text) noexcept;

  std::atomic<Duration::rep> heard_until_{Duration::min().count()};
  std::atomic<Duration::rep> back_since_{Duration::max().count()};
  std::string reported_;
};

}  // namespace wats::cache::redis
