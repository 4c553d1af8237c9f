// What the codec reads, what it forgives and what it refuses.
#include "tests/unit/model/every_kind.hpp"
#include "wats/core/answer.hpp"
#include "wats/model/codec.hpp"
#include "wats/model/unit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace wats::testing {
namespace {

using model::from_json;
using model::Naming;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

template <class T>
T read(std::string_view text, Naming naming = Naming::camel) {
  auto result = from_json<T>(text, naming);
  EXPECT_TRUE(result.has_value()) << text << ": " << result.error().what();
  return result ? *std::move(result) : T{};
}

template <class T>
std::string error_of(std::string_view text) {
  auto result = from_json<T>(text);
  EXPECT_FALSE(result.has_value()) << text;
  if (result) return "";
  EXPECT_EQ(result.error().code(), Errc::malformed_answer);
  return result.error().what();
}

std::string nested(int levels, std::string_view open, std::string_view inner, std::string_view close) {
  std::string text;
  for (int i = 0; i < levels; ++i) text += open;
  text += inner;
  for (int i = 0; i < levels; ++i) text += close;
  return text;
}

TEST(JsonRead, every_kind_of_member_is_read) {
  const auto record = read<EveryKind>(R"({
      "flag": false, "small": -2147483648, "large": 9223372036854775807, "real": 1.25, "text": "t",
      "time": "2026-02-03T09:15:00.000+01:00", "fruit": "pear", "level": 7, "json": {"a": [1, 2]},
      "maybeFlag": true, "maybeSmall": 2147483647, "maybeLarge": -9223372036854775808, "maybeReal": -0.0,
      "maybeText": "u", "maybeTime": "2026-02-03", "maybeFruit": "Plum", "maybeLevel": 1, "maybeJson": 12,
      "maybeNode": {"key": "n", "count": 1, "children": [{"key": "m"}]}, "maybeNames": ["x"], "optionalText": "o",
      "theNUMBERS": [1, -2], "names": ["a", ""], "nodes": [{"key": "k"}], "gaps": [1, null, 2.5]})");
  EXPECT_FALSE(record.flag);
  EXPECT_EQ(record.small, std::numeric_limits<std::int32_t>::min());
  EXPECT_EQ(record.large, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(record.real, 1.25);
  EXPECT_EQ(record.text, "t");
  EXPECT_EQ(record.time.text(), "2026-02-03T09:15:00.000+01:00");
  EXPECT_EQ(record.fruit, Fruit::pear);
  EXPECT_EQ(static_cast<int>(record.level), 7);
  EXPECT_EQ(record.json.text(), R"({"a": [1, 2]})");
  EXPECT_EQ(record.maybe_flag, Maybe<bool>(true));
  EXPECT_EQ(record.maybe_small, Maybe<std::int32_t>(2147483647));
  EXPECT_EQ(*record.maybe_large, std::numeric_limits<std::int64_t>::min());
  EXPECT_TRUE(std::signbit(*record.maybe_real));
  EXPECT_EQ(*record.maybe_text, "u");
  EXPECT_EQ(record.maybe_time->text(), "2026-02-03T00:00:00");
  EXPECT_EQ(record.maybe_fruit->text(), "Plum");
  EXPECT_FALSE(record.maybe_fruit->known());
  EXPECT_EQ(*record.maybe_level, Level::low);
  EXPECT_EQ(record.maybe_json->text(), "12");
  EXPECT_EQ(record.maybe_node->children.at(0).key, "m");
  EXPECT_EQ(*record.maybe_names, std::vector<std::string>{"x"});
  EXPECT_EQ(record.optional_text, "o");
  EXPECT_EQ(record.numbers, (std::vector<std::int32_t>{1, -2}));
  EXPECT_EQ(record.names, (std::vector<std::string>{"a", ""}));
  EXPECT_EQ(record.nodes.at(0).key, "k");
  ASSERT_EQ(record.gaps.size(), 3u);
  EXPECT_TRUE(record.gaps[1].is_null());
  EXPECT_TRUE(record.unknown.empty());
}

TEST(JsonRead, absent_members_keep_their_defaults) {
  EXPECT_EQ(read<EveryKind>("{}"), EveryKind());
}

TEST(JsonRead, null_is_null_in_a_maybe_and_the_default_elsewhere) {
  const auto record = read<EveryKind>(
      R"({"flag":null,"text":null,"level":null,"names":null,"maybeText":null,"maybeNode":null,"optionalText":null})");
  EXPECT_TRUE(record.flag);
  EXPECT_EQ(record.text, "default");
  EXPECT_EQ(record.level, Level::high);
  EXPECT_TRUE(record.names.empty());
  EXPECT_TRUE(record.maybe_text.is_null());
  EXPECT_TRUE(record.maybe_node.is_null());
  EXPECT_TRUE(record.maybe_flag.is_absent());
  EXPECT_FALSE(record.optional_text.has_value());
}

TEST(JsonRead, a_null_json_member_is_the_json_null) {
  EXPECT_TRUE(read<EveryKind>(R"({"json":null})").json.is_null());
  EXPECT_TRUE(read<EveryKind>(R"({"maybeJson":null})").maybe_json.is_null());
}

TEST(JsonRead, a_null_element_is_refused_where_it_has_no_meaning) {
  EXPECT_THAT(error_of<EveryKind>(R"({"names":["a",null]})"),
              StartsWith("names[1]: expected a text, found null"));
}

TEST(JsonRead, names_are_read_in_any_case_either_naming_or_by_alias) {
  for (const char* name : {"maybeText", "MaybeText", "MAYBETEXT", "maybetext", "legacyText", "LEGACYTEXT"}) {
    for (const Naming naming : {Naming::camel, Naming::pascal}) {
      const auto record = read<EveryKind>("{\"" + std::string(name) + "\":\"x\"}", naming);
      EXPECT_EQ(record.maybe_text, Maybe<std::string>("x")) << name;
    }
  }
}

TEST(JsonRead, a_name_that_only_begins_like_a_member_is_unknown) {
  const auto record = read<EveryKind>(R"({"fla":1,"flags":2,"maybeTex":3,"maybeTextx":4,"":5})");
  EXPECT_TRUE(record.flag);
  EXPECT_TRUE(record.maybe_text.is_absent());
  EXPECT_EQ(record.unknown.all().size(), 5u);
}

TEST(JsonRead, escapes_in_names_are_resolved) {
  const auto record = read<EveryKind>(R"({"\u0074ext":"a","n\u00e9w\n":1})");
  EXPECT_EQ(record.text, "a");
  ASSERT_NE(record.unknown.find("n\xC3\xA9w\n"), nullptr);
}

TEST(JsonRead, of_several_members_of_one_name_the_last_counts_alone) {
  const auto record = read<EveryKind>(
      R"({"small":1,"SMALL":2,"names":["a"],"names":["b"],"maybeNode":{"key":"1","count":1},"maybeNode":{"key":"2"},
          "level":1,"level":null})");
  EXPECT_EQ(record.small, 2);
  EXPECT_EQ(record.names, std::vector<std::string>{"b"});
  EXPECT_EQ(record.maybe_node->key, "2");
  EXPECT_TRUE(record.maybe_node->count.is_absent());
  EXPECT_EQ(record.level, Level::high);
  EXPECT_EQ(read<EveryKind>(R"({"new":1,"new":2})").unknown.find("new")->text(), "2");
}

TEST(JsonRead, unknown_members_are_kept_as_they_stand) {
  const auto record =
      read<EveryKind>("{\"a\" : {\"x\" :\t[1 , 2.50]} ,\"b\":\"\\u0041\" , \"c\": 1e400, \"d\":null }");
  EXPECT_EQ(record.unknown.find("a")->text(), "{\"x\" :\t[1 , 2.50]}");
  EXPECT_EQ(record.unknown.find("b")->text(), "\"\\u0041\"");
  EXPECT_EQ(record.unknown.find("c")->text(), "1e400");
  EXPECT_TRUE(record.unknown.find("d")->is_null());
}

TEST(JsonRead, unknown_members_are_checked_to_the_last_token) {
  for (const char* value : {"01",
                            "+1",
                            "1.",
                            ".5",
                            "1e",
                            "tru",
                            "nulL",
                            "nan",
                            "\"\\x\"",
                            "\"\\u12g4\"",
                            "\"\\ud800\"",
                            "\"\\udc00\"",
                            "\"\\ud800\\u0041\"",
                            "[1,]",
                            "[,1]",
                            "[1 2]",
                            "{\"a\"}",
                            "{\"a\":}",
                            "{\"a\":1,}",
                            "{a:1}",
                            "{\"\\q\":1}",
                            "\"b\":1",
                            "1:2",
                            "",
                            "[}",
                            "{]",
                            "'a'"}) {
    error_of<EveryKind>("{\"new\":" + std::string(value) + "}");
    error_of<EveryKind>("{\"json\":[" + std::string(value) + "]]}");
    EXPECT_FALSE(Json::parse(value).has_value()) << value;
  }
}

TEST(JsonRead, a_required_member_that_is_missing_is_named_with_its_path) {
  EXPECT_THAT(error_of<Node>("{}"), StartsWith("key: missing"));
  EXPECT_THAT(error_of<EveryKind>(R"({"nodes":[{"key":"a"},{"key":"b","children":[{"count":1}]}]})"),
              StartsWith("nodes[1].children[0].key: missing"));
  EXPECT_THAT(error_of<std::vector<Node>>(R"([{"key":"a"},{}])"), StartsWith("[1].key: missing"));
}

TEST(JsonRead, a_wrong_value_is_named_with_path_place_and_what_was_expected) {
  EXPECT_EQ(error_of<EveryKind>(R"({"small":"many"})"),
            "small: expected a whole number of 32 bits, found \"many\" (at byte 9)");
  EXPECT_EQ(error_of<EveryKind>(R"({"nodes":[[]]})"),
            "nodes[0]: expected an object, found a list (at byte 10)");
  EXPECT_EQ(error_of<EveryKind>(R"({"text":{}})"), "text: expected a text, found an object (at byte 8)");
  EXPECT_EQ(error_of<EveryKind>(R"({"flag":"true"})"),
            "flag: expected true or false, found \"true\" (at byte 8)");
  EXPECT_EQ(error_of<EveryKind>(R"({"time":"noon"})"), "time: expected a time, found \"noon\" (at byte 8)");
  EXPECT_EQ(error_of<EveryKind>(R"({"names":{}})"), "names: expected a list, found an object (at byte 9)");
}

TEST(JsonRead, the_byte_is_that_of_the_body_given_and_not_of_its_copy) {
  EXPECT_THAT(error_of<EveryKind>("  \n{\"small\":true}"), HasSubstr("(at byte 12)"));
  EXPECT_FALSE(Json::parse("\xEF\xBB\xBF").has_value()) << "nothing is behind it";
}

TEST(JsonRead, messages_quote_little_and_never_control_characters) {
  const auto what = error_of<EveryKind>("{\"small\":\"\x7F\xC2\x9B" + std::string(500, 'x') + "\"}");
  EXPECT_LT(what.size(), 140u);
  EXPECT_THAT(what, AllOf(HasSubstr("\\x7f\\xc2\\x9b"), Not(HasSubstr("\x7F"))));
  const auto path = error_of<EveryKind>("{\"" + std::string(500, 'n') + "\\n\":[1,]}");
  EXPECT_LT(path.size(), 160u);
  EXPECT_THAT(path, Not(HasSubstr("\n")));
  // Forty bytes would end inside a character.
  const auto cut =
      error_of<EveryKind>("{\"small\":\"" + std::string(38, 'x') + "\xE2\x82\xAC\xE2\x82\xAC\"}");
  EXPECT_THAT(cut, HasSubstr(std::string(38, 'x') + "..."));
}

TEST(JsonRead, integers_keep_to_their_range) {
  EXPECT_THAT(error_of<EveryKind>(R"({"small":2147483648})"), HasSubstr("32 bits"));
  EXPECT_THAT(error_of<EveryKind>(R"({"small":-2147483649})"), HasSubstr("32 bits"));
  EXPECT_THAT(error_of<EveryKind>(R"({"large":9223372036854775808})"), HasSubstr("64 bits"));
  EXPECT_THAT(error_of<EveryKind>(R"({"level":2147483648})"), HasSubstr("32 bits"));
  EXPECT_THAT(error_of<EveryKind>(R"({"small":1.5})"), HasSubstr("whole"));
  EXPECT_THAT(error_of<EveryKind>(R"({"large":1e16})"), HasSubstr("whole"));
  EXPECT_THAT(error_of<EveryKind>(R"({"theNUMBERS":[007]})"), HasSubstr("'007' is not a JSON value"));
}

TEST(JsonRead, whole_numbers_may_be_written_as_reals) {
  EXPECT_EQ(read<EveryKind>(R"({"small":12.0})").small, 12);
  EXPECT_EQ(read<EveryKind>(R"({"large":-1.5e3})").large, -1500);
}

TEST(JsonRead, numbers_may_come_as_texts_and_texts_as_numbers) {
  EXPECT_EQ(read<EveryKind>(R"({"small":"10"})").small, 10);
  EXPECT_EQ(read<EveryKind>(R"({"maybeReal":"2.5"})").maybe_real, Maybe<double>(2.5));
  EXPECT_EQ(read<EveryKind>(R"({"level":"2"})").level, Level::high);
  EXPECT_EQ(read<EveryKind>(R"({"text":1.50})").text, "1.50");
  EXPECT_EQ(read<EveryKind>(R"({"fruit":3})").fruit.text(), "3");
  for (const char* text : {"", " 1", "1 ", "0x10", "1e999", "inf", "1,5"}) {
    error_of<EveryKind>("{\"small\":\"" + std::string(text) + "\"}");
    error_of<EveryKind>("{\"real\":\"" + std::string(text) + "\"}");
  }
}

TEST(JsonRead, doubles_are_the_nearest_ones) {
  const std::vector<std::pair<const char*, double>> cases = {
      {"0.1", 0.1},
      {"123456789012345678901234567890", 123456789012345678901234567890.0},
      {"2.2250738585072011e-308", 2.2250738585072011e-308},
      {"4.9406564584124654e-324", std::numeric_limits<double>::denorm_min()},
      {"1.7976931348623157e308", std::numeric_limits<double>::max()},
      {"9007199254740993", 9007199254740992.0},
      {"9007199254740993.00000000000000000000000000000000000000001", 9007199254740994.0},
      {"1e-400", 0.0},
      {"0.000001e-400", 0.0},
      {"0e999999999999", 0.0}};
  for (const auto& [text, value] : cases) EXPECT_EQ(read<double>(text), value) << text;
  EXPECT_TRUE(std::signbit(read<double>("-1e-999")));
  for (const char* text : {"1e400", "-1e400", "1e99999999999999999999", "100000e304"}) error_of<double>(text);
}

TEST(JsonRead, not_a_number_and_the_infinities_are_texts) {
  EXPECT_TRUE(std::isnan(read<double>("\"NaN\"")));
  EXPECT_EQ(read<double>("\"Infinity\""), std::numeric_limits<double>::infinity());
  EXPECT_EQ(read<double>("\"-Infinity\""), -std::numeric_limits<double>::infinity());
  error_of<double>("NaN");
  error_of<std::int32_t>("\"NaN\"");
}

TEST(JsonRead, texts_have_their_escapes_resolved) {
  EXPECT_EQ(read<std::string>(R"("\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud83d\ude00")"),
            "\"\\/\b\f\n\r\tA\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  EXPECT_EQ(read<std::string>(R"("a\u0000b")"), std::string("a\0b", 3));
}

TEST(JsonRead, texts_that_are_not_utf8_or_hold_control_characters_are_refused) {
  for (const char* text :
       {"\"\xFF\"", "\"\xC3\"", "\"\xED\xA0\x80\"", "\"a\nb\"", "\"a\tb\"", "\"open", "\"\\\""}) {
    error_of<std::string>(text);
    error_of<EveryKind>("{\"text\":" + std::string(text) + "}");
  }
}

TEST(JsonRead, a_list_is_empty_for_an_empty_body_and_for_null) {
  for (const char* text : {"", "  \r\n", "null", " null ", "[]", "\xEF\xBB\xBF"}) {
    EXPECT_TRUE(read<std::vector<Node>>(text).empty()) << text;
  }
}

TEST(JsonRead, a_record_needs_an_object) {
  for (const char* text : {"", " ", "null", "[]", "1", "\"x\"", "true"}) {
    EXPECT_THAT(error_of<EveryKind>(text), HasSubstr("expected an object")) << text;
  }
  EXPECT_THAT(error_of<std::vector<Node>>("{}"), HasSubstr("expected a list"));
}

TEST(JsonRead, a_body_that_answers_nothing_may_be_anything) {
  for (const char* text : {"", "{}", "<html>", "null"})
    EXPECT_TRUE(from_json<Done>(text).has_value()) << text;
}

TEST(JsonRead, scalars_stand_alone) {
  EXPECT_EQ(read<std::int32_t>(" 12 "), 12);
  EXPECT_EQ(read<bool>("true"), true);
  EXPECT_EQ(read<std::string>("\"a\" "), "a");
  EXPECT_TRUE(read<Maybe<std::int32_t>>("null").is_null());
  EXPECT_TRUE(read<Maybe<std::int32_t>>("").is_absent());
  EXPECT_EQ(read<Json>(" [1 ,2] ").text(), "[1 ,2]");
  EXPECT_TRUE(read<Json>("").is_null());
}

TEST(JsonRead, nothing_may_follow_the_value) {
  for (const char* text : {"{} {}", "{}}", "{},", "{}x", "[]]", "1 2", "\"a\" \"b\"", "null,", "[] \"a\""}) {
    EXPECT_FALSE(Json::parse(text).has_value()) << text;
  }
  error_of<EveryKind>("{} {}");
  error_of<EveryKind>("{}}");
  error_of<std::vector<Node>>("[]]");
  error_of<std::int32_t>("1 2");
  error_of<EveryKind>(std::string_view("{}\0", 3));
}

TEST(JsonRead, a_byte_order_mark_is_passed_over) {
  EXPECT_EQ(read<EveryKind>("\xEF\xBB\xBF{\"small\":3}").small, 3);
  EXPECT_THAT(error_of<EveryKind>("\xEF\xBB\xBF{\"small\":true}"), HasSubstr("(at byte 12)"));
}

TEST(JsonRead, nesting_ends_at_64_levels) {
  EXPECT_TRUE(Json::parse(nested(64, "[", "", "]")).has_value());
  EXPECT_FALSE(Json::parse(nested(65, "[", "", "]")).has_value());
  EXPECT_TRUE(from_json<EveryKind>("{\"new\":" + nested(63, "{\"a\":", "1", "}") + "}").has_value());
  EXPECT_THAT(error_of<EveryKind>("{\"new\":" + nested(64, "{\"a\":", "1", "}") + "}"),
              HasSubstr("64 levels"));
  const std::string open = R"({"key":"k","children":[)";
  EXPECT_TRUE(from_json<Node>(nested(31, open, R"({"key":"k"})", "]}")).has_value());
  EXPECT_THAT(error_of<Node>(nested(33, open, "", "]}")), HasSubstr("64 levels"));
  error_of<EveryKind>("{\"new\":" + std::string(1'000'000, '[') + "}");
}

TEST(JsonRead, records_of_their_own_kind_are_read_and_written) {
  const auto unit = read<Unit>(R"({"serialNumber":"A","subUnits":[{"serialNumber":"B","subUnits":null}]})");
  EXPECT_EQ(unit.sub_units.at(0).serial_number, Maybe<std::string>("B"));
}

TEST(JsonRead, every_cut_of_a_document_is_refused_from_a_buffer_that_ends_where_it_does) {
  const std::string whole =
      R"({"small":1,"text":"a\u0041","nodes":[{"key":"k","new":{"x":[true,null,1.5]}}]})";
  ASSERT_TRUE(from_json<EveryKind>(whole).has_value());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    // On the heap and exactly as long, so that a sanitizer sees a step too far.
    const auto cut = std::make_unique<char[]>(size);
    std::memcpy(cut.get(), whole.data(), size);
    EXPECT_FALSE(from_json<EveryKind>(std::string_view(cut.get(), size)).has_value()) << size;
  }
}

TEST(JsonRead, padded_texts_are_read_in_place_whatever_stands_behind_them) {
  const std::string text = R"({"small":1,"nodes":[]})";
  for (const char behind : {'}', ']', '"', '\\', ' ', '\0', '\xFF'}) {
    const std::string padded = text + std::string(model::json_padding, behind);
    const auto record = model::from_json_padded<EveryKind>(std::string_view(padded).substr(0, text.size()));
    ASSERT_TRUE(record.has_value()) << behind;
    EXPECT_EQ(record->small, 1);
    const auto cut = model::from_json_padded<EveryKind>(std::string_view(padded).substr(0, text.size() - 1));
    EXPECT_FALSE(cut.has_value()) << behind;
  }
}

TEST(JsonRead, strings_with_and_without_room_behind_them_read_alike) {
  std::string roomy = R"({"small":41})";
  roomy.reserve(200);
  std::string tight(roomy);
  tight.shrink_to_fit();
  EXPECT_EQ(from_json<EveryKind>(roomy)->small, 41);
  EXPECT_EQ(from_json<EveryKind>(tight)->small, 41);
}

TEST(JsonRead, threads_read_side_by_side) {
  const std::string text = R"([{"key":"a","children":[{"key":"b"}],"new":[1,2,3]},{"key":"c"}])";
  const auto expected = read<std::vector<Node>>(text);
  std::vector<std::jthread> threads;
  std::array<bool, 4> same{};
  for (bool& is_same : same) {
    threads.emplace_back([&] {
      is_same = true;
      for (int i = 0; i < 200; ++i) {
        const auto nodes = from_json<std::vector<Node>>(text);
        is_same = is_same && nodes.has_value() && *nodes == expected;
      }
    });
  }
  threads.clear();
  for (const bool is_same : same) EXPECT_TRUE(is_same);
}

}  // namespace
}  // namespace wats::testing
