#include "src/server/odata.hpp"

#include "src/server/row.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace wats::server {
namespace {

const std::vector<Column>& columns() {
  static const auto all = columns_of<ReportHeader>();
  return all;
}

std::string where(std::string_view text) {
  const auto filter = compile_filter(text, columns());
  return filter ? filter->where : "refused: " + filter.error().what();
}

/// Which of the rows below a filter finds, by their uuid.
class Odata : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string sql = "CREATE TABLE reports(";
    for (const auto& column : columns()) sql += (sql.back() == '(' ? "" : ",") + column.sql;
    db_.exec(sql + ")");
    db_.exec(
        "INSERT INTO reports(uuid, serial_number, start, run, result, measures_deleted, comment, "
        "report_type) VALUES"
        "('a', 'SN-1', 17701056000000000, 1, 'Passed', 0, NULL, 'T'),"                // 2026-02-03T08:00:00Z
        "('b', 'SN-2', 17701920000000000, 2, 'Failed', 1, 'it''s 100 % done', 'R'),"  // 2026-02-04T08:00:00Z
        "('c', NULL, NULL, NULL, 'Failed', NULL, '', 'T')");
  }

  std::string found(std::string_view text) {
    const auto filter = compile_filter(text, columns());
    if (!filter) return "refused: " + filter.error().what();
    SQLite::Statement rows(db_, "SELECT uuid FROM reports WHERE " + filter->where + " ORDER BY uuid");
    int index = 0;
    for (const auto& value : filter->params) {
      ++index;
      if (const auto* number = std::get_if<std::int64_t>(&value)) rows.bind(index, *number);
      if (const auto* real = std::get_if<double>(&value)) rows.bind(index, *real);
      if (const auto* string = std::get_if<std::string>(&value)) rows.bind(index, *string);
    }
    std::string uuids;
    while (rows.executeStep()) uuids += rows.getColumn(0).getString();
    return uuids;
  }

  SQLite::Database db_{":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
};

TEST_F(Odata, every_comparison_finds_what_it_says) {
  EXPECT_EQ(found("serialNumber eq 'SN-1'"), "a");
  EXPECT_EQ(found("run gt 1"), "b");
  EXPECT_EQ(found("run ge 1"), "ab");
  EXPECT_EQ(found("run lt 2"), "a");
  EXPECT_EQ(found("run le 2"), "ab");
  EXPECT_EQ(found("run eq 1.0"), "a");
  EXPECT_EQ(found("serialNumber in ('SN-1', 'SN-2')"), "ab");
  EXPECT_EQ(found("measuresDeleted eq true"), "b");
  EXPECT_EQ(found("start ge 2026-02-04T00:00:00Z"), "b");
  EXPECT_EQ(found("start lt 2026-02-04T10:00:00+02:00"), "a") << "08:00Z itself is not before 08:00Z";
  EXPECT_EQ(found("start gt 2026-02-03"), "ab");
}

TEST_F(Odata, null_follows_two_valued_logic) {
  EXPECT_EQ(found("serialNumber eq null"), "c");
  EXPECT_EQ(found("serialNumber ne null"), "ab");
  EXPECT_EQ(found("serialNumber ne 'SN-1'"), "bc") << "null differs from every text";
  EXPECT_EQ(found("not (serialNumber eq 'SN-1')"), "bc");
  EXPECT_EQ(found("not (run gt 1)"), "ac");
  EXPECT_EQ(found("not not (run gt 1)"), "b");
  EXPECT_EQ(found("not (serialNumber in ('SN-1'))"), "bc");
  EXPECT_EQ(found("not contains(serialNumber,'1')"), "bc");
}

TEST_F(Odata, and_binds_tighter_than_or) {
  EXPECT_EQ(found("uuid eq 'a' or uuid eq 'b' and run eq 1"), "a");
  EXPECT_EQ(found("(uuid eq 'a' or uuid eq 'b') and run eq 2"), "b");
}

TEST_F(Odata, text_functions_take_their_argument_literally) {
  EXPECT_EQ(found("contains(comment,'100 % d')"), "b");
  EXPECT_EQ(found("contains(comment,'_')"), "") << "no pattern of LIKE";
  EXPECT_EQ(found("startswith(comment,'it''s')"), "b");
  EXPECT_EQ(found("endswith(comment,'done')"), "b");
  EXPECT_EQ(found("endswith(comment,'')"), "bc") << "every text ends in nothing, null is no text";
}

TEST_F(Odata, report_type_reads_u_as_test) {
  EXPECT_EQ(found("reportType eq 'U'"), "ac");
}

TEST_F(Odata, values_never_become_syntax) {
  for (const std::string value : {"' OR 1=1 --", "'; DROP TABLE reports; --", "\" OR \"\"=\"",
                                  "a') OR ('1'='1", "%27 or 1 eq 1", "\\'"}) {
    std::string doubled;
    for (const char c : value) doubled += c == '\'' ? std::string("''") : std::string(1, c);
    EXPECT_EQ(found("serialNumber eq '" + doubled + "'"), "") << value;
    EXPECT_EQ(where("serialNumber eq '" + doubled + "'").find(value), std::string::npos) << value;
    EXPECT_EQ(found("uuid eq 'a'"), "a") << "the table is still there";
  }
}

TEST_F(Odata, names_that_are_no_fields_are_refused) {
  EXPECT_NE(where("report_id eq 1").find("unknown field 'report_id'"), std::string::npos);
  EXPECT_NE(where("serial_number eq 'x'").find("unknown field"), std::string::npos);
  EXPECT_NE(where("sqlite_version eq 'x'").find("unknown field"), std::string::npos);
  EXPECT_EQ(found("SERIALNUMBER eq 'SN-1'"), "a") << "case does not matter";
}

TEST_F(Odata, literals_that_do_not_fit_are_named) {
  EXPECT_NE(where("serialNumber eq 5").find("serialNumber is a text"), std::string::npos);
  EXPECT_NE(where("run eq 'x'").find("run is a number, not ''x''"), std::string::npos);
  EXPECT_NE(where("start ge '2026-01-01T00:00:00Z'").find("without quotes"), std::string::npos);
  EXPECT_NE(where("start ge 2026-13-01T00:00:00Z").find("start is a time"), std::string::npos);
  EXPECT_NE(where("measuresDeleted gt true").find("only eq and ne"), std::string::npos);
  EXPECT_NE(where("contains(run,'1')").find("is no text"), std::string::npos);
  EXPECT_NE(where("run gt null").find("only be compared with eq and ne"), std::string::npos);
}

TEST_F(Odata, what_is_not_supported_says_so) {
  EXPECT_NE(where("subUnits/any(s: s/partNumber eq 'x')").find("any() and all()"), std::string::npos);
  EXPECT_NE(where("run add 1 eq 2").find("arithmetic"), std::string::npos);
  EXPECT_EQ(where("comment eq 'a add b'").find("refused"), std::string::npos) << "inside a text it is data";
}

TEST_F(Odata, broken_filters_are_refused_with_the_place) {
  for (const std::string text :
       {"", " ", "serialNumber", "serialNumber eq", "eq 'x'", "run eq 1 and", "run eq 1)", "(run eq 1",
        "run eq 1 run eq 2", "serialNumber eq 'x", "run == 1", "run eq 1;"}) {
    EXPECT_NE(where(text).find("refused"), std::string::npos) << text;
  }
  EXPECT_NE(where("run eq 1 xor run eq 2").find("position 8"), std::string::npos)
      << where("run eq 1 xor run eq 2");
}

TEST_F(Odata, length_and_nesting_are_bounded) {
  const std::string deep = std::string(13, '(') + "run eq 1" + std::string(13, ')');
  EXPECT_NE(where(deep).find("nest deeper"), std::string::npos);
  // The shape that fills SQLite's parser fastest.
  std::string fits;
  for (int i = 0; i < max_filter_nesting - 1; ++i) fits += "run eq 7 or run in (1,2) and not (";
  fits += "endswith(serialNumber,'x')" + std::string(static_cast<std::size_t>(max_filter_nesting - 1), ')');
  EXPECT_EQ(found(fits).find("refused"), std::string::npos) << found(fits);
  std::string many = "run eq 1";
  while (many.size() + 12 < max_filter_length) many += " or run eq 1";
  EXPECT_EQ(found(many), "a");
  EXPECT_NE(where(many + std::string(max_filter_length, ' ')).find("longer than"), std::string::npos);
  std::string negations;
  for (int i = 0; i < 1000; ++i) negations += "not ";
  EXPECT_EQ(found(negations + "run eq 1"), "a");
}

}  // namespace
}  // namespace wats::server
