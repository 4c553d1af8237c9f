// Filters as the server reads them.
#include "wats/model/filter.hpp"

#include "wats/model/report_fields.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

namespace wats {
namespace {

namespace field = report_field;

TEST(Filter, each_comparison_has_its_word) {
  EXPECT_EQ((field::serial_number == "A").text(), "serialNumber eq 'A'");
  EXPECT_EQ((field::serial_number != "A").text(), "serialNumber ne 'A'");
  EXPECT_EQ((field::process_code < 5).text(), "processCode lt 5");
  EXPECT_EQ((field::process_code <= 5).text(), "processCode le 5");
  EXPECT_EQ((field::process_code > 5).text(), "processCode gt 5");
  EXPECT_EQ((field::process_code >= -5).text(), "processCode ge -5");
}

TEST(Filter, values_are_written_by_the_type_of_their_field) {
  EXPECT_EQ((field::time_stamp > 9'223'372'036'854'775'807).text(), "timeStamp gt 9223372036854775807");
  EXPECT_EQ((field::execution_time < 0.1).text(), "executionTime lt 0.1");
  EXPECT_EQ((field::measures_deleted == true).text(), "measuresDeleted eq true");
  EXPECT_EQ((field::result == ReportResult::failed).text(), "result eq 'Failed'");
  EXPECT_EQ((field::report_type != Open<ReportType>("X")).text(), "reportType ne 'X'");
  EXPECT_EQ((field::comment == null).text(), "comment eq null");
  EXPECT_EQ((field::comment != null).text(), "comment ne null");
}

TEST(Filter, times_go_out_in_utc_without_quotes) {
  const auto time = Timestamp::parse("2026-01-01T01:00:00.500+01:00");
  ASSERT_TRUE(time.has_value());
  EXPECT_EQ((field::start >= *time).text(), "start ge 2026-01-01T00:00:00.500Z");
}

TEST(Filter, uuids_stand_bare_and_anything_else_in_quotes) {
  EXPECT_EQ((field::uuid == "5a2b6c1e-7d34-4f0a-9c55-0e1f2a3b4c5d").text(),
            "uuid eq 5a2b6c1e-7d34-4f0a-9c55-0e1f2a3b4c5d");
  EXPECT_EQ((field::uuid == "1 or 1 eq 1").text(), "uuid eq '1 or 1 eq 1'");
  EXPECT_EQ((field::referenced_uut == "5a2b6c1e-7d34-4f0a-9c55-0e1f2a3b4c5'").text(),
            "referencedUut eq '5a2b6c1e-7d34-4f0a-9c55-0e1f2a3b4c5'''");
}

TEST(Filter, a_quote_in_a_value_never_ends_its_literal) {
  EXPECT_EQ((field::serial_number == "O'Brien").text(), "serialNumber eq 'O''Brien'");
  EXPECT_EQ((field::serial_number == "x' or serialNumber ne '").text(),
            "serialNumber eq 'x'' or serialNumber ne '''");
  EXPECT_EQ(field::comment.contains("') or contains(comment,'").text(),
            "contains(comment,''') or contains(comment,''')");
  EXPECT_EQ(field::part_number.in("a','b", "'").text(), "partNumber in ('a'',''b','''')");
  EXPECT_EQ((field::result == Open<ReportResult>("P' or 1 eq 1")).text(), "result eq 'P'' or 1 eq 1'");
}

TEST(Filter, text_functions_have_their_odata_names) {
  EXPECT_EQ(field::part_number.contains("x").text(), "contains(partNumber,'x')");
  EXPECT_EQ(field::part_number.starts_with("x").text(), "startswith(partNumber,'x')");
  EXPECT_EQ(field::part_number.ends_with("x").text(), "endswith(partNumber,'x')");
}

TEST(Filter, a_field_may_be_one_of_several) {
  EXPECT_EQ(field::process_code.in(10, 20).text(), "processCode in (10,20)");
  EXPECT_EQ(field::result.in(ReportResult::failed, ReportResult::error).text(),
            "result in ('Failed','Error')");
  EXPECT_EQ(field::serial_number.in("A").text(), "serialNumber in ('A')");
  EXPECT_EQ(field::serial_number.in(std::vector<std::string>{"A", "B"}).text(), "serialNumber in ('A','B')");
  EXPECT_EQ(field::serial_number.in(std::set<std::string_view>{"A", "B"}).text(),
            "serialNumber in ('A','B')");
}

TEST(Filter, one_of_nothing_matches_nothing) {
  EXPECT_EQ(field::serial_number.in(std::vector<std::string>()).text(),
            "serialNumber eq null and serialNumber ne null");
}

TEST(Filter, parentheses_come_where_the_grammar_needs_them) {
  const Filter a = field::run == 1;
  const Filter b = field::run == 2;
  const Filter c = field::run == 3;
  EXPECT_EQ((a && b && c).text(), "run eq 1 and run eq 2 and run eq 3");
  EXPECT_EQ((a || b || c).text(), "run eq 1 or run eq 2 or run eq 3");
  EXPECT_EQ(((a || b) && c).text(), "(run eq 1 or run eq 2) and run eq 3");
  EXPECT_EQ((a && (b || c)).text(), "run eq 1 and (run eq 2 or run eq 3)");
  EXPECT_EQ(((a && b) || c).text(), "(run eq 1 and run eq 2) or run eq 3");
  EXPECT_EQ((!a).text(), "not (run eq 1)");
  EXPECT_EQ((!(a || b) && c).text(), "not (run eq 1 or run eq 2) and run eq 3");
  EXPECT_EQ((!!a).text(), "not (not (run eq 1))");
}

TEST(Filter, raw_text_keeps_to_itself) {
  const Filter raw = Filter::raw("subUnits/any(s: s/partNumber eq 'PN-2') or run eq 1");
  EXPECT_EQ(raw.text(), "subUnits/any(s: s/partNumber eq 'PN-2') or run eq 1");
  EXPECT_EQ((raw && field::run == 2).text(),
            "(subUnits/any(s: s/partNumber eq 'PN-2') or run eq 1) and run eq 2");
  EXPECT_EQ((field::run == 2 || raw).text(),
            "run eq 2 or (subUnits/any(s: s/partNumber eq 'PN-2') or run eq 1)");
}

}  // namespace
}  // namespace wats
