// Uses the installed cache on Redis, without one: it opens all the same, and answers with nothing.
#include "wats/cache_redis/redis_level.hpp"

#include <cstdio>
#include <optional>
#include <stdexcept>

int main() {
  wats::cache::RedisSettings settings;
  settings.unix_socket = "/nonexistent/redis";
  try {
    (void)wats::cache::open_redis(settings);
    return std::puts("opened without a site key"), 1;
  } catch (const std::invalid_argument& error) {
    std::puts(error.what());
  }
  settings.site_key = "a secret of sixteen bytes or more";
  const auto level = wats::cache::open_redis(settings);
  int answers = 0;
  level->find("key",
              [&answers](const std::optional<wats::cache::Record>& found) { answers += found ? 0 : 1; });
  return answers == 1 && !level->stats().is_available ? 0 : 1;
}
