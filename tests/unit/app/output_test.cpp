// What the program prints is safe for terminals and fits them.
#include "apps/wats/output.hpp"

#include "apps/wats/suggest.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace wats::app {
namespace {

TEST(Escaping, plain_text_of_any_language_stays) {
  EXPECT_EQ(escaped("PN-7 Café 测试 ☕"), "PN-7 Café 测试 ☕");
  EXPECT_EQ(escaped(R"(C:\path)"), R"(C:\path)");
}

TEST(Escaping, what_a_terminal_obeys_is_spelt_out) {
  EXPECT_EQ(escaped("\x1b[2J\a\x7f"), R"(\x1b[2J\x07\x7f)");
  EXPECT_EQ(escaped("a\nb\tc\r"), R"(a\nb\tc\r)");
  EXPECT_EQ(escaped("\u009b31m"), R"(\x9b31m)") << "the one-character form of ESC [";
}

TEST(Escaping, what_turns_the_writing_direction_is_spelt_out) {
  EXPECT_EQ(escaped("a\u202eb\u2066c"), R"(a\u202eb\u2066c)");
  EXPECT_EQ(escaped("\U000e0041"), R"(\U000e0041)");
}

TEST(Escaping, bytes_that_are_no_utf8_are_spelt_out) {
  EXPECT_EQ(escaped("a\xff"), R"(a\xff)");
  EXPECT_EQ(escaped("\xc0\x80"), R"(\xc0\x80)") << "overlong";
  EXPECT_EQ(escaped("\xed\xa0\x80"), R"(\xed\xa0\x80)") << "half of a surrogate pair";
  EXPECT_EQ(escaped("\xe2\x82"), R"(\xe2\x82)") << "cut off";
  EXPECT_EQ(escaped("\xf4\x90\x80\x80"), R"(\xf4\x90\x80\x80)") << "beyond Unicode";
}

TEST(Escaping, a_text_of_lines_keeps_them) {
  EXPECT_EQ(escaped_lines("a\n\tb\x1b\r\n"), "a\n\tb\\x1b\\r\n");
}

TEST(Widths, wide_characters_count_two_and_marks_none) {
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("测试"), 4U);
  EXPECT_EQ(display_width("e\u0301"), 1U);
}

TEST(Widths, a_shortened_text_ends_with_an_ellipsis_and_fits) {
  EXPECT_EQ(shortened("abcdef", 6), "abcdef");
  EXPECT_EQ(shortened("abcdef", 4), "abc…");
  EXPECT_EQ(shortened("测试测试", 4), "测…");
  EXPECT_EQ(shortened("abc", 0), "");
}

TEST(Json, is_indented) {
  EXPECT_EQ(indented_json(R"({"a":[1,{"b":null}],"c":{},"d":[]})"),
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": null\n    }\n  ],\n  \"c\": {},\n  \"d\": []\n}");
}

TEST(Json, that_was_indented_before_comes_out_the_same) {
  const std::string once = indented_json(R"({"a": [1, 2], "b": "x, y: {z}"})");
  EXPECT_EQ(indented_json(once), once);
}

TEST(Json, texts_stay_what_they_are) {
  EXPECT_EQ(indented_json(R"("a\"{,:}\\")"), R"("a\"{,:}\\")");
  EXPECT_EQ(indented_json("\"\u009b\U000e0041\""), R"("\u009b\udb40\udc41")");
}

Table two_columns() {
  Table table;
  table.add_column("name");
  table.add_column("count", Table::Align::right);
  return table;
}

TEST(Tables, numbers_stand_to_the_right) {
  Table table = two_columns();
  table.add_row({"a", "7"});
  table.add_row({"long name", "12345678"});
  EXPECT_EQ(table.text(),
            "name          count\n"
            "a                 7\n"
            "long name  12345678\n");
}

TEST(Tables, cells_are_escaped) {
  Table table = two_columns();
  table.add_row({"a\x1b[31m\nb", "1"});
  EXPECT_EQ(table.text(), "name          count\na\\x1b[31m\\nb      1\n");
}

TEST(Tables, long_texts_are_shortened_to_the_terminal_and_numbers_never) {
  Table table = two_columns();
  table.add_row({"a text that is far too long for it", "12345678"});
  EXPECT_EQ(table.text(24),
            "name               count\n"
            "a text that i…  12345678\n");
}

TEST(Tables, columns_without_room_are_left_out_and_told) {
  Table table = two_columns();
  table.add_column("more");
  table.add_row({"aaaaaaaaaaaaaaaa", "1", "bbbbbbbbbbbbbbbb"});
  EXPECT_EQ(table.text(20),
            "name           count\n"
            "aaaaaaaaaaaa…      1\n"
            "(1 more column: --json shows all)\n");
}

TEST(Tables, columns_in_which_nothing_stands_are_dropped) {
  Table table = two_columns();
  table.add_row({"", "1"});
  table.add_row({"", "2"});
  table.drop_empty_columns();
  EXPECT_EQ(table.text(), "count\n    1\n    2\n");
}

TEST(Suggestions, a_swap_is_one_step) {
  EXPECT_EQ(edit_distance("pign", "ping"), 1U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(Suggestions, the_nearest_word_is_named_and_nothing_far_away) {
  const std::vector<std::string> words{"ping", "get", "completion"};
  EXPECT_EQ(did_you_mean("pign", words), "; did you mean ping?");
  EXPECT_EQ(did_you_mean("comp", words), "; did you mean completion?");
  EXPECT_EQ(did_you_mean("zebra", words), "");
}

}  // namespace
}  // namespace wats::app
