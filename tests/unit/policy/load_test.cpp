// How latencies are remembered, and how many requests the adaptive limit lets out.
#include "wats/policy/concurrency.hpp"
#include "wats/policy/latency.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace wats::policy {
namespace {

using namespace std::chrono_literals;

TEST(LatencyHistogram, tells_nothing_without_samples) {
  EXPECT_EQ(LatencyHistogram().quantile(0.95), 0ns);
}

TEST(LatencyHistogram, a_quantile_is_at_most_a_bucket_off) {
  LatencyHistogram histogram;
  for (int i = 1; i <= 1000; ++i) histogram.add(std::chrono::milliseconds(i));
  for (const double part : {0.01, 0.25, 0.5, 0.95, 0.99, 1.0}) {
    const double exact = part * 1000;
    const double told = std::chrono::duration<double, std::milli>(histogram.quantile(part)).count();
    EXPECT_GE(told, exact) << part;
    EXPECT_LE(told, 1.26 * exact) << part;
  }
}

TEST(LatencyHistogram, takes_any_time) {
  LatencyHistogram histogram;
  histogram.add(-5s);
  histogram.add(0ns);
  histogram.add(std::chrono::nanoseconds::max());
  EXPECT_EQ(histogram.samples(), 3U);
  EXPECT_GT(histogram.quantile(1.0), 1h);
}

TEST(LatencyHistogram, follows_a_server_that_has_become_slow) {
  LatencyHistogram histogram;
  for (int i = 0; i < 100'000; ++i) histogram.add(1ms);
  for (int i = 0; i < 5000; ++i) histogram.add(100ms);
  EXPECT_GE(histogram.quantile(0.5), 100ms);
  EXPECT_LE(histogram.samples(), LatencyHistogram::memory);
}

// A server that answers `width` at once in 10 ms; more wait in its queue.
std::chrono::nanoseconds time_at(std::uint32_t in_flight, std::uint32_t width) {
  return 10ms * std::max(in_flight, width) / width;
}

// The limit after *answers*, short phases with less of it left out.
std::uint32_t settled(AdaptiveLimit& limit, int answers, std::uint32_t width) {
  std::uint32_t most = 0;
  for (int i = 0; i < answers; ++i) {
    limit.answered(time_at(limit.limit(), width), limit.limit());
    if (i >= answers - 500) most = std::max(most, limit.limit());
  }
  return most;
}

TEST(AdaptiveLimit, grows_while_the_server_keeps_up) {
  AdaptiveLimit limit({.least = 4, .most = 64, .first = 8});
  for (int i = 0; i < 900; ++i) limit.answered(10ms, limit.limit());
  EXPECT_EQ(limit.limit(), 64U);
}

TEST(AdaptiveLimit, finds_about_what_the_server_does_at_once) {
  AdaptiveLimit limit({.least = 4, .most = 1000, .first = 8});
  const std::uint32_t found = settled(limit, 20'000, 50);
  // The tolerated half more, and a queue of about the limit's root.
  EXPECT_GE(found, 50U);
  EXPECT_LE(found, 120U);
}

TEST(AdaptiveLimit, follows_a_server_that_does_less_than_before) {
  AdaptiveLimit limit({.least = 4, .most = 1000, .first = 8});
  EXPECT_GE(settled(limit, 20'000, 50), 50U);
  EXPECT_LE(settled(limit, 20'000, 10), 40U);
}

TEST(AdaptiveLimit, nothing_is_learnt_while_it_is_not_used) {
  AdaptiveLimit limit({.least = 4, .most = 64, .first = 16});
  for (int i = 0; i < 500; ++i) limit.answered(10ms, 1);
  EXPECT_EQ(limit.limit(), 16U);
}

TEST(AdaptiveLimit, overload_lowers_it_to_its_least) {
  AdaptiveLimit limit({.least = 4, .most = 64, .first = 64});
  limit.overloaded();
  EXPECT_EQ(limit.limit(), 57U);
  for (int i = 0; i < 100; ++i) limit.overloaded();
  EXPECT_EQ(limit.limit(), 4U);
}

}  // namespace
}  // namespace wats::policy
