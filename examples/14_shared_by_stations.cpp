// Stations that share a Redis: what one was answered the others need not ask, and a change reaches all.
#include "wats/cache_redis/redis_level.hpp"
#include "wats/wats.hpp"

#include <chrono>
#include <iostream>
#include <string_view>

int main() {
  using namespace std::chrono_literals;
  // Without a Redis at this place it works as well, only that nothing is shared.
  wats::cache::RedisSettings redis;
  redis.host = "127.0.0.1";
  redis.port = 6379;
  // All stations have the same one, from a file that only they can read.
  redis.site_key = "sixteen bytes or more, and nobody else's";
  redis.report = [](std::string_view line) { std::cout << line << "\n"; };

  wats::CacheSettings cache;
  cache.second_level = wats::cache::open_redis(redis);
  const wats::Client client(wats::load_options().value().cache(cache));

  const auto processes = client.processes().list().value();
  std::cout << processes->size() << " processes\n";
  const auto level = client.stats().second_level();
  if (!level) return 1;
  std::cout << (level->is_available ? "Redis is there: " : "Redis is away: ") << level->found << " found, "
            << level->stored << " left for others\n";
  return 0;
}
