// The checker of answers, against made-up version histories.
#include "apps/wats/demo/truth.hpp"

#include "tests/unit/demo/support.hpp"
#include "wats/model/report_fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wats::demo {
namespace {

using testing::HasSubstr;

const std::string pn = "PN-1";

std::vector<server::RowVersion> edited_product() {
  return {version("products", pn, 1, 0, product_doc(pn, "old")),
          version("products", pn, 2, 100, product_doc(pn, "new"))};
}

Verdict check(const std::vector<server::RowVersion>& history, Event event) {
  return check_answers({std::move(event)}, history, at(0));
}

Event product_read(int start, int end, const std::string& description) {
  return read_event(op::ProductGet(pn), start, end, product_doc(pn, description));
}

TEST(Truth, a_version_current_during_the_call_is_right) {
  const auto history = edited_product();
  EXPECT_TRUE(check(history, product_read(10, 20, "old")).all_right());
  EXPECT_TRUE(check(history, product_read(110, 120, "new")).all_right());
  EXPECT_TRUE(check(history, product_read(90, 110, "old")).all_right());
  EXPECT_TRUE(check(history, product_read(90, 110, "new")).all_right());
}

TEST(Truth, an_older_version_than_the_last_before_the_call_is_wrong) {
  const auto verdict = check(edited_product(), product_read(101, 120, "old"));
  EXPECT_EQ(verdict.checked, 1U);
  EXPECT_EQ(verdict.wrong, 1U);
  ASSERT_EQ(verdict.first_wrong.size(), 1U);
  EXPECT_EQ(verdict.first_wrong[0].operation, "product_get");
  EXPECT_EQ(verdict.first_wrong[0].key, "product_get PN-1");
  EXPECT_THAT(verdict.first_wrong[0].what, HasSubstr("shows version 1, which was replaced at 0.1000 s"));
  EXPECT_THAT(verdict.first_wrong[0].what, HasSubstr("should be version 2 (commit 2"));
  EXPECT_THAT(verdict.first_wrong[0].what, HasSubstr(R"(description "old" instead of "new")"));
}

TEST(Truth, a_version_from_after_the_call_is_wrong) {
  const auto verdict = check(edited_product(), product_read(10, 20, "new"));
  EXPECT_EQ(verdict.wrong, 1U);
  EXPECT_THAT(verdict.first_wrong.at(0).what, HasSubstr("which came at 0.1000 s"));
}

TEST(Truth, what_no_version_said_is_wrong) {
  const auto verdict = check(edited_product(), product_read(10, 200, "invented"));
  EXPECT_EQ(verdict.wrong, 1U);
  EXPECT_THAT(verdict.first_wrong.at(0).what, HasSubstr("shows what no version ever said"));
}

TEST(Truth, a_commit_counts_from_the_moment_it_may_be_visible) {
  auto history = edited_product();
  history[1].not_before = at(90);
  history[1].not_after = at(100);
  EXPECT_TRUE(check(history, product_read(80, 91, "new")).all_right());
  EXPECT_TRUE(check(history, product_read(99, 120, "old")).all_right());
  EXPECT_EQ(check(history, product_read(80, 89, "new")).wrong, 1U);
  EXPECT_EQ(check(history, product_read(101, 120, "old")).wrong, 1U);
}

TEST(Truth, of_one_commit_only_the_last_version_was_ever_visible) {
  const std::vector history = {version("products", pn, 1, 0, product_doc(pn, "never seen")),
                               version("products", pn, 1, 0, product_doc(pn, "stored"))};
  EXPECT_TRUE(check(history, product_read(10, 20, "stored")).all_right());
  EXPECT_EQ(check(history, product_read(10, 20, "never seen")).wrong, 1U);
}

TEST(Truth, finding_nothing_is_right_only_while_there_is_nothing) {
  const std::vector history = {version("products", pn, 1, 50, product_doc(pn, "made")),
                               version("products", pn, 2, 100, "")};
  const auto nothing = [&](int start, int end) { return read_event(op::ProductGet(pn), start, end, ""); };
  EXPECT_TRUE(check(history, nothing(10, 20)).all_right());
  EXPECT_TRUE(check(history, nothing(40, 60)).all_right());
  EXPECT_EQ(check(history, nothing(60, 70)).wrong, 1U);
  EXPECT_TRUE(check(history, nothing(110, 120)).all_right());
  EXPECT_EQ(check(history, product_read(110, 120, "made")).wrong, 1U);
}

TEST(Truth, a_failed_call_is_counted_and_not_checked) {
  Event event = event_of(op::ProductGet(pn));
  event.failure = "product_get: no answer";
  const auto verdict = check(edited_product(), std::move(event));
  EXPECT_EQ(verdict.checked, 0U);
  EXPECT_EQ(verdict.failed_calls, 1U);
  EXPECT_EQ(verdict.first_failure, "product_get: no answer");
  EXPECT_FALSE(verdict.all_right());
}

TEST(Truth, only_the_first_wrong_answers_are_told_by_their_start) {
  std::vector<Event> events;
  for (int i = 0; i < 20; ++i) events.push_back(product_read(220 - i, 300, "old"));
  const auto verdict = check_answers(events, edited_product(), at(0));
  EXPECT_EQ(verdict.wrong, 20U);
  ASSERT_EQ(verdict.first_wrong.size(), 5U);
  EXPECT_THAT(verdict.first_wrong[0].what, HasSubstr("call from 0.2010 s"));
}

TEST(Truth, a_list_is_checked_as_a_whole) {
  const std::vector history = {version("products", "PN-2", 1, 0, product_doc("PN-2", "x")),
                               version("products", "PN-1", 1, 0, product_doc("PN-1", "x")),
                               version("products", "PN-3", 2, 100, product_doc("PN-3", "x"))};
  const std::string two = R"([{"partNumber":"PN-1","nonSerial":false,"state":1},)"
                          R"({"partNumber":"PN-2","nonSerial":false,"state":1}])";
  EXPECT_TRUE(check(history, read_event(op::ProductList(), 10, 20, two)).all_right());
  const auto verdict = check(history, read_event(op::ProductList(), 110, 120, two));
  EXPECT_EQ(verdict.wrong, 1U);
  EXPECT_THAT(verdict.first_wrong.at(0).what, HasSubstr("2 rows instead of 3"));
}

TEST(Truth, processes_come_in_their_order_without_inactive_ones) {
  const std::vector history = {
      version("processes", "20", 1, 0,
              R"({"code":20,"name":"B","isTestOperation":true,"processIndex":1,"state":1})"),
      version("processes", "10", 1, 0,
              R"({"code":10,"name":"A","isTestOperation":true,"processIndex":2,"state":1})"),
      version("processes", "30", 1, 0,
              R"({"code":30,"name":"C","isTestOperation":true,"processIndex":0,"state":0})")};
  const std::string right = R"([{"code":20,"name":"B","isTestOperation":true,"processIndex":1,"state":1},)"
                            R"({"code":10,"name":"A","isTestOperation":true,"processIndex":2,"state":1}])";
  EXPECT_TRUE(check(history, read_event(op::ProcessList(), 10, 20, right)).all_right());
}

TEST(Truth, a_unit_shows_its_product_of_the_same_moment) {
  const std::vector history = {
      version("products", pn, 1, 0, product_doc(pn, "old")),
      version("revisions", pn + "/A", 1, 0, R"({"revision":"A","state":1})"),
      version("units", "SN/" + pn, 2, 10, R"({"serialNumber":"SN","partNumber":"PN-1","revision":"A"})"),
      version("products", pn, 3, 100, product_doc(pn, "new"))};
  const auto unit = [&](const std::string& description) {
    return R"({"serialNumber":"SN","partNumber":"PN-1","revision":"A","productRevision":{"revision":"A","state":1},)"
           R"("product":)" +
           product_doc(pn, description) + "}";
  };
  const op::ProductionGetUnit request("SN", pn);
  EXPECT_TRUE(check(history, read_event(request, 20, 30, unit("old"))).all_right());
  EXPECT_EQ(check(history, read_event(request, 110, 120, unit("old"))).wrong, 1U);
  EXPECT_TRUE(check(history, read_event(request, 110, 120, unit("new"))).all_right());
}

std::string header(const std::string& id, const std::string& start, const std::string& result, int process) {
  return R"({"uuid":")" + id + R"(","serialNumber":"SN","partNumber":"PN-1","reportType":"T","start":")" +
         start + R"(","result":")" + result + R"(","stationName":"ST","processCode":)" +
         std::to_string(process) + "}";
}

op::ReportQueryHeaders newest(Filter filter, std::int32_t rows) {
  op::ReportQueryHeaders request;
  request.filter = std::move(filter);
  request.top = rows;
  return request;
}

TEST(Truth, headers_are_the_newest_by_their_start) {
  const auto a = header("a", "2026-01-01T00:00:01Z", "Passed", 10);
  const auto b = header("b", "2026-01-01T00:00:03Z", "Passed", 10);
  const auto c = header("c", "2026-01-01T00:00:02Z", "Passed", 10);
  const std::vector history = {version("reports", "a", 1, 0, a), version("reports", "b", 2, 10, b),
                               version("reports", "c", 3, 20, c)};
  const auto by_part = newest(report_field::part_number == "PN-1", 2);
  EXPECT_TRUE(check(history, read_event(by_part, 30, 40, "[" + b + "," + c + "]")).all_right());
  EXPECT_EQ(check(history, read_event(by_part, 30, 40, "[" + c + "," + b + "]")).wrong, 1U);
  const auto by_serial = newest(report_field::serial_number == "SN", 10);
  EXPECT_TRUE(check(history, read_event(by_serial, 12, 18, "[" + b + "," + a + "]")).all_right());
  EXPECT_TRUE(check(history, read_event(newest(report_field::serial_number == "O'Neill", 10), 12, 18, "[]"))
                  .all_right());
}

TEST(Truth, a_replaced_report_is_no_longer_listed) {
  const auto a = header("a", "2026-01-01T00:00:01Z", "Passed", 10);
  const std::vector history = {version("reports", "a", 1, 0, a), version("reports", "a", 2, 10, "")};
  const auto request = newest(report_field::serial_number == "SN", 10);
  EXPECT_TRUE(check(history, read_event(request, 20, 30, "[]")).all_right());
  EXPECT_EQ(check(history, read_event(request, 20, 30, "[" + a + "]")).wrong, 1U);
}

TEST(Truth, a_grade_is_computed_from_the_reports) {
  const std::vector history = {
      version("processes", "10", 1, 0,
              R"({"code":10,"name":"ICT","isTestOperation":true,"processIndex":1,"state":1})"),
      version("reports", "a", 2, 10, header("a", "2026-01-01T00:00:01Z", "Failed", 10)),
      version("reports", "b", 3, 20, header("b", "2026-01-01T00:00:02Z", "Passed", 10))};
  const op::ProductionVerifyUnit request("SN", pn);
  const std::string untested =
      R"({"status":"Unknown","allProcessesExecutedInCorrectOrder":false,"allProcessesPassedFirstRun":false,)"
      R"("allProcessesPassedAnyRun":false,"allProcessesPassedLastRun":false,"noRepairs":true,"results":[]})";
  const std::string failed =
      R"({"status":"Failed","grade":"D","allProcessesExecutedInCorrectOrder":true,"allProcessesPassedFirstRun":false,)"
      R"("allProcessesPassedAnyRun":false,"allProcessesPassedLastRun":false,"noRepairs":true,"results":[)"
      R"({"processCode":10,"processName":"ICT","processIndex":1,"status":"Failed","startUtc":"2026-01-01T00:00:01Z",)"
      R"("stationName":"ST","totalCount":1,"nonPassedCount":1,"repairCount":0}]})";
  const std::string passed =
      R"({"status":"Passed","grade":"B","allProcessesExecutedInCorrectOrder":true,"allProcessesPassedFirstRun":false,)"
      R"("allProcessesPassedAnyRun":true,"allProcessesPassedLastRun":true,"noRepairs":true,"results":[)"
      R"({"processCode":10,"processName":"ICT","processIndex":1,"status":"Passed","startUtc":"2026-01-01T00:00:02Z",)"
      R"("stationName":"ST","totalCount":2,"nonPassedCount":1,"repairCount":0}]})";
  EXPECT_TRUE(check(history, read_event(request, 5, 9, untested)).all_right());
  EXPECT_TRUE(check(history, read_event(request, 12, 18, failed)).all_right());
  EXPECT_TRUE(check(history, read_event(request, 30, 40, passed)).all_right());
  EXPECT_EQ(check(history, read_event(request, 30, 40, failed)).wrong, 1U);
  EXPECT_EQ(check(history, read_event(request, 12, 18, untested)).wrong, 1U);
}

TEST(Truth, a_question_it_cannot_check_is_refused) {
  const auto request = newest(report_field::station_name == "ST", 10);
  EXPECT_THROW((void)check({}, read_event(request, 0, 1, "[]")), Failure);
}

}  // namespace
}  // namespace wats::demo
