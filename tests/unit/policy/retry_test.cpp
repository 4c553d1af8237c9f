// Whether a failed request is repeated, when, and what that costs.
#include "wats/policy/retry.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <limits>

namespace wats::policy {
namespace {

using namespace std::chrono_literals;

constexpr FailedAttempt lost{.is_transient = true};
constexpr FailedAttempt never_sent{.is_transient = true, .may_have_effect = false};
constexpr FailedAttempt throttled{.is_transient = true, .is_throttled = true, .may_have_effect = false};

class Retry : public ::testing::Test {
 protected:
  RetryDecision decide(const FailedAttempt& failed, bool repeatable = true, int sent = 1,
                       std::chrono::nanoseconds time_left = 1h, double random = 0.5) {
    return decide_retry(settings, budget, failed, repeatable, sent, time_left, random);
  }
  RetrySettings settings;
  RetryBudget budget{settings.budget};
};

TEST_F(Retry, what_would_fail_again_is_not_repeated) {
  EXPECT_EQ(decide({.is_transient = false}).verdict, RetryVerdict::not_transient);
}

TEST_F(Retry, a_repeat_that_might_do_it_twice_is_not_made) {
  EXPECT_EQ(decide(lost, false).verdict, RetryVerdict::may_have_effect);
  EXPECT_EQ(decide(lost, true).verdict, RetryVerdict::retry);
}

TEST_F(Retry, what_was_certainly_not_sent_may_always_be_repeated) {
  EXPECT_EQ(decide(never_sent, false).verdict, RetryVerdict::retry);
  EXPECT_EQ(decide(throttled, false).verdict, RetryVerdict::retry);
}

TEST_F(Retry, attempts_are_counted_with_the_first) {
  EXPECT_EQ(decide(lost, true, 2).verdict, RetryVerdict::retry);
  EXPECT_EQ(decide(lost, true, 3).verdict, RetryVerdict::attempts_used);
}

TEST_F(Retry, the_delay_is_drawn_from_zero_to_a_bound_that_doubles) {
  EXPECT_EQ(decide(lost, true, 1, 1h, 0.0).delay, 0ns);
  EXPECT_EQ(decide(lost, true, 1, 1h, 0.5).delay, 25ms);
  EXPECT_EQ(decide(lost, true, 2, 1h, 0.5).delay, 50ms);
  EXPECT_EQ(decide(throttled, true, 1, 1h, 0.5).delay, 500ms);
  settings.attempts = 100;
  EXPECT_EQ(decide(lost, true, 50, 1h, 0.5).delay, 10s);
}

TEST_F(Retry, the_servers_wish_to_wait_is_the_least) {
  FailedAttempt asked = throttled;
  asked.retry_after = 7s;
  EXPECT_EQ(decide(asked, true, 1, 1h, 0.0).delay, 7s);
  EXPECT_EQ(decide(asked, true, 1, 1h, 0.5).delay, 7500ms);
}

TEST_F(Retry, nobody_waits_for_an_attempt_that_comes_too_late) {
  EXPECT_EQ(decide(lost, true, 1, 20ms, 0.5).verdict, RetryVerdict::too_late);
  EXPECT_EQ(budget.left(), settings.budget);
}

TEST_F(Retry, repeats_cost_and_successes_give_back) {
  EXPECT_EQ(decide(lost).cost, 14);
  EXPECT_EQ(budget.left(), 486);
  EXPECT_EQ(decide(throttled).cost, 5);
  EXPECT_EQ(budget.left(), 481);
  budget.succeeded(14);
  EXPECT_EQ(budget.left(), 495);
  budget.succeeded(0);
  EXPECT_EQ(budget.left(), 496);
  budget.succeeded(14);
  EXPECT_EQ(budget.left(), 500);
}

TEST_F(Retry, the_largest_budget_does_not_overflow) {
  RetryBudget largest(std::numeric_limits<std::int32_t>::max());
  EXPECT_TRUE(largest.take(1));
  largest.succeeded(14);
  EXPECT_EQ(largest.left(), std::numeric_limits<std::int32_t>::max());
}

TEST_F(Retry, an_empty_budget_ends_repeats) {
  int repeats = 0;
  while (decide(lost).verdict == RetryVerdict::retry) ++repeats;
  EXPECT_EQ(repeats, 500 / 14);
  EXPECT_EQ(decide(lost).verdict, RetryVerdict::budget_empty);
}

}  // namespace
}  // namespace wats::policy
