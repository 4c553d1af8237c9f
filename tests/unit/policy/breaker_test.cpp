// When the breaker opens, whom it lets through, and when it closes.
#include "wats/policy/breaker.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace wats::policy {
namespace {

using namespace std::chrono_literals;
using Pass = Breaker::Pass;
using Report = Breaker::Report;

class BreakerTest : public ::testing::Test {
 protected:
  Pass attempt(Report report, std::chrono::nanoseconds took = 0ms) {
    const Pass pass = breaker.ask(now);
    breaker.report(pass, report, took, now, 0.0);
    return pass;
  }
  void fail_until_open() {
    while (breaker.state(now) == BreakerState::closed) attempt(Report::failed);
  }

  BreakerSettings settings;
  Breaker breaker{settings};
  Breaker::TimePoint now{1h};
};

TEST_F(BreakerTest, twenty_failures_open_it_and_one_good_probe_closes_it) {
  int asked = 0;
  for (int i = 0; i < 20; ++i) asked += attempt(Report::failed) == Pass::normal ? 1 : 0;
  EXPECT_EQ(asked, 10);
  EXPECT_EQ(breaker.state(now), BreakerState::open);
  now += 5s;
  EXPECT_EQ(breaker.state(now), BreakerState::half_open);
  const Pass probe = breaker.ask(now);
  EXPECT_EQ(probe, Pass::probe);
  EXPECT_EQ(breaker.ask(now), Pass::refused) << "one probe at a time";
  breaker.report(probe, Report::succeeded, 1ms, now, 0.0);
  EXPECT_EQ(breaker.state(now), BreakerState::closed);
  EXPECT_EQ(breaker.opened(), 1U);
}

TEST_F(BreakerTest, few_failures_prove_nothing) {
  for (int i = 0; i < 9; ++i) attempt(Report::failed);
  EXPECT_EQ(breaker.state(now), BreakerState::closed);
}

TEST_F(BreakerTest, half_of_the_attempts_must_fail) {
  for (int i = 0; i < 11; ++i) attempt(Report::succeeded);
  for (int i = 0; i < 10; ++i) attempt(Report::failed);
  EXPECT_EQ(breaker.state(now), BreakerState::closed);
  attempt(Report::failed);
  EXPECT_EQ(breaker.state(now), BreakerState::open);
}

TEST_F(BreakerTest, what_happened_before_the_window_is_forgotten) {
  for (int i = 0; i < 9; ++i) attempt(Report::failed);
  now += 31s;
  for (int i = 0; i < 9; ++i) attempt(Report::failed);
  EXPECT_EQ(breaker.state(now), BreakerState::closed);
}

TEST_F(BreakerTest, slow_answers_open_it_too) {
  for (int i = 0; i < 9; ++i) attempt(Report::succeeded, 10s);
  EXPECT_EQ(breaker.state(now), BreakerState::closed);
  attempt(Report::succeeded, 10s);
  EXPECT_EQ(breaker.state(now), BreakerState::open);
}

TEST_F(BreakerTest, attempts_that_say_nothing_are_not_counted) {
  for (int i = 0; i < 100; ++i) attempt(Report::unknown);
  EXPECT_EQ(breaker.state(now), BreakerState::closed);
}

TEST_F(BreakerTest, each_bad_probe_doubles_the_wait_up_to_a_bound) {
  fail_until_open();
  for (const auto wait : {5s, 10s, 20s, 40s, 60s, 60s}) {
    EXPECT_EQ(breaker.open_until() - now, wait);
    now = breaker.open_until();
    EXPECT_EQ(attempt(Report::failed), Pass::probe);
  }
}

TEST_F(BreakerTest, a_probe_that_says_nothing_lets_the_next_one_through) {
  fail_until_open();
  now = breaker.open_until();
  EXPECT_EQ(attempt(Report::unknown), Pass::probe);
  EXPECT_EQ(attempt(Report::succeeded), Pass::probe);
  EXPECT_EQ(breaker.state(now), BreakerState::closed);
}

TEST_F(BreakerTest, a_probe_that_takes_long_keeps_nobody_out) {
  fail_until_open();
  now = breaker.open_until();
  ASSERT_EQ(breaker.ask(now), Pass::probe);
  now += settings.slow_after - 1ms;
  EXPECT_EQ(breaker.ask(now), Pass::refused);
  now += 1ms;
  ASSERT_EQ(breaker.ask(now), Pass::probe);
  EXPECT_EQ(breaker.ask(now), Pass::refused) << "one each time";
  breaker.report(Pass::probe, Report::succeeded, 1ms, now, 0);
  EXPECT_EQ(breaker.state(now), BreakerState::closed);
  // The first one comes to nothing, late.
  breaker.report(Pass::probe, Report::failed, settings.slow_after, now, 0);
  EXPECT_EQ(breaker.state(now), BreakerState::closed);
}

TEST_F(BreakerTest, a_probe_that_is_given_up_late_lets_nobody_past_the_one_after_it) {
  fail_until_open();
  now = breaker.open_until();
  ASSERT_EQ(breaker.ask(now), Pass::probe);
  now += settings.slow_after;
  ASSERT_EQ(breaker.ask(now), Pass::probe);
  now += 1s;
  breaker.report(Pass::probe, Report::unknown, settings.slow_after + 1s, now, 0);
  EXPECT_EQ(breaker.ask(now), Pass::refused);
}

TEST_F(BreakerTest, stragglers_from_before_it_opened_decide_nothing) {
  const Pass early = breaker.ask(now);
  fail_until_open();
  now = breaker.open_until();
  const Pass probe = breaker.ask(now);
  breaker.report(early, Report::succeeded, 6s, now, 0.0);
  EXPECT_EQ(breaker.state(now), BreakerState::half_open);
  breaker.report(probe, Report::succeeded, 1ms, now, 0.0);
  EXPECT_EQ(breaker.state(now), BreakerState::closed);
}

TEST_F(BreakerTest, clients_that_lost_the_server_together_come_back_apart) {
  while (breaker.state(now) == BreakerState::closed)
    breaker.report(breaker.ask(now), Report::failed, 1ms, now, 0.5);
  EXPECT_EQ(breaker.open_until() - now, 6250ms);
}

TEST_F(BreakerTest, switched_off_it_never_opens) {
  settings.enabled = false;
  Breaker off(settings);
  for (int i = 0; i < 100; ++i) off.report(off.ask(now), Report::failed, 1ms, now, 0.0);
  EXPECT_EQ(off.ask(now), Pass::normal);
}

}  // namespace
}  // namespace wats::policy
