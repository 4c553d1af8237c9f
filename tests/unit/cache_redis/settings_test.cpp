// Settings that can't work are refused with the name of the setting and what would do.
#include "src/cache_redis/settings.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace wats::cache::redis {
namespace {

using namespace std::chrono_literals;

RedisSettings good() {
  RedisSettings settings;
  settings.site_key = "0123456789abcdef";
  return settings;
}

std::string complaint(const RedisSettings& settings) {
  try {
    check(settings);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return {};
}

TEST(RedisSettings, do_as_they_are_with_a_site_key) {
  EXPECT_EQ(complaint(good()), "");
}

TEST(RedisSettings, are_refused_by_name) {
  using Spoil = std::function<void(RedisSettings&)>;
  const std::vector<std::pair<std::string, Spoil>> bad{
      {"host", [](RedisSettings& settings) { settings.host = ""; }},
      {"host", [](RedisSettings& settings) { settings.host = "two words"; }},
      {"allow_plaintext", [](RedisSettings& settings) { settings.host = "redis.example"; }},
      {"port", [](RedisSettings& settings) { settings.port = 0; }},
      {"port", [](RedisSettings& settings) { settings.port = 65536; }},
      {"unix_socket", [](RedisSettings& settings) { settings.unix_socket = std::string(108, 'x'); }},
      {"user", [](RedisSettings& settings) { settings.user = "wats"; }},
      {"site_key", [](RedisSettings& settings) { settings.site_key = ""; }},
      {"site_key", [](RedisSettings& settings) { settings.site_key = "0123456789abcde"; }},
      {"prefix", [](RedisSettings& settings) { settings.prefix = ""; }},
      {"prefix", [](RedisSettings& settings) { settings.prefix = "a b"; }},
      {"time_limit", [](RedisSettings& settings) { settings.time_limit = 0ms; }},
      {"time_limit", [](RedisSettings& settings) { settings.time_limit = 11s; }},
      {"connect_limit", [](RedisSettings& settings) { settings.connect_limit = -1ms; }},
      {"max_value_bytes", [](RedisSettings& settings) { settings.max_value_bytes = 0; }},
      {"oldest_while_away", [](RedisSettings& settings) { settings.oldest_while_away = -1ms; }},
      {"log_entries", [](RedisSettings& settings) { settings.log_entries = 999; }},
  };
  for (const auto& [name, spoil] : bad) {
    RedisSettings settings = good();
    spoil(settings);
    EXPECT_NE(complaint(settings).find(name), std::string::npos) << name << ": " << complaint(settings);
    EXPECT_THROW((void)open_redis(settings), std::invalid_argument);
  }
}

TEST(RedisSettings, do_not_show_secrets_when_they_are_refused) {
  RedisSettings settings = good();
  settings.site_key = "short secret";
  EXPECT_EQ(complaint(settings).find("short secret"), std::string::npos);
  settings = good();
  settings.password = "a password";
  settings.port = -1;
  EXPECT_EQ(complaint(settings).find("a password"), std::string::npos);
}

TEST(RedisSettings, take_another_machine_only_where_that_is_said) {
  for (const char* const here : {"localhost", "127.0.0.1", "127.255.255.255", "::1"})
    EXPECT_TRUE(is_loopback(here)) << here;
  for (const char* const elsewhere : {"127.0.0.1.example", "127.example", "127.0.0", "127.0.0.256",
                                      "127.0.0.1.1", "10.0.0.1", "localhost.example", "", "::", "127.0.0.1 "})
    EXPECT_FALSE(is_loopback(elsewhere)) << elsewhere;
  RedisSettings settings = good();
  settings.host = "redis.example";
  settings.allow_plaintext = true;
  EXPECT_EQ(complaint(settings), "");
}

}  // namespace
}  // namespace wats::cache::redis
