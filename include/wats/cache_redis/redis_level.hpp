// A second level of the cache on a Redis server that many stations share, and the way they tell each other
// what they changed.
#pragma once

#include "wats/cache/second_level.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace wats::cache {

/// Where the Redis server is, and what is expected of it. Redis 6.2 or later.
///
/// Redis is not trusted: what it keeps is signed with the site key, keys are hashes. It does see values and
/// tells who asks when; who can write to it can delete, and bring back what is not out of time. Give it an
/// account of its own, which needs no more than this (with the default prefix):
///
///     ACL SETUSER wats on >PASSWORD resetkeys ~wats:* resetchannels -@all
///         +getrange +set +del +xadd +xrange +xread +time
///
/// and `maxmemory-policy volatile-lru` or the like, so that values go before the log does.
class RedisSettings {
 public:
  RedisSettings() = default;

  /// An address, or a name that is resolved at once.
  std::string host = "127.0.0.1";
  int port = 6379;
  /// The path of a socket, used instead of host and port unless empty.
  std::string unix_socket;
  /// The account (ACL); a password alone is the one of the default account.
  std::string user;
  std::string password;
  /// Required: a secret of at least 16 bytes that all stations share, and nobody else.
  std::string site_key;
  /// Before every key. Stations with different prefixes share nothing.
  std::string prefix = "wats:";
  /// The longest Redis may say nothing in an exchange before it counts as away; also patience(). 1 ms to 10
  /// s.
  std::chrono::milliseconds time_limit{50};
  /// For a new connection. 1 ms to 10 s.
  std::chrono::milliseconds connect_limit{250};
  /// A larger answer is not stored. 1 byte to 64 MiB.
  std::size_t max_value_bytes = 1024UL * 1024;
  /// What SecondLevel::oldest_to_show() says while Redis is away, before it was reached for the first time,
  /// and for 750 ms + connect_limit after it came back, until all others have sent what they had kept back.
  /// So it is the bound on how old a state is shown after somebody else's change that could not be told.
  std::chrono::milliseconds oldest_while_away{10'000};
  /// So many changes are kept in Redis, about; who was away for more drops everything. 1000 or more.
  std::size_t log_entries = 65536;
  /// Redis on another machine is refused without it: values and the password travel in clear.
  bool allow_plaintext = false;
  /// For tests. Empty: the system's.
  std::function<WallTime()> wall_now;
  /// Hears why Redis is away, once for each reason, and that it is back; no secrets in it. Called on threads
  /// of the level, which wait for it.
  std::function<void(std::string_view)> report;
};

/// A second level on Redis. It connects on threads of its own, and goes on doing so: that Redis is away is no
/// error, finds are then answered at once with nothing, and changes are kept and sent when it is back.
///
/// Changes reach the others through a stream in Redis, within milliseconds. That Redis does not answer any
/// more is noticed within time_limit when something is asked, and within 250 ms + time_limit when not.
///
/// *Errors*: throws std::invalid_argument for settings that can't work. *Lifetime*: the last reference going
/// takes up to connect_limit + 3 * time_limit if changes are still to be told to a Redis that does not
/// answer, and waits for what *found* and the listeners do. *Thread safety*: any thread.
[[nodiscard]] std::shared_ptr<SecondLevel> open_redis(RedisSettings settings);

}  // namespace wats::cache
