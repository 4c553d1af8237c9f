// The wheel against a plain map of times.
#include "wats/cache/detail/timer_wheel.hpp"

#include "wats/cache/detail/last_uses.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <limits>
#include <map>
#include <random>
#include <vector>

namespace wats::cache::detail {
namespace {

using namespace std::chrono_literals;

struct Item {
  TimePoint deadline;
  Links timer;
};

constexpr std::size_t without_bound = std::numeric_limits<std::size_t>::max();
/// What is due within a tick may go one tick later.
constexpr Duration tick(std::int64_t{1} << 30);

class Wheel : public ::testing::Test {
 protected:
  Number add(TimePoint deadline) {
    const Number number = slab_.create(Item{deadline, {}});
    wheel_.schedule(slab_, number, deadline);
    return number;
  }
  void cancel(Number number) {
    wheel_.cancel(slab_, number);
    slab_.destroy(number);
  }
  std::vector<Number> turn(TimePoint now, std::size_t most = without_bound) {
    std::vector<Number> gone;
    wheel_.turn(
        slab_, now, most, [&](Number number) { return slab_[number].deadline; },
        [&](Number number) {
          gone.push_back(number);
          slab_.destroy(number);
        });
    return gone;
  }

  Slab<Item> slab_;
  TimerWheel<Item> wheel_;
};

TEST_F(Wheel, lets_go_what_is_due_and_nothing_else_however_far_apart) {
  std::mt19937_64 random(1);
  std::map<Number, TimePoint> kept;
  TimePoint now(10h);
  turn(now);
  // Each wheel has its share: from a second to years.
  std::uniform_int_distribution<unsigned> bits(20, 58);
  for (int step = 0; step < 20'000; ++step) {
    const auto wait = Duration(static_cast<Duration::rep>(random() >> (64 - bits(random))));
    if (const auto choice = random() % 8; choice < 4) {
      kept.emplace(add(now + wait), now + wait);
    } else if (choice < 6 && !kept.empty()) {
      const auto chosen = std::next(kept.begin(), static_cast<std::ptrdiff_t>(random() % kept.size()));
      cancel(chosen->first);
      kept.erase(chosen);
    } else {
      now += wait / 64;
      for (const Number number : turn(now)) {
        ASSERT_TRUE(kept.contains(number));
        EXPECT_LE(kept[number], now);
        kept.erase(number);
      }
      for (const auto& [number, deadline] : kept) ASSERT_GT(deadline + tick, now);
    }
  }
  EXPECT_FALSE(kept.empty());
}

TEST_F(Wheel, stops_after_so_many_and_goes_on_there) {
  for (int i = 0; i < 100; ++i) add(TimePoint(1h));
  std::size_t gone = 0;
  // From the higher wheel to the lowest and out: two touches each.
  int turns = 0;
  for (; gone < 100 && turns < 1000; ++turns) gone += turn(TimePoint(2h), 10).size();
  EXPECT_EQ(gone, 100U);
  EXPECT_GE(turns, 10);
  EXPECT_LE(turns, 60);
}

TEST_F(Wheel, asks_again_later_for_what_got_more_time) {
  const Number number = add(TimePoint(10s));
  slab_[number].deadline = TimePoint(1h);
  EXPECT_TRUE(turn(TimePoint(20s)).empty());
  EXPECT_TRUE(turn(TimePoint(1h - 1ns)).empty());
  EXPECT_EQ(turn(TimePoint(1h + 2 * tick)).size(), 1U);
}

TEST_F(Wheel, takes_times_that_are_past_or_at_the_end_of_all_time) {
  turn(TimePoint(100h));
  add(TimePoint());
  add(TimePoint::min());
  const Number last = add(TimePoint::max());
  EXPECT_EQ(turn(TimePoint(100h + 2 * tick)).size(), 2U);
  EXPECT_TRUE(turn(TimePoint(24h * 365 * 100)).empty());
  cancel(last);
  EXPECT_TRUE(turn(TimePoint::max()).empty());
}

TEST(LastUses, are_those_that_were_noted_last) {
  LastUses uses;
  uses.reserve(1000);
  uses.note(1000, TimePoint(1s));
  uses.note(0, TimePoint(2s));
  uses.reserve(5000);
  uses.note(5000, TimePoint(3s));
  uses.note(0, TimePoint(4s));
  EXPECT_EQ(uses.of(1000), TimePoint(1s));
  EXPECT_EQ(uses.of(0), TimePoint(4s));
  EXPECT_EQ(uses.of(5000), TimePoint(3s));
}

}  // namespace
}  // namespace wats::cache::detail
