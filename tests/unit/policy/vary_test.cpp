// Which fields Vary names, and which of their values mean the same.
#include "wats/policy/vary.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace wats::policy {
namespace {

using NameList = std::vector<std::string_view>;

NameList names_in(std::string_view line) {
  NameList names;
  for (VaryNames vary(line); const auto name = vary.next();) names.push_back(*name);
  return names;
}

std::string normalised(std::string_view name, const NameList& lines) {
  std::string value;
  append_normalised(value, name, lines);
  return value;
}

TEST(VaryNames, are_the_members_of_its_list) {
  EXPECT_EQ(names_in("Foo"), NameList{"Foo"});
  EXPECT_EQ(names_in("Foo, Bar,Baz"), (NameList{"Foo", "Bar", "Baz"}));
  EXPECT_EQ(names_in(" ,, Foo\t, "), NameList{"Foo"});
  EXPECT_EQ(names_in("Foo, *"), (NameList{"Foo", "*"}));
  EXPECT_EQ(names_in(""), NameList());
  EXPECT_EQ(names_in(" , "), NameList());
}

TEST(SelectingField, values_that_mean_the_same_become_equal) {
  struct Row {
    const char* what;
    std::string_view name;
    NameList lines;
    std::string_view value;
  };
  const Row rows[] = {
      {"as it is", "Foo", {"1"}, "1"},
      {"none", "Foo", {}, ""},
      {"empty", "Foo", {""}, ""},
      {"lines joined", "Foo", {"1", "2"}, "1,2"},
      {"space behind commas", "Foo", {"1, 2"}, "1,2"},
      {"space everywhere", "Foo", {" 1\t,  2 "}, "1,2"},
      {"space within", "Foo", {"a b"}, "a b"},
      {"letters of a field that we do not know", "Foo", {"aB, Aa"}, "aB,Aa"},
      {"order of a field that we do not know", "Foo", {"2, 1"}, "2,1"},
      {"commas that stand for nothing", "Foo", {"1,,2,"}, "1,,2,"},
      {"quoted", "Foo", {"\"a, b\" , c"}, "\"a, b\",c"},
      {"an escaped quote", "Foo", {R"("a\" , b" , c)"}, R"("a\" , b",c)"},
      {"quotes that never end", "Foo", {"\"a, b", "c , d"}, "\"a, b,c , d"},
      {"quotes that end on the next line", "Foo", {"\"a, b", "c , \", d"}, "\"a, b,c , \",d"},

      {"languages", "Accept-Language", {"en, de"}, "de,en"},
      {"languages in another order", "Accept-Language", {"de, en"}, "de,en"},
      {"languages in another case", "accept-LANGUAGE", {"eN, De"}, "de,en"},
      {"languages with space", "Accept-Language", {" en ,   de"}, "de,en"},
      {"languages on two lines", "Accept-Language", {"en", "de"}, "de,en"},
      {"languages by weight",
       "Accept-Language",
       {"fr;q=0.5, de;q=1.0, *;q=0.001, en ; Q=0.50"},
       "de,en;q=0.5,fr;q=0.5,*;q=0.001"},
      {"a language that is not wanted", "Accept-Language", {"de;q=0.000"}, "de;q=0"},
      {"weights of two and three places",
       "Accept-Language",
       {"a;q=0.05, b;q=0.125, c;q=0.1, d;q=1."},
       "d,b;q=0.125,c;q=0.1,a;q=0.05"},
      {"nothing between commas", "Accept-Language", {", de,, en,"}, "de,en"},
      {"codings", "Accept-Encoding", {"gzip, BR;q=0.9, identity;q=0"}, "gzip,br;q=0.9,identity;q=0"},
      {"codings in another order",
       "Accept-Encoding",
       {"br;q=0.9, identity;q=0", "gzip"},
       "gzip,br;q=0.9,identity;q=0"},

      {"a weight above 1", "Accept-Language", {"En;q=1.5, de"}, "En;q=1.5,de"},
      {"a weight just above 1", "Accept-Language", {"En;q=1.001"}, "En;q=1.001"},
      {"a weight of four places", "Accept-Language", {"En;q=0.1234"}, "En;q=0.1234"},
      {"a weight that is none", "Accept-Language", {"En;q=x, de"}, "En;q=x,de"},
      {"an empty weight", "Accept-Language", {"En;q="}, "En;q="},
      {"a weight without its point", "Accept-Language", {"En;q=05"}, "En;q=05"},
      {"a letter in a weight", "Accept-Language", {"En;q=0.a"}, "En;q=0.a"},
      {"an unknown parameter", "Accept-Language", {"En;level=1"}, "En;level=1"},
      {"no language", "Accept-Language", {"En us, de"}, "En us,de"},
      {"only a weight", "Accept-Language", {";q=1, De"}, ";q=1,De"},
  };
  for (const Row& row : rows) EXPECT_EQ(normalised(row.name, row.lines), row.value) << row.what;
}

TEST(SelectingField, more_preferences_than_anyone_has_are_left_in_their_order) {
  std::string many = "b";
  for (int i = 0; i < 32; ++i) many += ", a";
  EXPECT_TRUE(normalised("Accept-Language", {many}).starts_with("b,a,a"));
}

TEST(SelectingField, no_two_choices_give_the_same_key) {
  const auto key = [](std::string_view name, const NameList& lines) {
    std::string text;
    append_selecting_field(text, name, lines);
    return text;
  };
  EXPECT_EQ(key("Foo", {"1"}), "foo:1\n");
  EXPECT_EQ(key("FOO", {"1"}), key("foo", {" 1 "}));
  EXPECT_NE(key("Foo", {}), key("Foo", {""})) << "missing and empty";
  EXPECT_NE(key("Foo", {"1"}) + key("Bar", {}), key("Foo", {}) + key("Bar", {"1"}));
}

TEST(LanguageChoice, takes_what_the_request_likes_best) {
  struct Row {
    const char* what;
    std::string_view accepted;
    std::string_view stored;
    bool suits;
  };
  const Row rows[] = {
      {"the best by weight", "fr;q=0.5, de;q=1.0", "de", true},
      {"the only one", "de", "DE", true},
      {"the best of lower weights", "fr;q=0.5, de;q=0.6", " de ", true},
      {"the second", "fr;q=0.5, de;q=1.0", "fr", false},
      {"liked alike", "en, de", "de", false},
      {"a part of the stored one", "de", "de-AT", false},
      {"several stored", "de", "de, en", false},
      {"anything", "*", "*", false},
      {"not wanted", "de;q=0", "de", false},
      {"nothing accepted", "", "de", false},
      {"nothing accepted or stored", "", "", false},
      {"what does not parse", "de, en;q=x", "de", false},
  };
  for (const Row& row : rows) EXPECT_EQ(selects_language(row.accepted, row.stored), row.suits) << row.what;
}

}  // namespace
}  // namespace wats::policy
