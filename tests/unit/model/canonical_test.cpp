// JSON that means the same has one form.
#include "wats/model/canonical.hpp"

#include "wats/model/json.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace wats::model {
namespace {

TEST(CanonicalJson, is_one_for_all_that_means_the_same) {
  const std::vector<std::pair<const char*, const char*>> cases{
      {R"( { "b" : 1 , "a" : [ 1 , 2 ] } )", R"({"a":[1,2],"b":1})"},
      {R"({"a":{"y":null,"x":true},"A":false})", R"({"A":false,"a":{"x":true,"y":null}})"},
      {R"("\u0041\/\n")", R"("A/\n")"},
      {R"({"\u0061":1})", R"({"a":1})"},
      {"[]", "[]"},
      {"{ }", "{}"},
      {"[ [ ] , { } ]", "[[],{}]"},
      {"-1.50e3", "-1.50e3"},
      {R"({"a":"}","b":"\"]"})", R"({"a":"}","b":"\"]"})"},
      {"\xEF\xBB\xBF\"A\"", R"("A")"},
      {R"({"a":2,"b":3,"a":1})", R"({"a":2,"a":1,"b":3})"},
  };
  for (const auto& [given, wanted] : cases) {
    ASSERT_TRUE(Json::parse(given).has_value()) << given;
    EXPECT_EQ(canonical_json(given), wanted);
    EXPECT_EQ(canonical_json(wanted), wanted);
  }
}

TEST(CanonicalJson, tells_apart_what_differs) {
  EXPECT_NE(canonical_json("[1,2]"), canonical_json("[2,1]"));
  EXPECT_NE(canonical_json(R"({"a":"1"})"), canonical_json(R"({"a":1})"));
  EXPECT_NE(canonical_json(R"({"a":{"b":1}})"), canonical_json(R"({"b":{"a":1}})"));
}

TEST(CanonicalJson, of_what_is_none_ends_early) {
  for (const char* text : {"", "{", R"({"a)", "[1,", R"({1:2})", "\"\\", "[}"})
    EXPECT_LE(canonical_json(text).size(), 20U) << text;
}

}  // namespace
}  // namespace wats::model
