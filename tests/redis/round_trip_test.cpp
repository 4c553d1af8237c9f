// One level on a Redis that is there: what is stored is found, and what was changed is not.
#include "tests/redis/support.hpp"

#include <array>

namespace wats::cache::test {
namespace {

using RoundTrip = OnRedis;

TEST_F(RoundTrip, what_is_stored_is_found_as_it_was_by_every_level) {
  const auto one = open();
  const auto other = open();
  Record stored = record(std::string("bytes\0with a zero", 17), {product, unit});
  stored.ttl = 1234ms;
  keep(*one, "key", stored);
  const auto found = find(*other, "key");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->bytes, stored.bytes);
  EXPECT_EQ(found->born, stored.born);
  EXPECT_EQ(found->ttl, stored.ttl);
  EXPECT_EQ(found->kept_stale, stored.kept_stale);
  EXPECT_EQ(found->tags, stored.tags);
  EXPECT_EQ(other->stats().found, 1U);
}

TEST_F(RoundTrip, what_nobody_stored_is_missed) {
  const auto level = open();
  EXPECT_FALSE(find(*level, "key").has_value());
  EXPECT_EQ(level->stats().missed, 1U);
}

TEST_F(RoundTrip, what_is_erased_is_missed) {
  const auto level = open();
  keep(*level, "key", record("value"));
  level->erase("key");
  EXPECT_FALSE(find(*level, "key").has_value());
}

TEST_F(RoundTrip, goes_over_a_unix_socket_as_well) {
  RedisSettings over_socket = settings();
  over_socket.unix_socket = server_->unix_socket();
  over_socket.host.clear();
  const auto level = open(over_socket);
  keep(*level, "key", record("value"));
}

TEST_F(RoundTrip, nothing_of_a_key_is_in_redis_in_clear) {
  const auto level = open();
  keep(*level, "a very secret key", record("value"));
  const std::string keys = server_->run({"KEYS", "*"});
  EXPECT_NE(keys.find("wats:v:"), std::string::npos);
  EXPECT_EQ(keys.find("secret"), std::string::npos);
}

TEST_F(RoundTrip, who_has_changed_a_tag_does_not_find_what_depends_on_it) {
  const auto level = open();
  keep(*level, "depends", record("value", {unit, product}));
  keep(*level, "does not", record("value", {unit}));
  level->changed(one(product), 0s, nullptr);
  EXPECT_FALSE(find(*level, "depends").has_value());
  EXPECT_TRUE(find(*level, "does not").has_value());
  EXPECT_EQ(level->stats().refused, 1U);
}

TEST_F(RoundTrip, who_has_changed_everything_finds_nothing) {
  const auto level = open();
  keep(*level, "tagged", record("value", {product}));
  keep(*level, "untagged", record("value"));
  level->changed_all(0s, nullptr);
  EXPECT_FALSE(find(*level, "tagged").has_value());
  EXPECT_FALSE(find(*level, "untagged").has_value());
  keep(*level, "untagged", record("a new value"));
}

TEST_F(RoundTrip, what_was_changed_while_it_was_loaded_is_not_kept) {
  const auto level = open();
  const Stamp since = level->stamp();
  level->changed(one(product), 0s, nullptr);
  level->store("key", record("older", {product}), since);
  EXPECT_FALSE(find(*level, "key").has_value());
  EXPECT_EQ(level->stats().dropped, 1U);
  synchronize(*level);
  level->store("key", record("older", {product}), since);
  EXPECT_FALSE(find(*level, "key").has_value());
  keep(*level, "key", record("newer", {product}));
}

TEST_F(RoundTrip, what_is_out_of_time_or_too_large_is_not_kept) {
  RedisSettings small = settings();
  small.max_value_bytes = 10;
  const auto level = open(small);
  Record old = record("value");
  old.born -= old.ttl + old.kept_stale;
  level->store("old", old, level->stamp());
  level->store("large", record("eleven byte"), level->stamp());
  keep(*level, "as large as it may be", record("ten bytes!"));
  EXPECT_FALSE(find(*level, "old").has_value());
  EXPECT_FALSE(find(*level, "large").has_value());
  EXPECT_EQ(level->stats().dropped, 2U);
}

TEST_F(RoundTrip, redis_drops_what_is_out_of_time_itself) {
  const auto level = open();
  Record brief = record("value");
  brief.ttl = 30s;
  brief.kept_stale = 40s;
  keep(*level, "key", brief);
  const std::string key = server_->run({"KEYS", "wats:v:*"});
  const auto left = std::stol(server_->run({"PTTL", key.substr(0, key.find('\n'))}));
  EXPECT_GT(left, 30'000);
  EXPECT_LE(left, 70'000);
}

TEST_F(RoundTrip, a_record_from_the_future_is_not_shown_until_then) {
  const auto level = open();
  RedisSettings behind = settings();
  behind.wall_now = [] {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now()) - 1h;
  };
  const auto other = open(behind);
  keep(*level, "key", record("value"));
  EXPECT_FALSE(find(*other, "key").has_value());
  EXPECT_EQ(other->stats().refused, 1U);
}

TEST_F(RoundTrip, the_same_secret_is_the_same_identity_everywhere_and_tells_nothing) {
  const auto level = open();
  const auto other = open();
  RedisSettings another_site = settings();
  another_site.site_key = "another secret of these tests";
  EXPECT_EQ(level->identity("token"), other->identity("token"));
  EXPECT_NE(level->identity("token"), level->identity("other token"));
  EXPECT_NE(level->identity("token"), open(another_site)->identity("token"));
  EXPECT_EQ(level->identity("token").find("token"), std::string::npos);
}

TEST_F(RoundTrip, an_account_with_no_more_rights_than_documented_is_enough) {
  server_->run({"ACL", "SETUSER", "wats", "on", ">a password", "resetkeys", "~wats:*", "resetchannels",
                "-@all", "+getrange", "+set", "+del", "+xadd", "+xrange", "+xread", "+time"});
  RedisSettings restricted = settings();
  restricted.user = "wats";
  restricted.password = "a password";
  const auto level = open(restricted);
  keep(*level, "key", record("value", {product}));
  level->changed(one(product), 0s, nullptr);
  level->erase("key");
  EXPECT_FALSE(find(*level, "key").has_value());
  EXPECT_TRUE(comes_true([&] { return level->stats().told == 1; }));
}

TEST_F(RoundTrip, more_finds_than_can_wait_are_answered_as_well) {
  const auto level = open();
  keep(*level, "key", record(std::string(100'000, 'x')));
  std::atomic<int> answers = 0;
  constexpr int asked = 5000;
  for (int i = 0; i < asked; ++i) level->find("key", [&](const auto&) { ++answers; });
  EXPECT_TRUE(comes_true([&] { return answers == asked; }));
}

TEST_F(RoundTrip, more_stores_than_can_wait_are_dropped_and_counted) {
  const auto level = open();
  constexpr std::uint64_t stored = 100;
  for (std::uint64_t i = 0; i < stored; ++i)
    level->store("key " + std::to_string(i), record(std::string(1024UL * 1024, 'x')), level->stamp());
  EXPECT_TRUE(comes_true([&] {
    const auto stats = level->stats();
    return stats.stored + stats.dropped == stored;
  }));
  EXPECT_GT(level->stats().stored, 0U);
}

}  // namespace
}  // namespace wats::cache::test
