// What the codec writes.
#include "tests/unit/model/every_kind.hpp"
#include "wats/core/answer.hpp"
#include "wats/model/codec.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace wats::testing {
namespace {

using model::Naming;
using model::to_json;

TEST(JsonWrite, a_record_of_defaults_leaves_out_what_is_absent) {
  EXPECT_EQ(to_json(EveryKind()),
            R"({"flag":true,"small":-1,"large":-2,"real":0.5,"text":"default","time":"1970-01-01T00:00:00Z",)"
            R"("fruit":"Apple","level":2,"json":null,"theNUMBERS":[],"names":[],"nodes":[],"gaps":[]})");
}

TEST(JsonWrite, internal_routes_get_pascal_names_but_for_those_that_are_named) {
  EXPECT_EQ(to_json(EveryKind(), Naming::pascal),
            R"({"Flag":true,"Small":-1,"Large":-2,"Real":0.5,"Text":"default","Time":"1970-01-01T00:00:00Z",)"
            R"("Fruit":"Apple","Level":2,"Json":null,"theNUMBERS":[],"Names":[],"Nodes":[],"Gaps":[]})");
}

TEST(JsonWrite, a_maybe_is_left_out_written_as_null_or_with_its_value) {
  Node node("k");
  EXPECT_EQ(to_json(node), R"({"key":"k","children":[]})");
  node.count = null;
  EXPECT_EQ(to_json(node), R"({"key":"k","count":null,"children":[]})");
  node.count = 5;
  EXPECT_EQ(to_json(node), R"({"key":"k","count":5,"children":[]})");
}

TEST(JsonWrite, a_record_without_anything_to_say_is_an_empty_object) {
  class Silent {
   public:
    Silent() = default;
    Maybe<int> number;
    std::optional<std::string> text;
    using Self = Silent;
    static constexpr auto fields() { return std::tuple(WATS_FIELD(number), WATS_FIELD(text)); }
  };
  Silent silent;
  EXPECT_EQ(to_json(silent), "{}");
  silent.text = "x";
  EXPECT_EQ(to_json(silent), R"({"text":"x"})");
}

TEST(JsonWrite, unknown_members_go_back_as_they_came) {
  const std::string text = R"({"key":"k","children":[],"new":{"a" : 1.50},"n\nw":"\u0041"})";
  const auto node = model::from_json<Node>(text);
  ASSERT_TRUE(node.has_value());
  EXPECT_EQ(to_json(*node), text);
}

TEST(JsonWrite, texts_are_escaped) {
  EXPECT_EQ(to_json(std::string("\"\\/\b\f\n\r\t\x01\x1F\x7F")),
            "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7F\"");
  EXPECT_EQ(to_json(std::string("a\0b", 3)), "\"a\\u0000b\"");
  EXPECT_EQ(to_json(std::string("gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x98\x80")),
            "\"gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x98\x80\"");
}

TEST(JsonWrite, one_special_byte_is_escaped_wherever_it_stands) {
  for (std::size_t size = 1; size < 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      text[at] = '"';
      std::string expected = text;
      expected.insert(at, "\\");
      EXPECT_EQ(to_json(text), "\"" + expected + "\"");
    }
  }
}

TEST(JsonWrite, bytes_that_are_not_utf8_become_replacement_characters) {
  const std::string r = "\xEF\xBF\xBD";
  EXPECT_EQ(to_json(std::string("\xFF")), "\"" + r + "\"");
  EXPECT_EQ(to_json(std::string("a\x80z")), "\"a" + r + "z\"");
  EXPECT_EQ(to_json(std::string("\xC3")), "\"" + r + "\"");
  EXPECT_EQ(to_json(std::string("\xC3\"")), "\"" + r + "\\\"\"");
  EXPECT_EQ(to_json(std::string("\xC0\xAF")), "\"" + r + r + "\"");                  // overlong
  EXPECT_EQ(to_json(std::string("\xED\xA0\x80")), "\"" + r + r + r + "\"");          // half of a pair
  EXPECT_EQ(to_json(std::string("\xF4\x90\x80\x80")), "\"" + r + r + r + r + "\"");  // beyond U+10FFFF
  EXPECT_EQ(to_json(std::string("\xE0\x9F\xBF")), "\"" + r + r + r + "\"");
  EXPECT_EQ(to_json(std::string("\xF0\x8F\xBF\xBF")), "\"" + r + r + r + r + "\"");
}

TEST(JsonWrite, doubles_are_short_and_read_back_as_the_same) {
  EXPECT_EQ(to_json(0.1), "0.1");
  EXPECT_EQ(to_json(5.0), "5");
  EXPECT_EQ(to_json(1e22), "1e+22");
  for (const double value :
       {0.1 + 0.2, -0.0, std::numeric_limits<double>::max(), std::numeric_limits<double>::min(),
        std::numeric_limits<double>::denorm_min(), 1.0 / 3}) {
    const auto back = model::from_json<double>(to_json(value));
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(std::signbit(*back), std::signbit(value));
    EXPECT_EQ(*back, value);
  }
}

TEST(JsonWrite, not_a_number_and_the_infinities_are_texts) {
  EXPECT_EQ(to_json(std::nan("")), "\"NaN\"");
  EXPECT_EQ(to_json(std::numeric_limits<double>::infinity()), "\"Infinity\"");
  EXPECT_EQ(to_json(-std::numeric_limits<double>::infinity()), "\"-Infinity\"");
}

TEST(JsonWrite, integers_are_written_to_their_limits) {
  EXPECT_EQ(to_json(std::numeric_limits<std::int32_t>::min()), "-2147483648");
  EXPECT_EQ(to_json(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(to_json(std::numeric_limits<std::int64_t>::max()), "9223372036854775807");
  EXPECT_EQ(to_json(static_cast<Level>(99)), "99");
}

TEST(JsonWrite, lists_of_anything_are_written) {
  EXPECT_EQ(to_json(std::vector<std::string>{"a", "b"}), R"(["a","b"])");
  EXPECT_EQ(to_json(std::vector<Maybe<double>>{1.5, null, {}}), "[1.5,null,null]");
  EXPECT_EQ(to_json(std::vector<Node>{Node("a")}), R"([{"key":"a","children":[]}])");
  EXPECT_EQ(to_json(std::vector<std::vector<int>>{{1}, {}}), "[[1],[]]");
  EXPECT_EQ(to_json(Done()), "null");
}

TEST(JsonWrite, appending_leaves_what_was_there) {
  std::string out = "data=";
  model::append_json(out, Node("k"));
  EXPECT_EQ(out, R"(data={"key":"k","children":[]})");
}

TEST(JsonWrite, long_texts_are_written_whole) {
  const std::string plain(100'000, 'x');
  EXPECT_EQ(to_json(plain), "\"" + plain + "\"");
  const std::string controls(10'000, '\x02');
  EXPECT_EQ(to_json(controls).size(), 60'002u);
}

class Card {
 public:
  Card() = default;
  std::string id;
  std::optional<int> top;
  std::string name;
  Maybe<int> number;
  using Self = Card;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(id).in_path(), WATS_FIELD(top).in_query(), WATS_FIELD(name),
                      WATS_FIELD(number));
  }
};

TEST(JsonWrite, members_of_a_card_that_travel_elsewhere_are_not_in_the_body) {
  Card card;
  card.id = "7";
  card.top = 10;
  card.name = "n";
  EXPECT_EQ(to_json(card), R"({"name":"n"})");
  const auto read = model::from_json<Card>(R"({"id":"8","name":"m"})");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->id, "");
  EXPECT_EQ(read->name, "m");
}

}  // namespace
}  // namespace wats::testing
