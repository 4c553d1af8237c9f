// Values that another store had kept: how old they are, and when they stand in for a load.
#include "support.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <exception>
#include <memory>
#include <stdexcept>

namespace wats::cache::test {
namespace {

TEST(KeptElsewhere, what_was_kept_elsewhere_stands_in_for_a_load_that_fails) {
  FakeClock clock;
  IntCache cache({.ttl = 10s, .stale = {.if_error = 1h}, .now = clock.function()});
  const auto waiter = std::make_shared<Recorder>();
  auto lookup = cache.find_or_join("a", {}, std::make_shared<Recorder>());
  EXPECT_TRUE(lookup.lead().keep_meanwhile(number(1), {.age = 10min}));
  // It is not fresh: who asks waits for the load.
  EXPECT_TRUE(cache.find_or_join("a", {}, waiter).joined());
  lookup.lead().fail(std::make_exception_ptr(std::runtime_error("away")));
  ASSERT_EQ(waiter->landings.size(), 1U);
  EXPECT_TRUE(waiter->landings[0].is_stale);
  EXPECT_EQ(*waiter->landings[0].value, 1);
  EXPECT_EQ(waiter->landings[0].age, 10min);
}

TEST(KeptElsewhere, what_is_kept_meanwhile_gives_way_to_the_load_and_to_changes) {
  FakeClock clock;
  IntCache cache({.ttl = 10s, .stale = {.if_error = 1h}, .now = clock.function()});
  auto lookup = cache.find_or_join("a", {}, std::make_shared<Recorder>());
  EXPECT_TRUE(lookup.lead().keep_meanwhile(number(1), {.age = 10min}));
  EXPECT_TRUE(lookup.lead().land(number(2)));
  EXPECT_EQ(*cache.find("a").value, 2);
  auto other = cache.find_or_join("b", one(Tag("t")), std::make_shared<Recorder>());
  cache.invalidate(Tag("t"));
  EXPECT_FALSE(other.lead().keep_meanwhile(number(1), {.age = 10min}));
  auto overtaken = cache.find_or_join("c", {}, std::make_shared<Recorder>());
  cache.put("c", number(3));
  EXPECT_FALSE(overtaken.lead().keep_meanwhile(number(1), {.age = 1s}));
  EXPECT_EQ(*cache.find("c").value, 3);
}

TEST(KeptElsewhere, what_is_kept_meanwhile_neither_replaces_nor_removes_what_is_younger) {
  FakeClock clock;
  IntCache cache({.ttl = 10s, .stale = {.if_error = 1h}, .now = clock.function()});
  cache.put("a", number(2));
  clock.advance(1min);
  auto lookup = cache.find_or_join("a", {}, std::make_shared<Recorder>());
  EXPECT_FALSE(lookup.lead().keep_meanwhile(number(1), {.age = 10min}));
  EXPECT_FALSE(lookup.lead().keep_meanwhile(number(1), {.age = 10h}));
  const auto told = lookup.lead().fail(std::make_exception_ptr(std::runtime_error("away")));
  ASSERT_EQ(told.kind, LandingKind::value);
  EXPECT_EQ(*told.value, 2);
}

TEST(KeptElsewhere, what_is_kept_meanwhile_does_not_shorten_the_pause_after_failures) {
  FakeClock clock;
  IntCache cache({.ttl = 10s, .stale = {.if_error = 1h}, .now = clock.function()});
  Duration pause{0};
  for (int failures = 0; failures < 3; ++failures) {
    auto lookup = cache.find_or_join("a", {}, std::make_shared<Recorder>());
    ASSERT_TRUE(lookup.lead()) << failures;
    lookup.lead().keep_meanwhile(number(1), {.age = 10min});
    (void)lookup.lead().fail(std::make_exception_ptr(std::runtime_error("away")));
    const Duration next = cache.explain("a").next_refresh_in;
    EXPECT_GT(next, pause);
    pause = next;
    clock.advance(pause);
  }
}

TEST(KeptElsewhere, a_value_whose_time_was_over_elsewhere_is_handed_on_as_such_and_not_stored) {
  IntCache cache;
  const auto waiter = std::make_shared<Recorder>();
  auto lookup = cache.find_or_join("a", {}, std::make_shared<Recorder>());
  EXPECT_TRUE(cache.find_or_join("a", {}, waiter).joined());
  EXPECT_FALSE(lookup.lead().land(number(1), {.age = 1h, .is_stale = true}));
  ASSERT_EQ(waiter->landings.size(), 1U);
  EXPECT_TRUE(waiter->landings[0].is_stale);
  EXPECT_FALSE(cache.find("a"));
}

}  // namespace
}  // namespace wats::cache::test
