// Traces of keys: what counts as a line, a field and a key, wherever the bytes are cut.
#include "apps/wats/simulate/key_trace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace wats::simulate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Numbers = std::vector<std::uint32_t>;

Result<KeyTrace> read(TraceReader reader, std::string_view text, std::size_t piece = 1'000'000) {
  for (std::size_t at = 0; at < text.size(); at += piece) {
    if (auto taken = reader.take(text.substr(at, piece)); !taken) return std::unexpected(taken.error());
  }
  return reader.finish();
}

Result<KeyTrace> read_csv(const std::string& column, std::string_view text, std::size_t piece = 1'000'000) {
  return read(TraceReader::of_csv(column).value(), text, piece);
}

std::string error_of(const Result<KeyTrace>& result) {
  return result ? "no error" : result.error().message();
}

TEST(TextTrace, numbers_keys_in_the_order_in_which_they_first_come) {
  const auto trace = read({}, "b\na\nb\nc\n");
  ASSERT_TRUE(trace);
  EXPECT_THAT(trace->requests, ElementsAre(0, 1, 0, 2));
  EXPECT_EQ(trace->distinct_keys, 3U);
}

TEST(TextTrace, a_key_is_the_whole_line) {
  EXPECT_THAT(read({}, "a,b\na\n a\na \na,b")->requests, ElementsAre(0, 1, 2, 3, 0));
}

TEST(TextTrace, blank_lines_and_comments_do_not_count) {
  EXPECT_THAT(read({}, "# where it is from\n\na\n  \t\n#a\na #1\n")->requests, ElementsAre(0, 1));
}

TEST(TextTrace, lines_of_windows_are_the_same_keys) {
  EXPECT_THAT(read({},
                   "\xef\xbb\xbf"
                   "a\r\n\r\n# x\r\nb\r\na\nb\r")
                  ->requests,
              ElementsAre(0, 1, 0, 1));
}

TEST(TextTrace, without_a_key_it_is_refused) {
  EXPECT_THAT(error_of(read({}, "")), HasSubstr("no key"));
  EXPECT_THAT(error_of(read({}, "\n# only this\n")), HasSubstr("no key"));
}

TEST(TextTrace, tells_many_keys_apart) {
  std::string text;
  Numbers wanted;
  constexpr std::uint32_t keys = 50'000;
  for (std::uint32_t i = 0; i < 3 * keys; ++i) {
    text += "key " + std::to_string(i % keys) + "\n";
    wanted.push_back(i % keys);
  }
  const auto trace = read({}, text, 4096);
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace->requests, wanted);
  EXPECT_EQ(trace->distinct_keys, keys);
}

TEST(CsvTrace, a_named_column_is_looked_for_in_the_first_line) {
  const auto trace = read_csv("key", "# made by hand\ntime,key,size\n1,x,10\n2,y,20\n3,x,30\n");
  ASSERT_TRUE(trace) << trace.error().message();
  EXPECT_THAT(trace->requests, ElementsAre(0, 1, 0));
}

TEST(CsvTrace, a_numbered_column_has_no_header) {
  EXPECT_THAT(read_csv("2", "1,x,10\n\n2,y,20\n3,x,30")->requests, ElementsAre(0, 1, 0));
  EXPECT_THAT(read_csv("1", "x\ny\nx\n")->requests, ElementsAre(0, 1, 0));
}

TEST(CsvTrace, blanks_around_fields_are_none_of_them) {
  EXPECT_THAT(read_csv("key", "time, key ,size\n1,\tx ,10\n2,x\n")->requests, ElementsAre(0, 0));
}

TEST(CsvTrace, quoted_fields_may_have_commas_quotes_and_blanks) {
  const auto trace = read_csv("the key",
                              "\"a,b\",\"the key\"\n"
                              "\"1,\"\"2\"\"\", \"x,y\" ,3\n"
                              "1,\"x,y\"\n"
                              "1,\"x\"\"y\"\n"
                              "1,\" x\"\n"
                              "1,x\n");
  ASSERT_TRUE(trace) << trace.error().message();
  EXPECT_THAT(trace->requests, ElementsAre(0, 0, 1, 2, 3));
}

TEST(CsvTrace, a_missing_column_is_told_with_those_there_are) {
  EXPECT_THAT(error_of(read_csv("kee", "time,key,size\n1,x,10\n")),
              HasSubstr("line 1 of the trace: there is no column 'kee', there are: time, key, size"));
}

TEST(CsvTrace, a_bad_row_is_told_with_its_line) {
  EXPECT_THAT(error_of(read_csv("3", "1,x,10\n\n2,y\n")),
              HasSubstr("line 3 of the trace: it has no column 3"));
  EXPECT_THAT(error_of(read_csv("2", "1,x\n2,,3\n")), HasSubstr("line 2 of the trace: its column 2"));
  EXPECT_THAT(error_of(read_csv("2", "1,\"x\n")), HasSubstr("line 1 of the trace: a quote"));
  EXPECT_THAT(error_of(read_csv("1", "\"x\"y,1\n")), HasSubstr("line 1 of the trace: a quote"));
  EXPECT_THAT(error_of(read_csv("key", "time,\"key\n")), HasSubstr("line 1 of the trace: a quote"));
}

TEST(CsvTrace, a_header_alone_has_no_key) {
  EXPECT_THAT(error_of(read_csv("key", "time,key\n")), HasSubstr("no key"));
}

TEST(CsvTrace, a_column_has_a_name_or_a_number_from_1) {
  for (const char* const column : {"0", "", "  ", "99999999999999999999999"})
    EXPECT_FALSE(TraceReader::of_csv(column)) << column;
  EXPECT_TRUE(TraceReader::of_csv("1st"));
}

TEST(Trace, reads_the_same_wherever_the_bytes_are_cut) {
  const std::string text = "\xef\xbb\xbf# c\r\ntime,key\r\n1,x\r\n\n2,\"y,\"\"z\"\r\n3,x";
  for (std::size_t piece = 1; piece < text.size(); ++piece) {
    const auto trace = read_csv("key", text, piece);
    ASSERT_TRUE(trace) << piece << ": " << trace.error().message();
    EXPECT_THAT(trace->requests, ElementsAre(0, 1, 0)) << piece;
  }
}

}  // namespace
}  // namespace wats::simulate
