// What a call may take from the cache and leave there.
#include "wats/policy/freshness.hpp"

#include <gtest/gtest.h>

namespace wats::policy {
namespace {

using std::chrono::hours;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr FreshnessRule fixed{.ttl = hours(1), .may_join = true};
constexpr FreshnessRule live{.may_join = true, .may_opt_in = true};
constexpr FreshnessRule never{};

TEST(Freshness, a_stored_class_is_looked_up_joined_and_stored) {
  const CacheUse use = decide(fixed, Reuse::normal, std::nullopt);
  EXPECT_TRUE(use.uses_cache && use.look_up && use.join && use.store);
  EXPECT_EQ(use.ttl, hours(1));
  EXPECT_FALSE(use.max_age.has_value());
}

TEST(Freshness, a_stored_class_respects_the_age_that_the_caller_asks_for) {
  EXPECT_EQ(decide(fixed, Reuse::normal, seconds(2)).max_age, nanoseconds(seconds(2)));
  EXPECT_EQ(decide(fixed, Reuse::normal, seconds(2)).ttl, hours(1));
}

TEST(Freshness, live_reads_are_joined_but_neither_found_nor_stored) {
  const CacheUse use = decide(live, Reuse::normal, std::nullopt);
  EXPECT_TRUE(use.uses_cache && use.join);
  EXPECT_FALSE(use.store || use.look_up);
  EXPECT_EQ(use.max_age, nanoseconds(0));
}

TEST(Freshness, a_greatest_age_opts_a_live_read_in) {
  const CacheUse use = decide(live, Reuse::normal, seconds(2));
  EXPECT_TRUE(use.store && use.look_up);
  EXPECT_EQ(use.ttl, seconds(2));
  EXPECT_EQ(use.max_age, nanoseconds(seconds(2)));
  EXPECT_FALSE(decide(live, Reuse::normal, seconds(0)).store);
}

TEST(Freshness, interlocks_touch_the_cache_in_no_mode_and_with_no_age) {
  for (const Reuse reuse : {Reuse::normal, Reuse::fresh, Reuse::bypass}) {
    EXPECT_FALSE(decide(never, reuse, std::nullopt).uses_cache);
    EXPECT_FALSE(decide(never, reuse, seconds(60)).uses_cache);
  }
}

TEST(Freshness, fresh_stores_for_others_but_takes_nothing) {
  const CacheUse use = decide(fixed, Reuse::fresh, std::nullopt);
  EXPECT_TRUE(use.uses_cache && use.store);
  EXPECT_FALSE(use.look_up || use.join);
}

TEST(Freshness, bypass_leaves_the_cache_alone) {
  EXPECT_FALSE(decide(fixed, Reuse::bypass, std::nullopt).uses_cache);
}

TEST(Freshness, a_class_whose_time_to_live_is_zero_is_still_joined) {
  const CacheUse use = decide({.ttl = seconds(0), .may_join = true}, Reuse::normal, std::nullopt);
  EXPECT_TRUE(use.join);
  EXPECT_FALSE(use.store || use.look_up);
}

}  // namespace
}  // namespace wats::policy
