// Who can write to Redis plants what he likes, and Redis refuses what it likes: nothing forged is given.
#include "tests/redis/two_stations.hpp"

namespace wats::cache::test {
namespace {

using Distrust = TwoStations;

TEST_F(Distrust, forged_values_are_refused) {
  keep(*a_, "key", record("value", {product}));
  const std::string key = stored_key();
  const std::string good = server_->run({"GET", key});
  std::string other_value = good;
  other_value.back() = 'E';
  for (const std::string& planted : {std::string("planted"), good.substr(0, good.size() - 1), good + "x",
                                     other_value, std::string(3UL * 1024 * 1024, 'x')}) {
    server_->run({"SET", key, planted});
    EXPECT_FALSE(find(*a_, "key").has_value());
  }
  EXPECT_EQ(a_->stats().refused, 5U);
  server_->run({"SET", key, good});
  EXPECT_TRUE(find(*a_, "key").has_value());
}

TEST_F(Distrust, a_value_moved_to_another_key_is_refused) {
  keep(*a_, "key", record("value", {product}));
  const std::string key = stored_key();
  keep(*a_, "other", record("other value", {product}));
  const std::string keys = server_->run({"KEYS", "wats:v:*"});
  for (std::size_t at = 0; at < keys.size(); at = keys.find('\n', at) + 1) {
    const std::string each = keys.substr(at, keys.find('\n', at) - at);
    if (each != key) server_->run({"COPY", key, each, "REPLACE"});
  }
  EXPECT_TRUE(find(*a_, "key").has_value());
  EXPECT_FALSE(find(*a_, "other").has_value());
  EXPECT_EQ(a_->stats().refused, 1U);
}

TEST_F(Distrust, a_value_brought_back_after_a_change_is_refused) {
  keep(*a_, "key", record("older", {product}));
  const std::string key = stored_key();
  const std::string older = server_->run({"GET", key});
  a_->changed(one(product), 0s, nullptr);
  keep(*a_, "key", record("newer", {product}));
  server_->run({"SET", key, older});
  EXPECT_FALSE(find(*a_, "key").has_value());
  ASSERT_TRUE(b_ear_->hears(product).has_value());
  EXPECT_FALSE(find(*b_, "key").has_value());
}

TEST_F(Distrust, what_is_no_value_at_all_does_no_harm) {
  keep(*a_, "key", record("value"));
  const std::string key = stored_key();
  server_->run({"DEL", key});
  server_->run({"RPUSH", key, "a list"});
  EXPECT_FALSE(find(*a_, "key").has_value());
  EXPECT_TRUE(a_->stats().is_available);
  keep(*a_, "key", record("value"));
}

TEST_F(Distrust, forged_entries_of_the_log_are_ignored_and_counted) {
  keep(*a_, "key", record("value", {product}));
  server_->run({"XADD", "wats:log", "*", "m", "planted"});
  server_->run({"XADD", "wats:log", "*", "other", "planted"});
  EXPECT_TRUE(comes_true([&] { return a_->stats().refused == 2; }));
  EXPECT_TRUE(find(*a_, "key").has_value());
  EXPECT_TRUE(b_ear_->heard().empty());
}

TEST_F(Distrust, a_full_redis_keeps_no_values_and_that_is_reported_once) {
  server_->run({"CONFIG", "SET", "maxmemory", "1"});
  a_->store("key", record("value"), a_->stamp());
  a_->store("key", record("value"), a_->stamp());
  EXPECT_TRUE(comes_true([&] { return a_->stats().dropped == 2; }));
  EXPECT_NE(reports().find("OOM"), std::string::npos);
  EXPECT_EQ(reports().find("OOM"), reports().rfind("OOM"));
  EXPECT_TRUE(a_->stats().is_available);
  // Changes that can't be told are another matter: others would not hear them.
  a_->changed(one(product), 0s, nullptr);
  EXPECT_TRUE(is_away(*a_));
  server_->run({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_TRUE(b_ear_->hears(product).has_value());
}

TEST_F(Distrust, a_wrong_password_is_reported_without_it_and_counts_as_away) {
  server_->run({"CONFIG", "SET", "requirepass", "the right password"});
  RedisSettings wrong = with_reports();
  wrong.password = "a wrong password";
  const auto level = open_redis(wrong);
  EXPECT_TRUE(comes_true([&] { return reports().find("WRONGPASS") != std::string::npos; })) << reports();
  EXPECT_EQ(reports().find("a wrong password"), std::string::npos);
  EXPECT_FALSE(find(*level, "key").has_value());
  EXPECT_FALSE(level->stats().is_available);
  wrong.password = "the right password";
  EXPECT_TRUE(is_available(*open(wrong)));
}

TEST_F(Distrust, a_missing_right_is_reported_by_its_name) {
  server_->run({"ACL", "SETUSER", "wats", "on", ">a password", "~wats:*", "-@all", "+time", "+xrange"});
  RedisSettings restricted = with_reports();
  restricted.user = "wats";
  restricted.password = "a password";
  const auto level = open_redis(restricted);
  EXPECT_TRUE(comes_true([&] { return reports().find("NOPERM") != std::string::npos; })) << reports();
  EXPECT_TRUE(comes_true([&] { return reports().find("xread") != std::string::npos; })) << reports();
}

}  // namespace
}  // namespace wats::cache::test
