// Bounds, percentiles and the four figures, from made-up traces.
#include "apps/wats/demo/figures.hpp"

#include "apps/wats/demo/html.hpp"
#include "apps/wats/demo/scoreboard.hpp"
#include "tests/unit/demo/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace wats::demo {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

Event get(const std::string& part_number, int start, int end, Source source = Source::server) {
  return read_event(op::ProductGet(part_number), start, end, product_doc(part_number, "x"), source);
}
Event list(int start, int end) {
  return read_event(op::ProductList(), start, end, "[]");
}
Event save(const std::string& part_number, int start, int end) {
  return write_event(op::ProductSave(Product(part_number)), start, end);
}

TEST(Percentile, is_the_nearest_rank) {
  std::vector<nanoseconds> values;
  for (int i = 1; i <= 100; ++i) values.emplace_back(i);
  EXPECT_EQ(percentile(values, 0.50), nanoseconds(50));
  EXPECT_EQ(percentile(values, 0.95), nanoseconds(95));
  EXPECT_EQ(percentile(values, 1), nanoseconds(100));
  EXPECT_EQ(percentile(std::vector<nanoseconds>{nanoseconds(7)}, 0.5), nanoseconds(7));
  EXPECT_EQ(percentile({}, 0.5), nanoseconds(0));
}

TEST(Bounds, one_answer_serves_until_a_write_touches_it) {
  const auto bounds = Bounds::of({get("A", 0, 10), get("A", 20, 21), get("A", 30, 31), save("A", 40, 60),
                                  get("A", 70, 80), get("A", 90, 91)});
  EXPECT_EQ(bounds.cacheable_reads, 5U);
  EXPECT_EQ(bounds.distinct_answers, 2U);
  EXPECT_EQ(bounds.writes, 1U);
  EXPECT_EQ(bounds.least_calls(), 3U);
  EXPECT_DOUBLE_EQ(bounds.best_hit_rate(), 0.6);
}

TEST(Bounds, a_write_touches_only_what_shares_a_tag) {
  const auto bounds = Bounds::of(
      {get("A", 0, 10), get("B", 0, 10), list(0, 10), save("A", 20, 30), get("B", 40, 41), list(40, 50)});
  EXPECT_EQ(bounds.distinct_answers, 4U);  // A, B, the list before and the list after
  EXPECT_EQ(bounds.calls_of.at("product_list"), 2U);
  EXPECT_EQ(bounds.calls_of.at("product_get"), 2U);
}

TEST(Bounds, a_write_that_nobody_reads_after_costs_nothing) {
  const auto bounds = Bounds::of({get("A", 0, 10), save("A", 20, 30), save("A", 40, 50), get("A", 60, 70)});
  EXPECT_EQ(bounds.distinct_answers, 2U);
}

TEST(Bounds, reads_during_a_write_cannot_be_given_what_was_there_nor_may_their_answer_be_kept) {
  const auto bounds =
      Bounds::of({get("A", 0, 10), save("A", 20, 40), get("A", 30, 31), get("A", 32, 33), get("A", 50, 51)});
  EXPECT_EQ(bounds.distinct_answers, 3U);  // before, during, after
}

TEST(Bounds, live_and_never_reads_are_always_sent) {
  const op::ProductionVerifyUnit verify("SN", "PN");
  const op::ProductionGetUnit unit("SN", "PN");
  const auto bounds =
      Bounds::of({read_event(verify, 0, 1, ""), read_event(verify, 2, 3, ""), read_event(unit, 4, 5, "")});
  EXPECT_EQ(bounds.other_reads, 3U);
  EXPECT_EQ(bounds.least_calls(), 3U);
  EXPECT_EQ(bounds.best_hit_rate(), 0);
}

/// Runs in which everything is as good as can be: 200 reads of one product, asked once where the cache is on.
Runs perfect_runs() {
  Runs runs;
  const auto fill = [](Run& run, const std::string& name, bool cached) {
    run.name = name;
    run.begin = at(0);
    run.elapsed = std::chrono::seconds(10);
    run.history = {version("products", "A", 1, -10, product_doc("A", "x"))};
    for (int i = 0; i < 200; ++i) {
      const bool hit = cached && i > 0;
      auto event = get("A", 50 * i, 50 * i + 20, hit ? Source::memory : Source::server);
      if (hit) event.end = event.start + std::chrono::microseconds(2);
      run.events.push_back(std::move(event));
    }
    run.all_calls = cached ? 1 : 200;
    run.calls["product_get"] = run.all_calls;
  };
  fill(runs.plain, "plain", false);
  fill(runs.cached, "cached", true);
  fill(runs.all, "all", true);
  runs.backlog.name = "backlog";
  runs.backlog.requests = 500;
  runs.backlog.in_flight = 32;
  runs.backlog.one_at_a_time = std::chrono::seconds(12);
  runs.backlog.at_once = milliseconds(400);
  return runs;
}

Figures figures_of(const Runs& runs) {
  return Figures::of(Workload::line(), false, runs);
}

const Metric& metric(const Figures& figures, const std::string& name) {
  for (const auto& one : figures.metrics) {
    if (one.name == name) return one;
  }
  throw std::out_of_range(name);
}

TEST(Figures, a_perfect_cache_passes) {
  const auto figures = figures_of(perfect_runs());
  EXPECT_DOUBLE_EQ(metric(figures, "cache_hit_rate").measured, 0.995);
  EXPECT_DOUBLE_EQ(metric(figures, "cache_hit_rate").goal, 0.99 * 0.995);
  EXPECT_NEAR(metric(figures, "cached_response_time_reduction").measured, 1 - 0.002 / 20, 1e-12);
  EXPECT_DOUBLE_EQ(metric(figures, "async_throughput_ratio").measured, 30);
  EXPECT_DOUBLE_EQ(metric(figures, "api_call_reduction").measured, 0.995);
  EXPECT_DOUBLE_EQ(metric(figures, "api_call_reduction").goal, 1 - 1.05 / 200);
  EXPECT_EQ(figures.verdict.checked, 600U);
  EXPECT_TRUE(figures.pass());
}

TEST(Figures, a_joined_call_is_a_hit) {
  auto runs = perfect_runs();
  runs.all.events[1].source = Source::joined;
  EXPECT_DOUBLE_EQ(metric(figures_of(runs), "cache_hit_rate").measured, 0.995);
}

TEST(Figures, misses_that_a_perfect_cache_would_not_have_fail_the_hit_rate) {
  auto runs = perfect_runs();
  for (std::size_t i = 1; i < 6; ++i) runs.all.events[i].source = Source::server;
  const auto figures = figures_of(runs);
  EXPECT_FALSE(metric(figures, "cache_hit_rate").pass());
  EXPECT_FALSE(figures.pass());
}

TEST(Figures, more_calls_than_five_percent_above_the_bound_fail) {
  auto runs = perfect_runs();
  runs.all.all_calls = 2;
  EXPECT_FALSE(metric(figures_of(runs), "api_call_reduction").pass());
}

TEST(Figures, a_slow_half_of_the_cached_reads_fails_the_response_time) {
  auto runs = perfect_runs();
  for (std::size_t i = 0; i < 101; ++i)
    runs.cached.events[i].end = runs.cached.events[i].start + milliseconds(1);
  EXPECT_FALSE(metric(figures_of(runs), "cached_response_time_reduction").pass());
}

TEST(Figures, a_ratio_below_the_goal_fails) {
  auto runs = perfect_runs();
  runs.backlog.at_once = milliseconds(500);
  EXPECT_FALSE(figures_of(runs).pass());
}

TEST(Figures, one_wrong_answer_in_any_run_fails_everything) {
  for (demo::Run Runs::* const run : {&Runs::plain, &Runs::cached, &Runs::all}) {
    auto runs = perfect_runs();
    (runs.*run).events.back() = read_event(op::ProductGet("A"), 9950, 9951, product_doc("A", "stale"));
    const auto figures = figures_of(runs);
    EXPECT_EQ(figures.verdict.wrong, 1U);
    EXPECT_FALSE(figures.pass());
  }
}

TEST(Figures, a_failed_call_and_an_unfinished_run_fail) {
  auto runs = perfect_runs();
  runs.plain.events[3].failure = "product_get: no answer";
  EXPECT_FALSE(figures_of(runs).pass());
  runs = perfect_runs();
  runs.backlog.failure = "the server could not be started";
  EXPECT_FALSE(figures_of(runs).pass());
}

TEST(Figures, nothing_checked_is_no_pass) {
  EXPECT_FALSE(figures_of(Runs()).pass());
}

TEST(Scoreboard, the_json_has_what_programs_expect) {
  const auto json = nlohmann::json::parse(scoreboard_json(figures_of(perfect_runs())));
  ASSERT_EQ(json["metrics"].size(), 4U);
  EXPECT_EQ(json["metrics"][0]["name"], "cache_hit_rate");
  EXPECT_EQ(json["metrics"][1]["name"], "cached_response_time_reduction");
  EXPECT_EQ(json["metrics"][2]["name"], "async_throughput_ratio");
  EXPECT_EQ(json["metrics"][3]["name"], "api_call_reduction");
  for (const auto& one : json["metrics"]) {
    EXPECT_TRUE(one["target"].is_number() && one["goal"].is_number() && one["measured"].is_number());
    EXPECT_EQ(one["pass"], true);
  }
  EXPECT_EQ(json["calls"]["plain"], 200);
  EXPECT_EQ(json["calls"]["all"], 1);
  EXPECT_EQ(json["calls"]["lower_bound"], 1);
  EXPECT_EQ(json["answers_checked"], 600);
  EXPECT_EQ(json["answers_wrong"], 0);
  EXPECT_EQ(json["verdict"], "pass");
}

TEST(Scoreboard, a_failure_is_told_as_such) {
  auto runs = perfect_runs();
  runs.all.events.back() = read_event(op::ProductGet("A"), 9950, 9951, product_doc("A", "stale"));
  const auto json = nlohmann::json::parse(scoreboard_json(figures_of(runs)));
  EXPECT_EQ(json["verdict"], "fail");
  EXPECT_EQ(json["answers_wrong"], 1);
  EXPECT_EQ(json["first_wrong"][0]["operation"], "product_get");
}

TEST(Report, is_one_file_that_needs_no_network_and_escapes_what_the_server_said) {
  auto runs = perfect_runs();
  runs.all.events.back() =
      read_event(op::ProductGet("A"), 9950, 9951, product_doc("A", "<script>alert(1)</script>"));
  const auto html = report_html(figures_of(runs), runs);
  EXPECT_THAT(html, testing::StartsWith("<!doctype html>"));
  EXPECT_THAT(html, testing::Not(testing::HasSubstr("<script")));
  EXPECT_THAT(html, testing::HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(html, testing::Not(testing::HasSubstr("http:")));
  EXPECT_THAT(html, testing::Not(testing::HasSubstr("https:")));
  EXPECT_THAT(html, testing::Not(testing::HasSubstr("nan")));
}

TEST(Report, is_drawn_for_runs_that_never_began) {
  const Runs runs;
  const auto html = report_html(figures_of(runs), runs);
  EXPECT_THAT(html, testing::HasSubstr("</html>"));
  EXPECT_THAT(html, testing::Not(testing::HasSubstr("nan")));
  EXPECT_THAT(html, testing::Not(testing::HasSubstr("inf")));
}

}  // namespace
}  // namespace wats::demo
