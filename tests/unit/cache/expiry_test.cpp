// How long a value lives: by chance, by its own measure, since its last use; what is known not to be; what
// the owner is told.
#include "tests/unit/cache/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <exception>
#include <limits>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

namespace wats::cache::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string key_of(int number) {
  return "key" + std::to_string(number);
}

TEST(Expiry, what_has_expired_leaves_as_others_come_without_being_looked_at) {
  FakeClock clock;
  IntCache cache({.ttl = 10s, .now = clock.function()});
  for (int i = 0; i < 5000; ++i) cache.put(key_of(i), number(i));
  clock.advance(1min);
  // Each part of the cache cleans up as something comes to it.
  for (int i = 5000; i < 6000; ++i) cache.put(key_of(i), number(i));
  const Stats stats = cache.stats();
  EXPECT_EQ(stats.removed(Cause::expired).entries, 5000U);
  EXPECT_EQ(stats.entries, 1000U);
}

TEST(Expiry, room_is_made_of_what_has_expired_first) {
  FakeClock clock;
  IntCache cache({.max_entries = 3, .ttl = 1h, .now = clock.function()});
  cache.put("lives", number(1));
  cache.put("short", number(2), {.ttl = 1s});
  cache.put("lives too", number(3));
  clock.advance(5s);
  cache.put("new", number(4));
  EXPECT_TRUE(cache.find("lives"));
  EXPECT_EQ(cache.stats().removed(Cause::capacity).entries, 0U);
}

TEST(Expiry, comes_by_chance_within_its_part_of_the_time_to_live) {
  FakeClock clock;
  IntCache cache({.ttl = 100s, .jitter = 0.2, .now = clock.function()});
  for (int i = 0; i < 200; ++i) cache.put(key_of(i), number(i));
  std::multiset<Duration> lifetimes;
  for (int i = 0; i < 200; ++i) lifetimes.insert(cache.explain(key_of(i)).lifetime);
  EXPECT_GT(*lifetimes.begin(), 80s - 1ms);
  EXPECT_LE(*lifetimes.rbegin(), 100s);
  EXPECT_LT(*lifetimes.begin(), 82s);
  EXPECT_GT(*lifetimes.rbegin(), 98s);
}

TEST(Expiry, after_access_is_put_off_by_each_use_and_by_nothing_else) {
  FakeClock clock;
  IntCache cache({.ttl = 1h, .idle_ttl = 10s, .shards = 1, .now = clock.function()});
  cache.put("used", number(1));
  cache.put("idle", number(2));
  clock.advance(10s - 1ms);
  EXPECT_TRUE(cache.find("used"));
  EXPECT_EQ(cache.explain("idle").state, Explanation::State::fresh);
  clock.advance(1ms);
  EXPECT_FALSE(cache.find("idle"));
  EXPECT_TRUE(cache.find("used"));
  clock.advance(10s);
  EXPECT_FALSE(cache.find("used"));
  cache.put("used", number(3));
  clock.advance(5s);
  cache.put("used", number(4));
  clock.advance(5s);
  EXPECT_TRUE(cache.find("used"));
  clock.advance(1min);
  cache.put("other", number(5));
  EXPECT_EQ(cache.stats().removed(Cause::expired).entries, 3U);
  EXPECT_EQ(cache.stats().entries, 1U);
}

TEST(Expiry, after_access_comes_no_later_than_the_time_to_live) {
  FakeClock clock;
  IntCache cache({.ttl = 15s, .idle_ttl = 10s, .now = clock.function()});
  cache.put("a", number(1));
  clock.advance(9s);
  EXPECT_TRUE(cache.find("a"));
  clock.advance(6s);
  EXPECT_FALSE(cache.find("a"));
}

TEST(Hooks, tell_how_long_a_value_lives_and_what_it_weighs) {
  FakeClock clock;
  IntCache::Hooks hooks;
  hooks.ttl = [](const std::string&, const int& value) { return std::chrono::seconds(value); };
  hooks.weigh = [](const std::string&, const int& value) { return static_cast<std::size_t>(value) * 100; };
  IntCache cache({.now = clock.function()}, hooks);
  cache.put("a", number(5));
  EXPECT_EQ(cache.explain("a").lifetime, 5s);
  EXPECT_EQ(cache.explain("a").bytes, IntCache::weight_of("a", 500));
  // Who stores knows better.
  cache.put("a", number(5), {.ttl = 7s, .bytes = 7});
  EXPECT_EQ(cache.explain("a").lifetime, 7s);
  EXPECT_EQ(cache.explain("a").bytes, IntCache::weight_of("a", 7));
  EXPECT_FALSE(cache.put("a", number(0)));
}

TEST(Hooks, that_throw_reach_who_stores_and_leave_nothing_half_done) {
  IntCache::Hooks hooks;
  hooks.weigh = [](const std::string&, const int&) -> std::size_t { throw std::runtime_error("no scales"); };
  IntCache cache({}, hooks);
  EXPECT_THROW(cache.put("a", number(1)), std::runtime_error);
  EXPECT_THROW(cache.get("b", [] { return number(2); }), std::runtime_error);
  // Neither is stored, and nobody waits for a load that has ended.
  EXPECT_EQ(cache.stats().entries, 0U);
  EXPECT_FALSE(cache.explain("b").loading_for);
}

TEST(Hooks, are_told_what_left_and_why_once_it_has) {
  FakeClock clock;
  std::vector<std::tuple<std::string, int, Cause>> told;
  IntCache* cache_told_of = nullptr;
  IntCache::Hooks hooks;
  hooks.on_removed = [&](const std::string& key, const IntCache::Pointer& value, Cause cause) {
    // It may use the cache: no lock is held.
    EXPECT_NE(cache_told_of->explain("other").state, Explanation::State::stale);
    told.emplace_back(key, value ? *value : -1, cause);
  };
  IntCache cache({.max_entries = 2, .ttl = 10s, .negative_ttl = 10s, .now = clock.function()}, hooks);
  cache_told_of = &cache;
  cache.put("a", number(1));
  cache.put("a", number(2));
  EXPECT_THAT(told, ElementsAre(std::tuple("a", 1, Cause::replaced)));
  cache.put("b", nullptr);
  cache.put("c", number(3), tagged({Tag("t")}));
  EXPECT_EQ(told.back(), std::tuple("a", 2, Cause::capacity));
  cache.erase("b");
  EXPECT_EQ(told.back(), std::tuple("b", -1, Cause::erased));
  cache.invalidate(Tag("t"));
  cache.purge();
  EXPECT_EQ(told.back(), std::tuple("c", 3, Cause::invalidated));
  cache.put("d", number(4));
  clock.advance(10s);
  cache.purge();
  EXPECT_EQ(told.back(), std::tuple("d", 4, Cause::expired));
  cache.put("e", number(5));
  cache.clear();
  EXPECT_EQ(told.back(), std::tuple("e", 5, Cause::cleared));
  EXPECT_EQ(told.size(), 6U);
}

TEST(Hooks, are_told_how_loads_ended_and_how_long_they_took) {
  FakeClock clock;
  std::vector<std::tuple<std::string, LandingKind, Duration>> told;
  IntCache::Hooks hooks;
  hooks.on_loaded = [&](const std::string& key, const IntCache::Landing& landing, Duration took) {
    told.emplace_back(key, landing.kind, took);
  };
  IntCache cache({.now = clock.function()}, hooks);
  cache.get("a", [&] {
    clock.advance(2s);
    return number(1);
  });
  EXPECT_THROW(cache.get("b",
                         [&]() -> IntCache::Pointer {
                           clock.advance(3s);
                           throw std::runtime_error("gone");
                         }),
               std::runtime_error);
  EXPECT_THAT(told, ElementsAre(std::tuple("a", LandingKind::value, Duration(2s)),
                                std::tuple("b", LandingKind::failure, Duration(3s))));
  EXPECT_EQ(cache.stats().load_time, 5s);
}

TEST(Negative, is_remembered_for_its_own_time) {
  FakeClock clock;
  IntCache cache({.ttl = 1h, .negative_ttl = 10s, .now = clock.function()});
  int loads = 0;
  const auto nothing = [&]() -> IntCache::Pointer {
    ++loads;
    return nullptr;
  };
  EXPECT_EQ(cache.get("a", nothing), nullptr);
  EXPECT_EQ(cache.get("a", nothing), nullptr);
  EXPECT_EQ(loads, 1);
  const auto hit = cache.find("a");
  EXPECT_TRUE(hit);
  EXPECT_TRUE(hit.is_negative());
  clock.advance(10s);
  EXPECT_EQ(cache.get("a", nothing), nullptr);
  EXPECT_EQ(loads, 2);
  const Stats stats = cache.stats();
  EXPECT_EQ(stats.negative, 2U);
  EXPECT_EQ(stats.fresh, 0U);
  EXPECT_EQ(stats.misses, 2U);
}

TEST(Negative, is_remembered_no_longer_than_the_cache_says_and_by_default_not_at_all) {
  FakeClock clock;
  IntCache cache({.now = clock.function()});
  EXPECT_FALSE(cache.put("a", nullptr, {.ttl = 1h}));
  EXPECT_FALSE(cache.find("a"));
  IntCache other({.negative_ttl = 5s, .now = clock.function()});
  EXPECT_TRUE(other.put("a", nullptr, {.ttl = 1h}));
  EXPECT_EQ(other.explain("a").lifetime, 5s);
}

TEST(Negative, goes_with_its_tags_and_with_the_value_that_came) {
  IntCache cache({.negative_ttl = 10s});
  cache.put("a", nullptr, tagged({Tag("t")}));
  EXPECT_TRUE(cache.find("a").is_negative());
  cache.invalidate(Tag("t"));
  EXPECT_FALSE(cache.find("a"));
  cache.put("a", nullptr);
  cache.put("a", number(1));
  EXPECT_EQ(*cache.find("a").value, 1);
}

TEST(Resize, removes_what_is_too_much_and_lets_more_in_later) {
  IntCache cache({.max_entries = 1000, .max_bytes = 1U << 20U, .shards = 4});
  for (int i = 0; i < 1000; ++i) cache.put(key_of(i), number(i));
  cache.resize(100, 1U << 20U);
  EXPECT_EQ(cache.stats().entries, 100U);
  EXPECT_EQ(cache.stats().removed(Cause::capacity).entries, 900U);
  cache.resize(1000, 5000);
  EXPECT_LE(cache.stats().bytes, 5000U);
  cache.resize(0, 0);
  EXPECT_EQ(cache.stats().entries, 0U);
  EXPECT_FALSE(cache.put("a", number(1)));
  cache.resize(10, 1U << 20U);
  EXPECT_TRUE(cache.put("a", number(1)));
}

TEST(Resize, removes_what_has_expired_before_what_lives) {
  FakeClock clock;
  IntCache cache({.max_entries = 100, .now = clock.function()});
  for (int i = 0; i < 10; ++i) cache.put(key_of(i), number(i));
  for (int i = 10; i < 20; ++i) cache.put(key_of(i), number(i), {.ttl = 1s});
  clock.advance(5s);
  cache.resize(10, 1U << 20U);
  EXPECT_EQ(cache.stats().removed(Cause::expired).entries, 10U);
  EXPECT_EQ(cache.stats().removed(Cause::capacity).entries, 0U);
}

TEST(Explain, calls_expired_what_nobody_used) {
  FakeClock clock;
  IntCache cache({.idle_ttl = 10s, .stale = {.if_error = 1min}, .now = clock.function()});
  cache.put("a", number(1));
  clock.advance(11s);
  EXPECT_EQ(cache.explain("a").state, Explanation::State::expired);
}

TEST(Hooks, that_weigh_more_than_anything_keep_a_value_out) {
  IntCache::Hooks hooks;
  hooks.weigh = [](const std::string&, const int&) { return std::numeric_limits<std::size_t>::max(); };
  IntCache cache({.max_bytes = std::numeric_limits<std::size_t>::max()}, hooks);
  EXPECT_FALSE(cache.put("a", number(1)));
  EXPECT_EQ(cache.stats().bytes, 0U);
}

TEST(Explain, says_what_is_stored_and_what_is_done_about_it) {
  FakeClock clock;
  IntCache cache({.ttl = 10s, .negative_ttl = 5s, .stale = {.if_error = 1min}, .now = clock.function()});
  EXPECT_EQ(cache.explain("a").text(), "nothing is stored");
  cache.put("a", number(1), tagged({Tag("t"), Tag("u")}));
  cache.put("none", nullptr);
  clock.advance(3s);
  const Explanation fresh = cache.explain("a");
  EXPECT_EQ(fresh.state, Explanation::State::fresh);
  EXPECT_EQ(fresh.age, 3s);
  EXPECT_EQ(fresh.left, 7s);
  EXPECT_EQ(fresh.tags, 2U);
  EXPECT_EQ(fresh.text(), "fresh for 7.000 s; loaded 3.000 s ago to live 10.000 s, " +
                              std::to_string(fresh.bytes) + " bytes, 2 tags");
  EXPECT_EQ(name_of(cache.explain("none").state), "negative");
  clock.advance(9s);
  EXPECT_EQ(cache.explain("none").state, Explanation::State::expired);
  EXPECT_THAT(cache.explain("a").text(), HasSubstr("stale since 2.000 s"));
  EXPECT_EQ(*cache.get("a", []() -> IntCache::Pointer { throw std::runtime_error("gone"); }), 1);
  EXPECT_THAT(cache.explain("a").text(),
              HasSubstr("the last 1 refreshes failed, the next may begin in 1.000 s"));
  auto lookup = cache.find_or_join("b", {}, std::make_shared<Recorder>());
  clock.advance(1s);
  EXPECT_EQ(cache.explain("b").text(), "nothing is stored; a load is under way since 1.000 s");
  cache.invalidate(Tag("u"));
  EXPECT_EQ(cache.explain("a").state, Explanation::State::invalidated);
  const Stats before = cache.stats();
  static_cast<void>(cache.explain("a"));
  EXPECT_EQ(cache.stats().misses, before.misses);
}

}  // namespace
}  // namespace wats::cache::test
