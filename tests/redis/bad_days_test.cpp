// Redis is killed, held up or emptied: no find waits long, and nothing is given that was changed.
#include "tests/redis/two_stations.hpp"

#include <algorithm>
#include <cstdio>

namespace wats::cache::test {
namespace {

using BadDays = TwoStations;

TEST_F(BadDays, a_level_opens_while_redis_is_away_and_finds_it_later) {
  server_->stop();
  const auto level = open_redis(settings());
  EXPECT_FALSE(find(*level, "key").has_value());
  EXPECT_EQ(level->stats().failed, 1U);
  EXPECT_EQ(level->oldest_to_show(), Duration(10s));
  server_->start();
  ASSERT_TRUE(is_available(*level));
  keep(*level, "key", record("value"));
  EXPECT_TRUE(comes_true([&] { return !level->oldest_to_show().has_value(); }));
}

TEST_F(BadDays, when_redis_is_killed_under_load_every_find_is_answered) {
  std::atomic<int> asked = 0;
  std::atomic<int> answered = 0;
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; !stop; ++n) {
        const std::string key = std::to_string(i) + "/" + std::to_string(n % 100);
        a_->store(key, record("value", {product}), a_->stamp());
        ++asked;
        a_->find(key, [&](const auto&) { ++answered; });
        if (n % 10 == 0) a_->changed(one(product), 0s, nullptr);
        std::this_thread::yield();
      }
    });
  }
  EXPECT_TRUE(comes_true([&] { return a_->stats().missed + a_->stats().refused > 100; }));
  server_->stop();
  EXPECT_TRUE(is_away(*a_));
  server_->start();
  EXPECT_TRUE(is_available(*a_));
  stop = true;
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(comes_true([&] { return answered == asked; }));
}

TEST_F(BadDays, while_redis_is_away_finds_are_answered_at_once) {
  server_->stop();
  ASSERT_TRUE(is_away(*a_));
  int answered = 0;
  const auto begin = Steady::now();
  for (int i = 0; i < 1000; ++i) a_->find("key", [&](const auto& record) { answered += record ? 0 : 1; });
  EXPECT_EQ(answered, 1000);
  EXPECT_LT(Steady::now() - begin, 1s);
  EXPECT_EQ(a_->oldest_to_show(), Duration(10s));
}

TEST_F(BadDays, what_was_changed_during_an_outage_is_heard_afterwards) {
  server_->stop();
  wait_until_both_are_away();
  a_->changed(one(product), 60s, nullptr);
  server_->start();
  const auto change = b_ear_->hears(product);
  ASSERT_TRUE(change.has_value());
  EXPECT_GT(change->settling, 0s);
}

TEST_F(BadDays, what_was_stored_before_a_change_during_a_pause_is_not_found_after_it) {
  keep(*a_, "key", record("older", {product}));
  keep(*a_, "other", record("value", {unit}));
  ASSERT_TRUE(find(*b_, "key").has_value());
  server_->pause();
  wait_until_both_are_away();
  a_->changed(one(product), 0s, nullptr);
  server_->resume();
  wait_until_both_are_back();
  EXPECT_FALSE(find(*a_, "key").has_value());
  ASSERT_TRUE(b_ear_->hears(product).has_value());
  EXPECT_FALSE(find(*b_, "key").has_value());
  EXPECT_TRUE(find(*b_, "other").has_value()) << "a pause is no reason to drop what nobody changed";
}

TEST_F(BadDays, what_was_erased_during_an_outage_is_not_found_afterwards) {
  keep(*a_, "key", record("value"));
  server_->pause();
  ASSERT_TRUE(is_away(*a_));
  a_->erase("key");
  server_->resume();
  ASSERT_TRUE(is_available(*a_));
  EXPECT_FALSE(find(*a_, "key").has_value());
}

TEST_F(BadDays, a_find_is_answered_in_time_when_redis_is_held_up) {
  RedisSettings brief = with_reports();
  brief.time_limit = 50ms;
  const auto level = open(brief);
  server_->pause();
  const auto begin = Steady::now();
  EXPECT_FALSE(find(*level, "key").has_value());
  const auto took = Steady::now() - begin;
  std::printf("held up: answered after %.1f ms\n", std::chrono::duration<double, std::milli>(took).count());
  EXPECT_LT(took, 2s);
  EXPECT_TRUE(is_away(*level));
  server_->resume();
  EXPECT_TRUE(is_available(*level));
}

TEST_F(BadDays, that_redis_is_held_up_is_noticed_though_nobody_asks) {
  server_->pause();
  EXPECT_TRUE(comes_true([&] { return a_->oldest_to_show() == Duration(10s); }));
  EXPECT_TRUE(is_away(*a_));
  server_->resume();
  EXPECT_TRUE(is_available(*a_));
}

TEST_F(BadDays, when_redis_comes_back_empty_everything_may_have_changed) {
  keep(*a_, "key", record("value", {product}));
  server_->stop();
  wait_until_both_are_away();
  server_->start();
  EXPECT_TRUE(b_ear_->hears_of_all().has_value());
  wait_until_both_are_back();
  EXPECT_FALSE(find(*b_, "key").has_value());
  keep(*b_, "key", record("value", {product}));
}

TEST_F(BadDays, a_load_that_began_before_redis_came_back_empty_is_not_kept) {
  synchronize(*a_);
  const Stamp since = a_->stamp();
  server_->stop();
  ASSERT_TRUE(is_away(*a_));
  server_->start();
  ASSERT_TRUE(is_available(*a_));
  a_->store("key", record("older", {product}), since);
  EXPECT_FALSE(find(*a_, "key").has_value());
  EXPECT_EQ(a_->stats().dropped, 1U);
}

TEST_F(BadDays, when_the_log_is_deleted_everything_may_have_changed) {
  keep(*a_, "key", record("value", {product}));
  ASSERT_TRUE(find(*b_, "key").has_value());
  server_->run({"DEL", "wats:log"});
  a_->changed(one(unit), 0s, nullptr);
  EXPECT_TRUE(b_ear_->hears_of_all().has_value());
  wait_until_both_are_back();
  EXPECT_FALSE(find(*b_, "key").has_value());
  EXPECT_TRUE(comes_true([&] { return a_->stats().told == 1; }))
      << "what was to be told is told all the same";
}

TEST_F(BadDays, when_the_log_forgot_what_was_heard_nobody_keeps_anything) {
  keep(*a_, "key", record("value", {product}));
  a_->changed(one(unit), 0s, nullptr);
  ASSERT_TRUE(b_ear_->hears(unit).has_value());
  // As after a failover to a server that did not have it yet.
  const std::string last = server_->run({"XREVRANGE", "wats:log", "+", "-", "COUNT", "1"});
  server_->run({"XDEL", "wats:log", last.substr(0, last.find('\n'))});
  server_->run({"CLIENT", "KILL", "TYPE", "normal"});
  EXPECT_TRUE(b_ear_->hears_of_all().has_value());
  wait_until_both_are_back();
  EXPECT_FALSE(find(*a_, "key").has_value());
  EXPECT_FALSE(find(*b_, "key").has_value());
}

TEST_F(BadDays, who_was_away_for_longer_than_the_log_lasts_drops_everything) {
  RedisSettings forgetful = settings();
  forgetful.log_entries = 1000;
  const auto teller = open(forgetful);
  server_->run({"ACL", "SETUSER", "late", "on", ">a password", "allkeys", "allcommands"});
  RedisSettings alone = settings();
  alone.user = "late";
  alone.password = "a password";
  const auto late = open(alone);
  const auto ear = std::make_shared<Ear>();
  late->listen(ear);
  keep(*late, "key", record("value", {product}));
  ear->forget();
  server_->run({"ACL", "SETUSER", "late", "off"});
  server_->run({"CLIENT", "KILL", "USER", "late"});
  ASSERT_TRUE(is_away(*late));
  for (int i = 0; i < 3000; ++i) teller->changed(one(Tag("flood", std::to_string(i))), 0s, nullptr);
  ASSERT_TRUE(comes_true([&] { return teller->stats().told == 3000; }));
  EXPECT_LT(std::stol(server_->run({"XLEN", "wats:log"})), 2000);
  server_->run({"ACL", "SETUSER", "late", "on"});
  const auto all = ear->hears_of_all();
  ASSERT_TRUE(all.has_value());
  EXPECT_GT(all->settling, 0s) << "a window of a minute may have been among what is not there any more";
  ASSERT_TRUE(is_available(*late));
  EXPECT_FALSE(find(*late, "key").has_value());
  // What the server shows inside that window may be the older state.
  const auto dropped = late->stats().dropped;
  late->store("key", record("value", {product}), late->stamp());
  EXPECT_EQ(late->stats().dropped, dropped + 1);
}

TEST_F(BadDays, a_level_that_comes_when_the_log_was_cut_finds_only_what_came_after_the_cut) {
  RedisSettings forgetful = settings();
  forgetful.log_entries = 1000;
  const auto teller = open(forgetful);
  keep(*teller, "older", record("value", {product}));
  for (int i = 0; i < 3000; ++i) teller->changed(one(Tag("flood", std::to_string(i))), 0s, nullptr);
  ASSERT_TRUE(comes_true([&] { return teller->stats().told == 3000; }));
  synchronize(*teller);
  keep(*teller, "newer", record("value", {product}));
  EXPECT_TRUE(find(*teller, "older").has_value()) << "it has heard everything itself";
  const auto late = open();
  EXPECT_FALSE(find(*late, "older").has_value());
  EXPECT_TRUE(find(*late, "newer").has_value());
}

TEST_F(BadDays, an_outage_is_reported_with_its_reason_and_its_end) {
  server_->stop();
  ASSERT_TRUE(is_away(*a_));
  EXPECT_TRUE(comes_true([&] { return reports().find("refused") != std::string::npos; })) << reports();
  server_->start();
  EXPECT_TRUE(comes_true([&] { return reports().find("is back") != std::string::npos; })) << reports();
}

TEST_F(BadDays, closing_does_not_wait_for_a_redis_that_is_held_up_or_gone) {
  RedisSettings brief = settings();
  brief.time_limit = 50ms;
  for (const bool gone : {false, true}) {
    auto level = open(brief);
    if (gone)
      server_->stop();
    else
      server_->pause();
    level->changed(one(product), 0s, nullptr);
    int answered = 0;
    level->find("key", [&](const auto&) { ++answered; });
    const auto begin = Steady::now();
    level.reset();
    const auto took = Steady::now() - begin;
    std::printf("%s: closed after %.1f ms\n", gone ? "gone" : "held up",
                std::chrono::duration<double, std::milli>(took).count());
    EXPECT_LT(took, 3s);
    EXPECT_EQ(answered, 1);
    server_->resume();
  }
}

TEST_F(BadDays, the_last_reference_may_go_in_an_answer) {
  keep(*a_, "key", record("value"));
  std::promise<void> answered;
  auto own = std::make_shared<std::shared_ptr<SecondLevel>>(open());
  SecondLevel& level = **own;
  level.find("key", [&answered, own](const auto&) {
    own->reset();
    answered.set_value();
  });
  EXPECT_EQ(answered.get_future().wait_for(ample), std::future_status::ready);
}

}  // namespace
}  // namespace wats::cache::test
