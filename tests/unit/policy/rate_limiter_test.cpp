// How many requests go in what time, for whom, and what threads and processes share.
#include "wats/policy/rate_limiter.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <vector>

namespace wats::policy {
namespace {

using namespace std::chrono_literals;

constexpr RateSettings ten_a_second{.requests = 600, .period = 1min, .burst = 10};
constexpr RateSettings no_limit{.requests = 0};

TEST(RateLimiter, after_a_rest_a_burst_goes_then_one_each_interval) {
  RateLimiter limiter(ten_a_second);
  RateLimiter::TimePoint now{1h};
  for (int i = 0; i < 10; ++i) EXPECT_EQ(limiter.take(0, now), 0ns) << i;
  EXPECT_EQ(limiter.take(0, now), 100ms);
  EXPECT_EQ(limiter.take(0, now), 100ms) << "asking costs nothing";
  now += 100ms;
  EXPECT_EQ(limiter.take(0, now), 0ns);
  EXPECT_EQ(limiter.take(0, now), 100ms);
}

TEST(RateLimiter, over_a_long_time_the_rate_is_kept) {
  RateLimiter limiter(ten_a_second);
  const RateLimiter::TimePoint begin{1h};
  int sent = 0;
  for (auto now = begin; now < begin + 60s; now += 1ms) sent += limiter.take(0, now) == 0ns ? 1 : 0;
  EXPECT_LE(sent, 600 + 10);
  EXPECT_GE(sent, 600);
}

TEST(RateLimiter, what_is_left_of_the_burst_is_for_the_urgent) {
  RateLimiter limiter(ten_a_second);
  const RateLimiter::TimePoint now{1h};
  int sent = 0;
  while (limiter.take(3, now) == 0ns) ++sent;
  EXPECT_EQ(sent, 3);
  while (limiter.take(2, now) == 0ns) ++sent;
  EXPECT_EQ(sent, 6);
  while (limiter.take(1, now) == 0ns) ++sent;
  EXPECT_EQ(sent, 9);
  EXPECT_EQ(limiter.take(0, now), 0ns);
  EXPECT_GT(limiter.take(0, now), 0ns);
}

TEST(RateLimiter, even_the_least_urgent_goes_when_there_is_room) {
  RateLimiter limiter({.requests = 60, .period = 1min, .burst = 1});
  const RateLimiter::TimePoint now{1h};
  EXPECT_EQ(limiter.take(3, now), 0ns);
  EXPECT_EQ(limiter.take(3, now), 1s);
}

TEST(RateLimiter, without_a_limit_all_go) {
  RateLimiter limiter(no_limit);
  EXPECT_FALSE(limiter.limits());
  for (int i = 0; i < 100'000; ++i) ASSERT_EQ(limiter.take(3, RateLimiter::TimePoint(1h)), 0ns);
}

TEST(RateLimiter, a_pause_the_server_asked_for_holds_everybody) {
  RateLimiter limiter(no_limit);
  const RateLimiter::TimePoint now{1h};
  limiter.pause(now + 3s);
  limiter.pause(now + 1s);
  EXPECT_EQ(limiter.take(0, now), 3s);
  EXPECT_EQ(limiter.take(0, now + 3s), 0ns);
}

TEST(RateLimiter, two_that_share_a_cell_share_the_rate) {
  RateLimiter::Cell cell{0};
  RateLimiter one(ten_a_second, &cell);
  RateLimiter other(ten_a_second, &cell);
  const RateLimiter::TimePoint now{1h};
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(one.take(0, now), 0ns);
    EXPECT_EQ(other.take(0, now), 0ns);
  }
  EXPECT_EQ(one.take(0, now), 100ms);
}

TEST(RateLimiter, a_cell_from_before_a_restart_of_the_machine_holds_nobody_for_long) {
  RateLimiter::Cell cell{std::chrono::nanoseconds(1000h).count()};
  RateLimiter limiter(ten_a_second, &cell);
  EXPECT_EQ(limiter.take(0, RateLimiter::TimePoint(1min)), 0ns);
}

TEST(RateLimiter, who_comes_late_with_an_old_time_gives_nobody_a_new_burst) {
  RateLimiter limiter(ten_a_second);
  const RateLimiter::TimePoint old{1h};
  const auto now = old + 10s;
  while (limiter.take(0, now) == 0ns) {
  }
  EXPECT_GT(limiter.take(0, old), 0ns);
  EXPECT_GT(limiter.take(0, now), 0ns);
}

TEST(RateLimiter, threads_take_no_more_than_there_is) {
  RateLimiter limiter({.requests = 60, .period = 1min, .burst = 1000});
  const RateLimiter::TimePoint now{1h};
  std::atomic<int> sent{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int asked = 0; asked < 1000; ++asked) sent += limiter.take(0, now) == 0ns ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(sent, 1000);
}

}  // namespace
}  // namespace wats::policy
