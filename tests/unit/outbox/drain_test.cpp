// How fast an outbox empties and what becomes of a report: decisions alone, without a clock that runs.
#include "src/outbox/drain.hpp"

#include "tests/support/hand_clock.hpp"

#include <gtest/gtest.h>

namespace wats::outbox::detail {
namespace {

using namespace std::chrono_literals;
using Kind = Verdict::Kind;

class DrainRules : public ::testing::Test {
 protected:
  Verdict decide(const Outcome& outcome, std::size_t in_flight = 1) {
    return drain_.decide(claimed_, outcome, 10ms, in_flight, clock_.now(), wall_);
  }
  Verdict decide(Fate fate, std::string text = "it said so") {
    Outcome outcome(fate);
    outcome.text = std::move(text);
    return decide(outcome);
  }
  [[nodiscard]] std::size_t room(std::size_t in_flight = 0) { return drain_.room(in_flight, clock_.now()); }
  void succeed(int times) {
    for (int i = 0; i < times; ++i) decide(Fate::sent);
  }

  static DrainSettings settings() {
    DrainSettings made;
    made.most_in_flight = 16;
    made.start_spread = 10s;
    made.base_pause = 1s;
    made.max_pause = 8s;
    made.base_delay = 1s;
    made.max_delay = 60s;
    made.attempts = 3;
    return made;
  }

  double random_ = 0.5;
  testing::HandClock clock_;
  WallTime wall_{1'795'000'000'000ms};
  Claimed claimed_;
  Drain drain_{settings(), [this] { return random_; }};
};

TEST_F(DrainRules, begin_with_one_report_then_wait_by_chance_then_open_up) {
  EXPECT_EQ(room(), 1U);
  EXPECT_EQ(room(1), 0U);
  succeed(1);
  EXPECT_EQ(room(), 1U) << "the other stations come back as well";
  clock_.advance(4999ms);
  EXPECT_EQ(room(1), 0U);
  EXPECT_EQ(drain_.opens_at(clock_.now()), clock_.now() + 1ms);
  clock_.advance(1ms);
  EXPECT_EQ(room(), 2U);
  succeed(3);
  EXPECT_EQ(room(), 5U);
  EXPECT_EQ(room(2), 3U);
  succeed(50);
  EXPECT_EQ(room(), 16U) << "as many as the settings allow";
}

TEST_F(DrainRules, pause_for_all_while_the_server_is_away_and_ever_longer) {
  succeed(20);
  clock_.advance(10s);
  ASSERT_EQ(room(), 16U);
  for (const auto pause : {1s, 2s, 4s, 8s, 8s}) {
    const auto verdict = decide(Fate::away, "nobody there");
    EXPECT_EQ(verdict.kind, Kind::put_back);
    EXPECT_FALSE(verdict.attempt) << "says nothing about the report";
    EXPECT_EQ(drain_.pause(), "nobody there");
    EXPECT_EQ(room(), 0U);
    EXPECT_EQ(drain_.opens_at(clock_.now()), clock_.now() + pause);
    clock_.advance(pause);
    EXPECT_EQ(room(), 1U) << "one finds out";
    EXPECT_EQ(room(1), 0U);
  }
  succeed(1);
  EXPECT_EQ(drain_.pause(), "");
  decide(Fate::away);
  EXPECT_EQ(drain_.opens_at(clock_.now()), clock_.now() + 1s) << "begins anew";
}

TEST_F(DrainRules, count_what_fails_at_once_as_one_failure) {
  succeed(20);
  clock_.advance(10s);
  for (int i = 0; i < 16; ++i) decide(Fate::away);
  EXPECT_EQ(drain_.opens_at(clock_.now()), clock_.now() + 1s);
}

TEST_F(DrainRules, spread_stations_by_chance) {
  random_ = 0;
  decide(Fate::away);
  EXPECT_EQ(drain_.opens_at(clock_.now()), clock_.now() + 500ms);
  clock_.advance(500ms);
  random_ = 0.999;
  decide(Fate::away);
  EXPECT_GT(*drain_.opens_at(clock_.now()), clock_.now() + 2900ms);
}

TEST_F(DrainRules, wait_as_long_as_the_server_asks_for) {
  Outcome throttled(Fate::throttled);
  throttled.retry_after = 30s;
  EXPECT_EQ(decide(throttled).kind, Kind::put_back);
  EXPECT_EQ(drain_.opens_at(clock_.now()), clock_.now() + 30s);
}

TEST_F(DrainRules, blame_no_report_for_a_refused_token_or_a_wrong_address) {
  for (const Fate fate : {Fate::unauthorized, Fate::misdirected}) {
    const auto verdict = decide(fate);
    EXPECT_EQ(verdict.kind, Kind::put_back);
    EXPECT_EQ(room(), 0U);
    EXPECT_EQ(drain_.pause(), "it said so");
    clock_.advance(1min);
  }
}

TEST_F(DrainRules, set_a_refused_report_aside_at_once_and_go_on) {
  succeed(3);
  Outcome refused(Fate::refused);
  refused.http_status = 400;
  refused.text = "processCode: there is no process 7";
  const auto verdict = decide(refused);
  EXPECT_EQ(verdict.kind, Kind::quarantine);
  EXPECT_EQ(verdict.reason, refused.text);
  ASSERT_TRUE(verdict.attempt);
  EXPECT_EQ(verdict.attempt->http_status, 400);
  EXPECT_EQ(drain_.pause(), "");
}

TEST_F(DrainRules, send_a_doubtful_report_again_later_and_not_for_ever) {
  succeed(1);
  for (int doubts = 0; doubts < 2; ++doubts) {
    claimed_.doubts = doubts;
    const auto verdict = decide(Fate::doubtful, "500");
    EXPECT_EQ(verdict.kind, Kind::again);
    EXPECT_TRUE(verdict.counts);
    EXPECT_EQ(*verdict.due_ms, (wall_ + 1s * (1 << doubts)).time_since_epoch().count());
    EXPECT_TRUE(verdict.attempt);
  }
  claimed_.doubts = 2;
  const auto verdict = decide(Fate::doubtful, "500");
  EXPECT_EQ(verdict.kind, Kind::quarantine);
  EXPECT_EQ(verdict.reason, "sent 3 times without a clear answer, while others got through; the last: 500");
}

TEST_F(DrainRules, do_not_count_doubts_while_nothing_gets_through) {
  claimed_.doubts = 2;
  EXPECT_EQ(decide(Fate::doubtful).kind, Kind::again);
  EXPECT_FALSE(decide(Fate::doubtful).counts);
  EXPECT_EQ(room(), 1U);
  decide(Fate::doubtful);
  EXPECT_EQ(room(), 0U) << "three in a row are the server's fault";
}

TEST_F(DrainRules, never_wait_longer_than_told_before_a_repeat) {
  claimed_.doubts = 1;
  succeed(1);
  Outcome doubtful(Fate::doubtful);
  doubtful.retry_after = 20s;
  EXPECT_EQ(decide(doubtful).due_ms, (wall_ + 20s).time_since_epoch().count());
}

TEST_F(DrainRules, put_back_what_was_taken_back) {
  const auto verdict = decide(Fate::taken_back);
  EXPECT_EQ(verdict.kind, Kind::put_back);
  EXPECT_EQ(verdict.reason, "");
  EXPECT_EQ(room(), 1U);
}

// --- the clock guard

class ClockGuard : public DrainRules {
 protected:
  std::optional<Verdict> guard(std::chrono::milliseconds early,
                               std::optional<std::chrono::milliseconds> ahead) {
    claimed_.start_ms = (wall_ + early).time_since_epoch().count();
    return drain_.guard(claimed_, ahead, wall_);
  }
};

TEST_F(ClockGuard, lets_pass_what_began_in_the_past_or_just_now) {
  EXPECT_FALSE(guard(-1h, std::nullopt));
  EXPECT_FALSE(guard(1min, std::nullopt));
  EXPECT_FALSE(guard(0s, 59s));
  EXPECT_FALSE(guard(1h, -1h)) << "the station's clock is slow";
}

TEST_F(ClockGuard, holds_what_would_begin_in_the_future_until_then) {
  const auto held = guard(3h, std::nullopt);
  ASSERT_TRUE(held);
  EXPECT_EQ(held->kind, Kind::hold);
  EXPECT_EQ(held->due_ms, (wall_ + 3h).time_since_epoch().count());
  EXPECT_EQ(
      held->reason,
      "starts 3 h 0 min in the future, where the server would put it aside; goes when its time has come");
}

TEST_F(ClockGuard, tells_of_a_station_s_clock_that_is_ahead_of_the_server_s) {
  const auto held = guard(0s, 3h + 12min);
  ASSERT_TRUE(held);
  EXPECT_EQ(held->due_ms, (wall_ + 3h + 12min).time_since_epoch().count());
  EXPECT_EQ(held->reason,
            "starts 3 h 12 min in the future by the server's clock, where the server would put it aside; "
            "goes when its "
            "time has come. This station's clock is 3 h 12 min ahead: set it, or edit the report");
}

TEST_F(ClockGuard, says_nothing_of_what_somebody_has_let_go) {
  claimed_.is_unguarded = true;
  EXPECT_FALSE(guard(3h, std::nullopt));
}

}  // namespace
}  // namespace wats::outbox::detail
