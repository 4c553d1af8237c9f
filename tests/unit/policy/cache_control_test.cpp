// What the directives of a Cache-Control field are, and which fields they withhold.
#include "wats/policy/cache_control.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

namespace wats::policy {
namespace {

constexpr DeltaSeconds hour{3600};

Directives from_lines(std::initializer_list<std::string_view> lines) {
  Directives directives;
  for (const std::string_view line : lines) directives.add(line);
  return directives;
}

struct LinesRow {
  const char* what;
  std::vector<std::string_view> lines;
  Directives expected;
};

void check_lines(const std::vector<LinesRow>& rows) {
  for (const LinesRow& row : rows) {
    Directives directives;
    for (const std::string_view line : row.lines) directives.add(line);
    EXPECT_EQ(directives, row.expected) << row.what;
  }
}

TEST(CacheControl, every_directive_is_known_in_any_case) {
  check_lines({
      {"nothing", {""}, {}},
      {"max-age", {"MaX-aGe=3600"}, {.max_age = hour}},
      {"s-maxage", {"s-maxage=3600"}, {.s_maxage = hour}},
      {"stale-while-revalidate", {"stale-while-revalidate=3600"}, {.stale_while_revalidate = hour}},
      {"stale-if-error", {"stale-if-error=3600"}, {.stale_if_error = hour}},
      {"max-stale", {"max-stale=3600"}, {.max_stale = hour}},
      {"max-stale without a number", {"max-stale"}, {.max_stale = any_staleness}},
      {"min-fresh", {"min-fresh=3600"}, {.min_fresh = hour}},
      {"no-store", {"No-StOrE"}, {.no_store = true}},
      {"no-cache", {"No-CaChE"}, {.no_cache = true}},
      {"private", {"private"}, {.is_private = true}},
      {"public", {"public"}, {.is_public = true}},
      {"only-if-cached", {"only-if-cached"}, {.only_if_cached = true}},
      {"must-revalidate", {"must-revalidate"}, {.must_revalidate = true}},
      {"proxy-revalidate", {"proxy-revalidate"}, {.proxy_revalidate = true}},
      {"immutable", {"immutable"}, {.immutable = true}},
      {"must-understand", {"must-understand"}, {.must_understand = true}},
      {"unknown ones beside them", {"foobar, max-age=3600, ext=1;a=b"}, {.max_age = hour}},
      {"empty members", {" , ,max-age=3600,, no-store ,"}, {.max_age = hour, .no_store = true}},
      {"several lines", {"max-age=3600", "no-store"}, {.max_age = hour, .no_store = true}},
      {"no directive of that name", {"xmax-age=1, max-age1=1, max_age=1"}, {}},
  });
}

TEST(CacheControl, numbers_that_are_none_make_stale) {
  check_lines({
      {"quoted", {"max-age=\"3600\""}, {.max_age = hour}},
      {"leading zeros", {"max-age=003600"}, {.max_age = hour}},
      {"single quotes", {"max-age='3600'"}, {.max_age = DeltaSeconds(0)}},
      {"decimal", {"max-age=3600.0"}, {.max_age = DeltaSeconds(0)}},
      {"half a second", {"max-age=3600.5"}, {.max_age = DeltaSeconds(0)}},
      {"negative", {"max-age=-3600"}, {.max_age = DeltaSeconds(0)}},
      {"with a sign", {"max-age=+3600"}, {.max_age = DeltaSeconds(0)}},
      {"a letter before", {"max-age=a3600"}, {.max_age = DeltaSeconds(0)}},
      {"a letter behind", {"max-age=3600a"}, {.max_age = DeltaSeconds(0)}},
      {"space before '='", {"max-age =3600"}, {.max_age = DeltaSeconds(0)}},
      {"space behind '='", {"max-age= 3600"}, {.max_age = DeltaSeconds(0)}},
      {"a parameter", {"max-age=3600;a=b"}, {.max_age = DeltaSeconds(0)}},
      {"text behind the quotes", {"max-age=\"3600\"1"}, {.max_age = DeltaSeconds(0)}},
      {"no number", {"max-age"}, {.max_age = DeltaSeconds(0)}},
      {"an empty one", {"max-age="}, {.max_age = DeltaSeconds(0)}},
      {"empty quotes", {"max-age=\"\""}, {.max_age = DeltaSeconds(0)}},
      {"max-stale with an empty one", {"max-stale="}, {.max_stale = DeltaSeconds(0)}},
  });
}

TEST(CacheControl, large_numbers_are_bounded) {
  EXPECT_EQ(from_lines({"max-age=2147483647"}).max_age, DeltaSeconds(2147483647));
  EXPECT_EQ(from_lines({"max-age=2147483648"}).max_age, longest_delta);
  EXPECT_EQ(from_lines({"max-age=2147483649"}).max_age, longest_delta);
  EXPECT_EQ(from_lines({"max-age=99999999999"}).max_age, longest_delta);
  EXPECT_EQ(from_lines({"max-age=99999999999999999999999999"}).max_age, longest_delta);
}

TEST(CacheControl, of_several_numbers_the_strictest_counts) {
  const DeltaSeconds half_hour(1800);
  check_lines({
      {"one line", {"max-age=3600, max-age=1800"}, {.max_age = half_hour}},
      {"the other way round", {"max-age=1800, max-age=3600"}, {.max_age = half_hour}},
      {"two lines", {"max-age=3600", "max-age=1800"}, {.max_age = half_hour}},
      {"two lines, the other way round", {"max-age=1800", "max-age=3600"}, {.max_age = half_hour}},
      {"one that is none", {"max-age=1800, max-age=x"}, {.max_age = DeltaSeconds(0)}},
      {"max-stale with and without", {"max-stale, max-stale=1800"}, {.max_stale = half_hour}},
      {"min-fresh", {"min-fresh=1800, min-fresh=3600"}, {.min_fresh = hour}},
      {"s-maxage beside max-age",
       {"s-maxage=3600, max-age=1"},
       {.max_age = DeltaSeconds(1), .s_maxage = hour}},
  });
}

TEST(CacheControl, what_is_quoted_is_no_directive) {
  const DeltaSeconds second(1);
  check_lines({
      {"before", {"extension=\"max-age=3600\", max-age=1"}, {.max_age = second}},
      {"behind", {"max-age=1, extension=\"max-age=3600\""}, {.max_age = second}},
      {"both quoted", {"extension=\"max-age=3600\", max-age=\"1\""}, {.max_age = second}},
      {"both quoted, the other way round",
       {"max-age=\"1\", extension=\"max-age=3600\""},
       {.max_age = second}},
      {"with commas", {"extension=\"a, max-age=3600, b\", max-age=1"}, {.max_age = second}},
      {"with escaped quotes", {"extension=\"a\\\", no-store, \\\\\", max-age=1"}, {.max_age = second}},
      {"a quoted name", {"\"no-store\", max-age=1"}, {.max_age = second}},
      {"quotes that never end",
       {"max-age=3600, extension=\"a, no-store"},
       {.max_age = hour, .no_cache = true}},
      {"a number whose quotes never end", {"max-age=\"3600"}, {.max_age = DeltaSeconds(0), .no_cache = true}},
      {"quotes that end with an escape", {"extension=\"a\\"}, {.no_cache = true}},
  });
}

TEST(CacheControl, lists_of_fields_are_noticed) {
  check_lines({
      {"no-cache of one", {"no-cache=\"a\""}, {.has_no_cache_fields = true}},
      {"no-cache of two", {"no-cache=\"a, b\""}, {.has_no_cache_fields = true}},
      {"no-cache without quotes", {"no-cache=a"}, {.has_no_cache_fields = true}},
      {"no-cache of none", {"no-cache=\"\""}, {.no_cache = true}},
      {"no-cache with space", {"no-cache =\"a\""}, {.no_cache = true}},
      {"both", {"no-cache=\"a\", no-cache"}, {.no_cache = true, .has_no_cache_fields = true}},
      {"private", {"private=\"a\""}, {.is_private = true, .has_private_fields = true}},
  });
}

TEST(CacheControl, what_allows_something_has_no_value) {
  check_lines({
      {"public", {"public=1"}, {}},
      {"immutable", {"immutable=0"}, {}},
      {"must-understand", {"must-understand=\"x\""}, {}},
      {"what forbids counts all the same",
       {"no-store=0, must-revalidate=x"},
       {.no_store = true, .must_revalidate = true}},
  });
}

TEST(CacheControl, fields_that_need_validation_are_found) {
  EXPECT_TRUE(withholds_field("no-cache=\"a\"", "A"));
  EXPECT_TRUE(withholds_field("max-age=1, no-cache=\"x, Set-Cookie \"", "set-cookie"));
  EXPECT_TRUE(withholds_field("no-cache=a", "a"));
  EXPECT_FALSE(withholds_field("no-cache=\"a, b\"", "c"));
  EXPECT_FALSE(withholds_field("no-cache", "a"));
  EXPECT_FALSE(withholds_field("private=\"a\"", "a"));
  EXPECT_FALSE(withholds_field("extension=\"no-cache=a\"", "a"));
  EXPECT_FALSE(withholds_field("", "a"));
}

TEST(CacheControl, pragma_knows_one_word) {
  EXPECT_TRUE(pragma_says_no_cache("no-cache"));
  EXPECT_TRUE(pragma_says_no_cache("foo, No-Cache"));
  EXPECT_FALSE(pragma_says_no_cache("unrecognised-extension"));
  EXPECT_FALSE(pragma_says_no_cache("x=\"no-cache\""));
  EXPECT_FALSE(pragma_says_no_cache(""));
}

struct TargetedRow {
  const char* what;
  std::string_view line;
  Directives expected;
};

TEST(TargetedCacheControl, is_a_dictionary) {
  const TargetedRow rows[] = {
      {"max-age", "max-age=3600", {.max_age = hour}},
      {"space round it", "  max-age=3600  ", {.max_age = hour}},
      {"a large number", "max-age=99999999999", {.max_age = longest_delta}},
      {"members",
       "max-age=3600, must-revalidate,\tno-store",
       {.max_age = hour, .no_store = true, .must_revalidate = true}},
      {"parameters say nothing", "max-age=3600;a;b=1;c=\"x\"; d=?0", {.max_age = hour}},
      {"the last of several", "max-age=1, max-age=3600", {.max_age = hour}},
      {"true", "no-store=?1, public=?1", {.no_store = true, .is_public = true}},
      {"false", "no-store=?0, no-cache=?0, private=?0", {}},
      {"false behind true", "no-cache, no-cache=?0", {}},
      {"no-cache", "no-cache", {.no_cache = true}},
      {"no-cache of fields", "no-cache=\"a, b\"", {.has_no_cache_fields = true}},
      {"no-cache of none", "no-cache=\"\"", {.no_cache = true}},
      {"private of fields", "private=\"a\\\"\\\\\"", {.is_private = true, .has_private_fields = true}},
      {"a string for a number", "max-age=\"10000\"", {.max_age = DeltaSeconds(0)}},
      {"a decimal for a number", "max-age=3600.5", {.max_age = DeltaSeconds(0)}},
      {"a negative number", "max-age=-1", {.max_age = DeltaSeconds(0)}},
      {"no number", "max-age", {.max_age = DeltaSeconds(0)}},
      {"a token where nothing belongs", "no-store=yes, immutable=yes", {.no_store = true}},
      {"types that no directive has", "a=:YQ==:, b=(1 \"x\";q=1 tok/en  ?1), c=*x, d=(), e=-1.5", {}},
      {"a name that no directive has", "none", {}},
  };
  for (const TargetedRow& row : rows) {
    Directives directives;
    EXPECT_TRUE(directives.add_targeted(row.line)) << row.what;
    EXPECT_EQ(directives, row.expected) << row.what;
  }
}

TEST(TargetedCacheControl, is_ignored_altogether_when_it_does_not_parse) {
  const std::pair<const char*, std::string_view> rows[] = {
      {"no name", "max-age=3600, &&&&&"},
      {"a name in capitals", "MaX-aGe=3600"},
      {"space before '='", "max-age =3600"},
      {"space behind '='", "max-age= 3600"},
      {"no value", "max-age="},
      {"a comma at the end", "max-age=3600,"},
      {"two commas", "max-age=3600,, no-store"},
      {"no comma", "max-age=3600 no-store"},
      {"sixteen digits", "max-age=1234567890123456"},
      {"four decimal places", "a=1.2345"},
      {"no decimal places", "a=1."},
      {"thirteen digits before the point", "a=1234567890123.0"},
      {"a minus alone", "a=-"},
      {"a string that never ends", "a=\"b"},
      {"an unknown escape", "a=\"\\n\""},
      {"a string beyond ASCII", "a=\"\xC3\xA4\""},
      {"a boolean that is none", "a=?2"},
      {"bytes that never end", "a=:YQ=="},
      {"a list that never ends", "a=(1 2"},
      {"a list without spaces", "a=(1\"x\")"},
      {"a list of what is nothing", "a=(&)"},
      {"a parameter without a name", "a;=1"},
      {"a parameter without its value", "a;b="},
      {"a date of RFC 9651", "a=@1"},
  };
  for (const auto& [what, line] : rows) {
    Directives directives;
    EXPECT_FALSE(directives.add_targeted(line)) << what;
    EXPECT_EQ(directives, Directives()) << what;
  }
}

}  // namespace
}  // namespace wats::policy
