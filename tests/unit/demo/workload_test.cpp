// Reading workloads and planning who does what.
#include "apps/wats/demo/workload.hpp"

#include "apps/wats/demo/plan.hpp"
#include "tests/support/shared_files.hpp"
#include "tests/unit/demo/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace wats::demo {
namespace {

using ::testing::HasSubstr;

std::string line_json() {
  return wats::testing::content_of(WATS_SOURCE_DIR "/bench/workloads/line.json");
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

MasterData some_data() {
  MasterData data;
  for (int i = 0; i < 40; ++i) data.products.push_back({"PN-" + std::to_string(i), {"A", "B", "C"}});
  data.test_processes = {"ICT", "FCT"};
  data.units = {{"SN-1", "PN-1"}, {"SN-2", "PN-2"}};
  return data;
}

TEST(Workload, the_line_is_read_as_it_is_written) {
  const auto line = Workload::line();
  EXPECT_EQ(line.name, "line");
  EXPECT_EQ(line.seed, 42U);
  EXPECT_EQ(line.data.reports_before, 2000U);
  EXPECT_EQ(line.server.latency_ms, 20U);
  EXPECT_EQ(line.server.jitter_ms, 5U);
  EXPECT_EQ(line.station.count, 8U);
  EXPECT_EQ(line.station.units, 60U);
  EXPECT_EQ(line.station.products, 2U);
  EXPECT_EQ(line.station.change_over, 30U);
  EXPECT_DOUBLE_EQ(line.station.retest_share, 0.10);
  EXPECT_EQ(line.station.previous_reports, 10);
  EXPECT_EQ(line.station.report_steps, 40U);
  EXPECT_DOUBLE_EQ(line.station.failed_share, 0.08);
  EXPECT_EQ(line.station.phase_before, UnitPhase::under_production);
  EXPECT_EQ(line.station.phase_passed, UnitPhase::under_production_queued);
  EXPECT_EQ(line.station.phase_failed, UnitPhase::production_repair_queued);
  EXPECT_EQ(line.dashboard.count, 5U);
  EXPECT_EQ(line.dashboard.refreshes, 20U);
  EXPECT_EQ(line.dashboard.every_ms, 500U);
  EXPECT_EQ(line.dashboard.products, 4U);
  EXPECT_EQ(line.dashboard.newest_reports, 20);
  EXPECT_EQ(line.sync.passes, 2U);
  EXPECT_EQ(line.engineer.edits, 24U);
  EXPECT_EQ(line.backlog.in_flight, 32U);
}

TEST(Workload, another_order_of_operations_is_refused) {
  const auto changed = replaced(line_json(), R"("op": "product_save")", R"("op": "product_list")");
  const auto workload = Workload::parse(changed);
  ASSERT_FALSE(workload);
  EXPECT_THAT(workload.error().what(), HasSubstr("engineer.per_edit"));
}

TEST(Workload, a_wording_without_its_number_is_refused) {
  const auto workload = Workload::parse(replaced(line_json(), "a report of 40 steps", "a long report"));
  ASSERT_FALSE(workload);
  EXPECT_THAT(workload.error().what(), HasSubstr("report of"));
}

TEST(Workload, senseless_numbers_are_refused) {
  EXPECT_FALSE(Workload::parse(replaced(line_json(), R"("in_flight": 32)", R"("in_flight": 0)")));
  EXPECT_FALSE(Workload::parse(replaced(line_json(), R"("retest_share": 0.10)", R"("retest_share": 1.5)")));
  EXPECT_FALSE(Workload::parse(replaced(line_json(), R"("products": 40)", R"("products": 3)")));
  EXPECT_FALSE(Workload::parse("{"));
}

TEST(Workload, the_short_one_has_a_name_of_its_own) {
  const auto quick = Workload::line().shortened();
  EXPECT_EQ(quick.name, "line-quick");
  EXPECT_LT(quick.all_units(), Workload::line().all_units());
  EXPECT_GE(quick.station.products * quick.station.change_over, quick.station.units);
}

TEST(Workload, the_own_copy_is_the_shared_one) {
  const auto shared = wats::testing::shared_path("workloads/line.json");
  WATS_NEEDS_SHARED(shared);
  EXPECT_EQ(wats::testing::content_of(shared), line_json());
}

TEST(Plan, follows_from_the_seed) {
  const auto workload = Workload::line();
  const auto one = Plan::make(workload, some_data());
  const auto same = Plan::make(workload, some_data());
  auto reseeded = workload;
  reseeded.seed = 43;
  const auto other = Plan::make(reseeded, some_data());
  EXPECT_EQ(one.being_built, same.being_built);
  EXPECT_EQ(one.stations[3].jobs[5].report_id, same.stations[3].jobs[5].report_id);
  EXPECT_EQ(one.edits[7].part_number, same.edits[7].part_number);
  EXPECT_NE(one.stations[3].jobs[5].report_id, other.stations[3].jobs[5].report_id);
}

TEST(Plan, a_tenth_of_the_units_is_tested_twice_in_a_row) {
  const auto plan = Plan::make(Workload::line(), some_data());
  std::map<std::string, int> tests;
  for (const auto& station : plan.stations) {
    for (std::size_t i = 0; i < station.jobs.size(); ++i) {
      const auto& job = station.jobs[i];
      if (++tests[job.serial_number] == 2) {
        EXPECT_EQ(station.jobs[i - 1].serial_number, job.serial_number);
      }
    }
  }
  EXPECT_EQ(tests.size(), 480U);
  EXPECT_EQ(plan.all_jobs, 528U);
}

TEST(Plan, each_station_builds_two_products_and_four_are_being_built) {
  const auto plan = Plan::make(Workload::line(), some_data());
  EXPECT_EQ(plan.being_built.size(), 4U);
  const std::set<std::string> built(plan.being_built.begin(), plan.being_built.end());
  for (const auto& station : plan.stations) {
    std::vector<std::string> products;
    for (const auto& job : station.jobs) {
      EXPECT_TRUE(built.contains(job.part_number));
      if (products.empty() || products.back() != job.part_number) products.push_back(job.part_number);
    }
    EXPECT_EQ(products.size(), 2U);
  }
}

TEST(Plan, eight_percent_of_the_reports_failed_and_no_two_are_alike) {
  const auto plan = Plan::make(Workload::line(), some_data());
  std::size_t failed = 0;
  std::set<std::string> ids;
  std::set<std::int64_t> starts;
  for (const auto& station : plan.stations) {
    for (const auto& job : station.jobs) {
      failed += job.failed ? 1U : 0U;
      ids.insert(job.report_id);
      starts.insert(job.start.instant().time_since_epoch().count());
    }
  }
  EXPECT_NEAR(static_cast<double>(failed) / plan.all_jobs, 0.08, 0.005);
  EXPECT_EQ(ids.size(), plan.all_jobs);
  EXPECT_EQ(starts.size(), plan.all_jobs);
}

TEST(Plan, edits_are_spread_over_the_units_and_half_of_them_meet_what_is_built) {
  const auto plan = Plan::make(Workload::line(), some_data());
  ASSERT_EQ(plan.edits.size(), 24U);
  std::size_t built = 0;
  for (std::size_t i = 0; i < plan.edits.size(); ++i) {
    EXPECT_EQ(plan.edits[i].after_units, 528 * (i + 1) / 25);
    built += std::ranges::count(plan.being_built, plan.edits[i].part_number) > 0 ? 1U : 0U;
  }
  EXPECT_GE(built, 12U);
}

TEST(Plan, the_same_job_makes_the_same_report) {
  const auto plan = Plan::make(Workload::line(), some_data());
  UnitJob job = plan.stations[0].jobs[0];
  job.failed = true;
  const auto report = report_of(job, "ST", 10, 40);
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->id(), job.report_id);
  EXPECT_EQ(report->serial_number(), job.serial_number);
  EXPECT_EQ(*report, *report_of(job, "ST", 10, 40));
  EXPECT_THAT(report->text(), HasSubstr(R"("result":"F")"));
  EXPECT_THAT(report->text(), HasSubstr(R"("causedUUTFailure":true)"));
}

TEST(MasterData, comes_from_the_version_history) {
  const std::vector history = {
      version("processes", "20", 1, 0, R"({"code":20,"name":"FCT","isTestOperation":true,"state":1})"),
      version("processes", "30", 1, 0, R"({"code":30,"name":"Repair","isRepairOperation":true,"state":1})"),
      version(
          "products", "PN-1", 1, 0,
          R"({"partNumber":"PN-1","nonSerial":false,"state":1,"revisions":[{"revision":"A","state":1}]})"),
      version("reports", "a", 2, 0,
              R"({"uuid":"a","serialNumber":"SN","partNumber":"PN-1","start":"2026-01-02T00:00:00Z"})")};
  const auto data = MasterData::of(history);
  ASSERT_TRUE(data);
  ASSERT_EQ(data->products.size(), 1U);
  EXPECT_EQ(data->products[0].revisions, std::vector<std::string>{"A"});
  EXPECT_EQ(data->test_processes, std::vector<std::string>{"FCT"});
  ASSERT_EQ(data->units.size(), 1U);
  EXPECT_EQ(data->units[0].serial_number, "SN");
  EXPECT_EQ(data->latest_start.utc_text(), "2026-01-02T00:00:00Z");
  EXPECT_FALSE(MasterData::of({}));
}

}  // namespace
}  // namespace wats::demo
