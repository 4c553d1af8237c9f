#include "src/cache_redis/settings.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <stdexcept>
#include <string>

namespace wats::cache::redis {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t shortest_site_key = 16;
constexpr std::size_t longest_site_key = 4096;
constexpr std::size_t longest_prefix = 64;
/// What the address of a socket has room for.
constexpr std::size_t longest_socket_path = 107;
constexpr std::size_t largest_value = 64UL * 1024 * 1024;
constexpr std::size_t shortest_log = 1000;
constexpr std::size_t longest_log = 100'000'000;

void require(bool holds, const std::string& otherwise) {
  if (!holds) throw std::invalid_argument(otherwise);
}

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char each) { return each > ' ' && each <= '~'; });
}

bool has_no_zero(std::string_view text) {
  return text.find('\0') == std::string_view::npos;
}

}  // namespace

bool is_loopback(std::string_view host) noexcept {
  if (host == "localhost" || host == "::1") return true;
  // 127.0.0.0/8, all four numbers: a name may begin with them, too.
  const char* const end = host.data() + host.size();
  const char* at = host.data();
  for (int i = 0; i < 4; ++i) {
    unsigned value = 256;
    const auto read = std::from_chars(at, end, value);
    if (read.ec != std::errc{} || value > 255 || (i == 0 && value != 127)) return false;
    at = read.ptr;
    if (i == 3) break;
    if (at == end || *at != '.') return false;
    ++at;
  }
  return at == end;
}

void check(const RedisSettings& settings) {
  if (settings.unix_socket.empty()) {
    require(!settings.host.empty() && is_plain(settings.host),
            "RedisSettings::host is empty or no name: set it to a name or an address, or set unix_socket");
    require(settings.port >= 1 && settings.port <= 65535,
            "RedisSettings::port is " + std::to_string(settings.port) + ": it goes from 1 to 65535");
    require(settings.allow_plaintext || is_loopback(settings.host),
            "RedisSettings::host is another machine, where values and the password travel in clear: use a "
            "tunnel to this one, or set allow_plaintext where the network is trusted");
  } else {
    require(settings.unix_socket.size() <= longest_socket_path && has_no_zero(settings.unix_socket),
            "RedisSettings::unix_socket is longer than " + std::to_string(longest_socket_path) +
                " bytes: use a shorter path");
  }
  require(settings.user.empty() || !settings.password.empty(),
          "RedisSettings::user is set without a password: set both, or neither");
  require(settings.site_key.size() >= shortest_site_key && settings.site_key.size() <= longest_site_key,
          "RedisSettings::site_key has " + std::to_string(settings.site_key.size()) + " bytes: it takes " +
              std::to_string(shortest_site_key) + " to " + std::to_string(longest_site_key) +
              ", the same at all stations and hard to guess");
  require(!settings.prefix.empty() && settings.prefix.size() <= longest_prefix && is_plain(settings.prefix),
          "RedisSettings::prefix takes 1 to " + std::to_string(longest_prefix) +
              " letters, digits and signs without blanks, as \"wats:\"");
  require(settings.time_limit >= 1ms && settings.time_limit <= 10s,
          "RedisSettings::time_limit is " + std::to_string(settings.time_limit.count()) +
              " ms: it goes from 1 ms to 10 s");
  require(settings.connect_limit >= 1ms && settings.connect_limit <= 10s,
          "RedisSettings::connect_limit is " + std::to_string(settings.connect_limit.count()) +
              " ms: it goes from 1 ms to 10 s");
  require(settings.max_value_bytes >= 1 && settings.max_value_bytes <= largest_value,
          "RedisSettings::max_value_bytes goes from 1 to " + std::to_string(largest_value));
  require(settings.oldest_while_away >= 0ms && settings.oldest_while_away <= 24h,
          "RedisSettings::oldest_while_away goes from 0 to 24 hours");
  require(settings.log_entries >= shortest_log && settings.log_entries <= longest_log,
          "RedisSettings::log_entries goes from " + std::to_string(shortest_log) + " to " +
              std::to_string(longest_log));
}

}  // namespace wats::cache::redis
