// One load per key at a time, and which loads may be joined, shown and stored when something changes
// meanwhile.
#include "support.hpp"

#include <gtest/gtest.h>

#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace wats::cache::test {
namespace {

class SingleFlight : public testing::Test {
 protected:
  IntCache::Lookup ask(std::string_view key = "key", LookupOptions options = {}) {
    return cache_.find_or_join(key, one(tag_), waiter_, options);
  }
  // Joins, or fails the test.
  std::shared_ptr<Recorder> join(std::string_view key = "key") {
    auto waiter = std::make_shared<Recorder>();
    EXPECT_TRUE(cache_.find_or_join(key, one(tag_), waiter).joined());
    return waiter;
  }
  static void expect_value(const std::shared_ptr<Recorder>& waiter, int value) {
    ASSERT_EQ(waiter->landings.size(), 1U);
    ASSERT_EQ(waiter->landings[0].kind, LandingKind::value);
    EXPECT_EQ(*waiter->landings[0].value, value);
  }
  static void expect_abandoned(const std::shared_ptr<Recorder>& waiter) {
    ASSERT_EQ(waiter->landings.size(), 1U);
    EXPECT_EQ(waiter->landings[0].kind, LandingKind::abandoned);
  }

  FakeClock clock_;
  IntCache cache_{{.now = clock_.function()}};
  const Tag tag_{"tag"};
  const Tag learnt_{"learnt"};
  const Tag unrelated_{"unrelated"};
  std::shared_ptr<Recorder> waiter_ = std::make_shared<Recorder>();
};

TEST_F(SingleFlight, the_first_leads_the_next_join_and_later_ones_hit) {
  auto first = ask();
  ASSERT_TRUE(first.lead());
  EXPECT_FALSE(first.hit());
  EXPECT_FALSE(first.joined());
  EXPECT_EQ(first.lead().key(), "key");
  const auto one_waiter = join();
  const auto another = join();
  EXPECT_TRUE(first.lead().land(number(5)));
  EXPECT_FALSE(first.lead());
  expect_value(one_waiter, 5);
  expect_value(another, 5);
  auto late = ask();
  ASSERT_TRUE(late.hit());
  EXPECT_EQ(*late.hit().value, 5);
  EXPECT_FALSE(late.joined());
  EXPECT_FALSE(late.lead());
  const Stats stats = cache_.stats();
  EXPECT_EQ(stats.misses, 1U);
  EXPECT_EQ(stats.loads, 1U);
  EXPECT_EQ(stats.joined, 2U);
  EXPECT_EQ(stats.fresh, 1U);
  EXPECT_EQ(stats.inserts, 1U);
}

TEST_F(SingleFlight, other_keys_fly_on_their_own) {
  auto first = ask("a");
  auto second = ask("b");
  EXPECT_TRUE(first.lead());
  EXPECT_TRUE(second.lead());
}

TEST_F(SingleFlight, a_waiter_is_only_made_to_join) {
  int made = 0;
  const auto make = [&] {
    ++made;
    return std::make_shared<Recorder>();
  };
  auto lead = cache_.find_or_join("key", {}, make);
  EXPECT_EQ(made, 0);
  EXPECT_TRUE(cache_.find_or_join("key", {}, make).joined());
  EXPECT_EQ(made, 1);
  lead.lead().land(number(1));
  EXPECT_TRUE(cache_.find_or_join("key", {}, make).hit());
  EXPECT_EQ(made, 1);
}

TEST_F(SingleFlight, a_load_that_lands_while_a_waiter_is_made_is_a_hit) {
  auto lead = ask();
  auto late = cache_.find_or_join("key", {}, [&] {
    lead.lead().land(number(3));
    return waiter_;
  });
  ASSERT_TRUE(late.hit());
  EXPECT_EQ(*late.hit().value, 3);
  EXPECT_TRUE(waiter_->landings.empty());
}

TEST_F(SingleFlight, a_load_that_is_given_up_while_a_waiter_is_made_passes_to_the_asker) {
  std::optional<IntCache::Lookup> lead(ask());
  auto late = cache_.find_or_join("key", {}, [&] {
    lead.reset();
    return waiter_;
  });
  EXPECT_TRUE(late.lead());
  EXPECT_TRUE(waiter_->landings.empty());
}

TEST_F(SingleFlight, a_load_that_began_before_an_invalidation_is_shown_to_who_joined_before_but_not_stored) {
  auto lead = ask();
  const auto early = join();
  cache_.invalidate(tag_);
  EXPECT_FALSE(lead.lead().land(number(1)));
  expect_value(early, 1);
  EXPECT_FALSE(cache_.find("key"));
  EXPECT_EQ(cache_.stats().refused, 1U);
}

TEST_F(SingleFlight, who_arrives_after_an_invalidation_leads_a_new_load_that_replaces_the_old_one) {
  auto old = ask();
  const auto early = join();
  cache_.invalidate(tag_);
  auto fresh = ask();
  ASSERT_TRUE(fresh.lead());
  const auto late = join();
  // The old load neither completes nor removes the new one.
  EXPECT_FALSE(old.lead().land(number(1)));
  expect_value(early, 1);
  EXPECT_TRUE(late->landings.empty());
  EXPECT_FALSE(cache_.find("key"));
  const auto later = join();
  EXPECT_TRUE(fresh.lead().land(number(2)));
  expect_value(late, 2);
  expect_value(later, 2);
  EXPECT_EQ(*cache_.find("key").value, 2);
}

TEST_F(SingleFlight, an_old_load_that_lands_after_the_new_one_changes_nothing) {
  auto old = ask();
  cache_.invalidate(tag_);
  auto fresh = ask();
  fresh.lead().land(number(2));
  EXPECT_FALSE(old.lead().land(number(1)));
  EXPECT_EQ(*cache_.find("key").value, 2);
}

TEST_F(SingleFlight, an_old_load_that_is_given_up_or_fails_leaves_the_new_one_alone) {
  std::optional<IntCache::Lookup> old(ask());
  cache_.invalidate(tag_);
  std::optional<IntCache::Lookup> newer(ask());
  cache_.invalidate(tag_);
  auto newest = ask();
  old.reset();
  newer->lead().fail(std::make_exception_ptr(std::runtime_error("refused")));
  const auto late = join();
  newest.lead().land(number(3));
  expect_value(late, 3);
}

TEST_F(SingleFlight, an_invalidation_of_another_tag_leaves_a_load_alone) {
  auto lead = ask();
  cache_.invalidate(unrelated_);
  const auto late = join();
  EXPECT_TRUE(lead.lead().land(number(1)));
  expect_value(late, 1);
}

TEST_F(SingleFlight, the_tags_of_the_asker_count_as_well_as_those_of_the_load) {
  auto lead = cache_.find_or_join("key", {}, waiter_);
  ASSERT_TRUE(lead.lead());
  cache_.invalidate(tag_);
  EXPECT_TRUE(ask().lead());
}

TEST_F(SingleFlight, a_tag_that_a_joiner_brought_is_stored_with_the_value) {
  auto lead = cache_.find_or_join("key", {}, waiter_);
  join();
  EXPECT_TRUE(lead.lead().land(number(1)));
  cache_.invalidate(tag_);
  EXPECT_FALSE(cache_.find("key"));
}

TEST_F(SingleFlight, tags_learnt_from_the_answer_are_compared_with_when_the_load_began) {
  auto lead = ask();
  cache_.invalidate(learnt_);
  EXPECT_FALSE(lead.lead().land(number(1), tagged({learnt_})));
  EXPECT_FALSE(cache_.find("key"));
}

TEST_F(SingleFlight, tags_learnt_from_the_answer_drop_the_entry_later) {
  auto lead = ask();
  EXPECT_TRUE(lead.lead().land(number(1), tagged({learnt_})));
  EXPECT_TRUE(cache_.find("key"));
  cache_.invalidate(learnt_);
  EXPECT_FALSE(cache_.find("key"));
}

TEST_F(SingleFlight, who_joined_after_the_change_of_a_learnt_tag_is_told_to_ask_again) {
  auto lead = ask();
  const auto early = join();
  cache_.invalidate(learnt_);
  const auto late = join();
  EXPECT_FALSE(lead.lead().land(number(1), tagged({learnt_})));
  expect_value(early, 1);
  expect_abandoned(late);
}

TEST_F(SingleFlight, a_known_tag_named_again_with_the_answer_does_not_turn_waiters_away) {
  auto lead = ask();
  cache_.invalidate(unrelated_);
  const auto waiter = join();
  cache_.invalidate(tag_);
  EXPECT_FALSE(lead.lead().land(number(1), tagged({tag_})));
  expect_value(waiter, 1);
}

TEST_F(SingleFlight, a_load_that_lands_after_clear_is_not_stored_and_not_joined) {
  auto lead = cache_.find_or_join("key", {}, waiter_);
  auto untagged = std::make_shared<Recorder>();
  EXPECT_TRUE(cache_.find_or_join("key", {}, untagged).joined());
  cache_.clear();
  auto fresh = cache_.find_or_join("key", {}, waiter_);
  EXPECT_TRUE(fresh.lead());
  EXPECT_FALSE(lead.lead().land(number(1)));
  expect_value(untagged, 1);
  EXPECT_FALSE(cache_.find("key"));
  EXPECT_TRUE(fresh.lead().land(number(2)));
}

TEST_F(SingleFlight, a_load_alone_that_lands_after_clear_is_not_stored) {
  auto lead = cache_.find_or_join("key", {}, waiter_);
  cache_.clear();
  EXPECT_FALSE(lead.lead().land(number(1)));
  EXPECT_EQ(cache_.stats().entries, 0U);
}

TEST_F(SingleFlight, a_load_does_not_overwrite_what_was_put_since_it_began) {
  auto lead = ask();
  const auto waiter = join();
  cache_.put("key", number(2));
  EXPECT_FALSE(lead.lead().land(number(1)));
  expect_value(waiter, 1);
  EXPECT_EQ(*cache_.find("key").value, 2);
}

TEST_F(SingleFlight, a_load_does_not_bring_back_what_was_erased_since_it_began) {
  auto lead = ask();
  cache_.erase("key");
  auto fresh = ask();
  EXPECT_TRUE(fresh.lead());
  EXPECT_FALSE(lead.lead().land(number(1)));
  EXPECT_FALSE(cache_.find("key"));
}

TEST_F(SingleFlight, while_a_tag_settles_everybody_loads_for_himself_and_nothing_is_stored) {
  cache_.tags().settle(one(tag_), clock_.now() + 10s);
  auto first = ask();
  auto second = ask();
  ASSERT_TRUE(first.lead());
  ASSERT_TRUE(second.lead());
  EXPECT_FALSE(second.lead().land(number(2)));
  EXPECT_FALSE(first.lead().land(number(1)));
  EXPECT_FALSE(cache_.find("key"));
}

TEST_F(SingleFlight, what_was_asked_inside_a_settling_window_is_not_stored_after_it) {
  cache_.tags().settle(one(tag_), clock_.now() + 10s);
  cache_.tags().settle(one(learnt_), clock_.now() + 10s);
  clock_.advance(9s);
  auto known = ask("known");
  auto learnt = cache_.find_or_join("learnt", {}, waiter_);
  clock_.advance(1s);
  auto after = ask("after");
  EXPECT_FALSE(known.lead().land(number(1)));
  EXPECT_FALSE(learnt.lead().land(number(1), tagged({learnt_})));
  EXPECT_TRUE(after.lead().land(number(1), tagged({learnt_})));
}

TEST_F(SingleFlight, a_load_that_began_before_a_settling_window_is_not_joined_inside_it) {
  auto old = ask();
  cache_.tags().settle(one(tag_), clock_.now() + 10s);
  EXPECT_TRUE(ask().lead());
  clock_.advance(10s);
  EXPECT_FALSE(old.lead().land(number(1)));
}

TEST_F(SingleFlight, who_asks_not_to_join_gets_a_load_of_his_own_that_others_join) {
  auto old = ask();
  auto own = ask("key", {.join = false});
  ASSERT_TRUE(own.lead());
  const auto waiter = join();
  EXPECT_FALSE(old.lead().land(number(1)));
  EXPECT_TRUE(waiter->landings.empty());
  EXPECT_TRUE(own.lead().land(number(2)));
  expect_value(waiter, 2);
}

TEST_F(SingleFlight, with_a_maximal_age_of_zero_a_load_is_joined_though_a_value_is_stored) {
  cache_.put("key", number(1), tagged({tag_}));
  auto lead = ask("key", {.max_age = 0s});
  ASSERT_TRUE(lead.lead());
  EXPECT_TRUE(ask("key", {.max_age = 0s}).joined());
  EXPECT_TRUE(ask().hit());
  EXPECT_TRUE(lead.lead().land(number(2)));
  expect_value(waiter_, 2);
  EXPECT_EQ(*cache_.find("key").value, 2);
}

TEST_F(SingleFlight, a_value_not_to_keep_or_too_heavy_still_reaches_who_waits) {
  auto unkept = ask("unkept");
  const auto first = join("unkept");
  EXPECT_FALSE(unkept.lead().land(number(1), {.keep = false}));
  expect_value(first, 1);
  auto heavy = ask("heavy");
  const auto second = join("heavy");
  EXPECT_FALSE(heavy.lead().land(number(2), {.bytes = std::size_t{1} << 30U}));
  expect_value(second, 2);
  EXPECT_EQ(cache_.stats().entries, 0U);
  EXPECT_EQ(cache_.stats().refused, 1U);
}

TEST_F(SingleFlight, a_failure_reaches_everybody_and_is_not_kept) {
  auto lead = ask();
  const auto waiter = join();
  lead.lead().fail(std::make_exception_ptr(std::runtime_error("refused")));
  ASSERT_EQ(waiter->landings.size(), 1U);
  ASSERT_EQ(waiter->landings[0].kind, LandingKind::failure);
  EXPECT_THROW(std::rethrow_exception(*waiter->landings[0].failure), std::runtime_error);
  EXPECT_TRUE(ask().lead());
  EXPECT_EQ(cache_.stats().load_failures, 1U);
}

TEST_F(SingleFlight, a_dropped_ticket_tells_all_and_the_next_to_ask_leads) {
  std::optional<IntCache::Lookup> lead(ask());
  const auto waiter = join();
  const auto another = join();
  lead.reset();
  expect_abandoned(waiter);
  expect_abandoned(another);
  EXPECT_EQ(cache_.stats().abandoned, 1U);
  EXPECT_TRUE(ask().lead());
}

TEST_F(SingleFlight, a_ticket_that_is_overwritten_is_dropped) {
  auto first = ask("a");
  const auto waiter = join("a");
  auto second = ask("b");
  first.lead() = std::move(second.lead());
  expect_abandoned(waiter);
  EXPECT_TRUE(first.lead().land(number(1)));
  EXPECT_TRUE(cache_.find("b"));
  EXPECT_EQ(cache_.stats().abandoned, 1U);
}

TEST_F(SingleFlight, a_waiter_that_gave_up_neither_ends_the_load_nor_leaks) {
  auto lead = ask();
  std::weak_ptr<Recorder> gone = join();
  EXPECT_FALSE(gone.expired());  // the load keeps it
  EXPECT_TRUE(lead.lead().land(number(1)));
  EXPECT_TRUE(gone.expired());
  EXPECT_TRUE(cache_.find("key"));
}

// Talks to the cache when it is told; that would throw if a lock were held.
class Talker final : public IntCache::Waiter {
 public:
  explicit Talker(IntCache& cache) : cache_(cache) {}
  void landed(const IntCache::Landing& landing) noexcept override {
    found = static_cast<bool>(cache_.find("key"));
    if (!found) leads = static_cast<bool>(cache_.find_or_join("key", {}, std::shared_ptr<Waiter>()).lead());
    if (landing.value) cache_.put("another", landing.value);
  }
  bool found = false;
  bool leads = false;

 private:
  IntCache& cache_;
};

TEST_F(SingleFlight, waiters_are_told_outside_of_the_locks_and_after_the_value_was_stored) {
  auto lead = ask();
  auto talker = std::make_shared<Talker>(cache_);
  ASSERT_TRUE(cache_.find_or_join("key", {}, talker).joined());
  lead.lead().land(number(1));
  EXPECT_TRUE(talker->found);
  EXPECT_TRUE(cache_.find("another"));
}

TEST_F(SingleFlight, a_waiter_told_of_a_dropped_ticket_may_lead_at_once) {
  std::optional<IntCache::Lookup> lead(ask());
  auto talker = std::make_shared<Talker>(cache_);
  ASSERT_TRUE(cache_.find_or_join("key", {}, talker).joined());
  lead.reset();
  EXPECT_TRUE(talker->leads);
}

TEST(SingleFlightAlone, a_ticket_may_land_after_the_cache_is_gone) {
  std::optional<IntCache> cache(std::in_place);
  auto lead = cache->find_or_join("key", {}, std::make_shared<Recorder>());
  auto waiter = std::make_shared<Recorder>();
  ASSERT_TRUE(cache->find_or_join("key", {}, waiter).joined());
  cache.reset();
  lead.lead().land(number(1));
  ASSERT_EQ(waiter->landings.size(), 1U);
  EXPECT_EQ(*waiter->landings[0].value, 1);
}

}  // namespace
}  // namespace wats::cache::test
