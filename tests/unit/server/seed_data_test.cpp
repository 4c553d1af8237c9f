#include "src/server/seed_data.hpp"

#include "src/server/report_intake.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <map>
#include <set>

namespace wats::server {
namespace {

TEST(SeedData, the_same_seed_gives_the_same_bytes_and_another_seed_others) {
  SeedSpec spec;
  EXPECT_EQ(seed_report(spec, 7), seed_report(spec, 7));
  EXPECT_EQ(seed_product(spec, 7), seed_product(spec, 7));
  SeedSpec other = spec;
  other.seed = 43;
  EXPECT_NE(seed_report(spec, 7), seed_report(other, 7));
}

TEST(SeedData, reports_are_valid_have_forty_steps_and_a_tenth_are_second_tests) {
  const SeedSpec spec = SeedSpec::line();
  std::map<std::string, int> runs;
  std::set<std::string> ids;
  int failed = 0;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const auto text = seed_report(spec, i);
    const auto intake = read_report(text);
    ASSERT_TRUE(intake.has_value()) << intake.error();
    ++runs[*intake->header.serial_number];
    ids.insert(intake->header.uuid);
    failed += intake->header.result->known() == ReportResult::failed ? 1 : 0;
    if (i == 0) {
      EXPECT_EQ(nlohmann::json::parse(text)["root"]["steps"].size(), 40U);
    }
  }
  EXPECT_EQ(ids.size(), 1000U);
  EXPECT_EQ(runs.size(), 900U);
  EXPECT_EQ(runs["SN-000009"], 2);
  EXPECT_GT(failed, 40);
  EXPECT_LT(failed, 130);
}

TEST(SeedData, processes_have_each_kind_and_codes_of_their_own) {
  const auto processes = seed_processes(12);
  ASSERT_EQ(processes.size(), 12U);
  std::set<int> codes;
  int tests = 0;
  for (const auto& process : processes) {
    codes.insert(*process.code);
    tests += process.is_test_operation ? 1 : 0;
  }
  EXPECT_EQ(codes.size(), 12U);
  EXPECT_EQ(tests, 9);
  EXPECT_TRUE(processes[9].is_repair_operation);
  EXPECT_EQ(*processes[9].code, 500);
}

TEST(ReportTemplate, changes_nothing_but_identity_and_start) {
  const std::string text =
      R"({ "type" : "T", "id": "5a2b6c1e-7d34-4f0a-9c55-0e1f2a3b4c5d",)"
      R"( "sn":"X\"1", "start": "2026-02-03T09:15:00Z", "root": {"id": 0, "sn": "inner"} })";
  const auto made = ReportTemplate::from(text);
  ASSERT_FALSE(made.has_value()) << "a text with an escaped quote would be cut wrongly";
}

TEST(ReportTemplate, keeps_every_other_byte) {
  const std::string text =
      R"({ "type" : "T", "id": "5a2b6c1e-7d34-4f0a-9c55-0e1f2a3b4c5d",)"
      R"( "sn":"X1", "start": "2026-02-03T09:15:00Z", "root": {"id": 0, "sn": "inner"} })";
  const auto made = ReportTemplate::from(text);
  ASSERT_TRUE(made.has_value()) << made.error().message();
  const auto copy = made->make(SeedSpec(), 3);
  const auto expected = nlohmann::json::parse(text);
  auto changed = nlohmann::json::parse(copy);
  EXPECT_EQ(changed["sn"], "SN-000004");
  EXPECT_NE(changed["id"], expected["id"]);
  for (const char* const key : {"id", "sn", "start"}) changed[key] = expected[key];
  EXPECT_EQ(changed, expected);
  EXPECT_EQ(copy.substr(0, 20), text.substr(0, 20)) << "blanks are kept";
}

TEST(ReportTemplate, needs_an_identity_to_change) {
  EXPECT_FALSE(ReportTemplate::from("[]").has_value());
  EXPECT_FALSE(ReportTemplate::from("{\"id\":\"x\"}").has_value());
  EXPECT_FALSE(ReportTemplate::from("{\"id\":1,\"sn\":2,\"start\":3}").has_value());
}

}  // namespace
}  // namespace wats::server
