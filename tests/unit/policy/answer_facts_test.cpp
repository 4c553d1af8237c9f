// What is learnt from the fields of an answer.
#include "wats/policy/answer_facts.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace wats::policy {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using FieldLines = std::vector<std::pair<std::string_view, std::string_view>>;

constexpr sys_seconds arrival = sys_days(2026y / 11 / 23) + 12h;
constexpr std::string_view at_ten = "Mon, 23 Nov 2026 10:00:00 GMT";
constexpr std::string_view at_eleven = "Mon, 23 Nov 2026 11:00:00 GMT";

AnswerFacts facts_of(const FieldLines& lines, std::string_view targeted = {}) {
  AnswerFacts facts(200, arrival, targeted);
  for (const auto& [name, value] : lines) facts.note(name, value);
  return facts;
}

TEST(AnswerFacts, of_no_fields_are_nothing) {
  const AnswerFacts facts = facts_of({{"Content-Type", "text/plain"}, {"X", "1"}, {"Test-Header", "2"}});
  EXPECT_EQ(facts.status(), 200);
  EXPECT_EQ(facts.came_at(), arrival);
  EXPECT_EQ(facts.directives(), Directives());
  EXPECT_EQ(facts.age(), 0s);
  EXPECT_FALSE(facts.date() || facts.expires() || facts.last_modified());
  EXPECT_FALSE(facts.has_expires() || facts.has_last_modified() || facts.has_etag() || facts.has_vary() ||
               facts.has_content_range() || facts.varies_on_everything() || facts.pragma_no_cache() ||
               facts.is_targeted());
}

TEST(AnswerFacts, names_are_known_in_any_case) {
  const AnswerFacts facts = facts_of({{"cACHE-cONTROL", "max-age=1"},
                                      {"aGE", "2"},
                                      {"dATE", at_ten},
                                      {"eXPIRES", at_eleven},
                                      {"lAST-mODIFIED", at_ten},
                                      {"eTAG", "\"a\""},
                                      {"vARY", "Foo"},
                                      {"cONTENT-rANGE", "bytes 0-1/2"}});
  EXPECT_EQ(facts.directives().max_age, DeltaSeconds(1));
  EXPECT_EQ(facts.age(), 2s);
  EXPECT_EQ(facts.date(), arrival - 2h);
  EXPECT_EQ(facts.expires(), arrival - 1h);
  EXPECT_EQ(facts.last_modified(), arrival - 2h);
  EXPECT_TRUE(facts.has_expires() && facts.has_last_modified() && facts.has_etag() && facts.has_vary() &&
              facts.has_content_range());
  EXPECT_FALSE(facts.varies_on_everything());
}

TEST(AnswerFacts, an_age_that_cannot_be_understood_is_the_greatest) {
  struct Row {
    const char* what;
    std::vector<std::string_view> lines;
    DeltaSeconds age;
  };
  const Row rows[] = {
      {"a number", {"7200"}, DeltaSeconds(7200)},
      {"zero", {"0"}, DeltaSeconds(0)},
      {"space round it", {" 30 "}, DeltaSeconds(30)},
      {"leading zeros", {"0030"}, DeltaSeconds(30)},
      {"too large", {"99999999999999999999"}, longest_delta},
      {"a word", {"abc"}, longest_delta},
      {"negative", {"-7200"}, longest_delta},
      {"decimal", {"7200.0"}, longest_delta},
      {"empty", {""}, longest_delta},
      {"a list counts by its first member", {"7200,0"}, DeltaSeconds(7200)},
      {"a list that begins with zero", {"0,7200"}, DeltaSeconds(0)},
      {"a list that begins with nothing", {",7200"}, longest_delta},
      {"two lines joined", {"0, 0"}, longest_delta},
      {"two old lines joined", {"3600, 3600"}, longest_delta},
      {"old and zero on two lines", {"7200", "0"}, longest_delta},
      {"zero and old on two lines", {"0", "7200"}, longest_delta},
      {"zero on two lines", {"0", "0"}, longest_delta},
      {"three lines", {"0", "0", "0"}, longest_delta},
      {"a parameter", {"7200;foo=bar"}, longest_delta},
      {"a parameter with a number", {"7200;foo=111"}, longest_delta},
  };
  for (const Row& row : rows) {
    AnswerFacts facts(200, arrival);
    for (const std::string_view line : row.lines) facts.note("Age", line);
    EXPECT_EQ(facts.age(), row.age) << row.what;
  }
}

TEST(AnswerFacts, an_expires_that_is_no_date_has_expired) {
  struct Row {
    const char* what;
    std::vector<std::string_view> lines;
    std::optional<sys_seconds> expires;
  };
  const Row rows[] = {
      {"a date", {at_ten}, arrival - 2h},
      {"0", {"0"}, {}},
      {"no date", {"foo"}, {}},
      {"empty", {""}, {}},
      {"two lines alike", {at_ten, at_ten}, arrival - 2h},
      {"two lines that differ", {at_ten, at_eleven}, {}},
      {"three lines, the last like the first", {at_ten, at_eleven, at_ten}, {}},
      {"no date before a date", {"0", at_ten}, {}},
      {"no date behind a date", {at_ten, "0"}, {}},
      {"two lines with hours of one digit",
       {"Thu, 18 Aug 2050 2:01:18 GMT", "Thu, 18 Aug 2050 2:01:19 GMT"},
       {}},
  };
  for (const Row& row : rows) {
    AnswerFacts facts(200, arrival);
    for (const std::string_view line : row.lines) facts.note("Expires", line);
    EXPECT_TRUE(facts.has_expires()) << row.what;
    EXPECT_EQ(facts.expires(), row.expires) << row.what;
  }
}

TEST(AnswerFacts, of_several_dates_the_one_that_makes_older_counts) {
  EXPECT_EQ(facts_of({{"Date", at_eleven}, {"Date", at_ten}, {"Date", "foo"}}).date(), arrival - 2h);
  EXPECT_EQ(facts_of({{"Date", "foo"}}).date(), std::nullopt);
  const AnswerFacts modified =
      facts_of({{"Last-Modified", at_eleven}, {"Last-Modified", at_ten}, {"Last-Modified", "foo"}});
  EXPECT_EQ(modified.last_modified(), arrival - 1h);
  const AnswerFacts not_a_date = facts_of({{"Last-Modified", "yesterday"}});
  EXPECT_TRUE(not_a_date.has_last_modified());
  EXPECT_EQ(not_a_date.last_modified(), std::nullopt);
}

TEST(AnswerFacts, a_star_is_seen_wherever_it_stands_in_vary) {
  struct Row {
    const char* what;
    std::vector<std::string_view> lines;
    bool star;
  };
  const Row rows[] = {
      {"alone", {"*"}, true},
      {"twice", {"*, *"}, true},
      {"on two lines", {"*", "*"}, true},
      {"behind an empty member", {", *"}, true},
      {"behind an empty line", {"", "*"}, true},
      {"before a name", {"*, Foo"}, true},
      {"behind a name", {"Foo, *"}, true},
      {"on the second line", {"Foo", "Bar, *"}, true},
      {"in quotes that are none", {"\"a, *"}, true},
      {"a name", {"Foo"}, false},
      {"part of a name", {"*foo, Fo*o"}, false},
      {"nothing", {""}, false},
  };
  for (const Row& row : rows) {
    AnswerFacts facts(200, arrival);
    for (const std::string_view line : row.lines) facts.note("Vary", line);
    EXPECT_TRUE(facts.has_vary()) << row.what;
    EXPECT_EQ(facts.varies_on_everything(), row.star) << row.what;
  }
}

TEST(AnswerFacts, pragma_counts_only_without_cache_control) {
  EXPECT_TRUE(facts_of({{"Pragma", "no-cache"}}).pragma_no_cache());
  EXPECT_TRUE(facts_of({{"Pragma", "no-cache"}, {"Pragma", "x"}}).pragma_no_cache());
  EXPECT_FALSE(facts_of({{"Pragma", "no-cache"}, {"Cache-Control", "max-age=3600"}}).pragma_no_cache());
  EXPECT_FALSE(facts_of({{"Cache-Control", "max-age=3600"}, {"Pragma", "no-cache"}}).pragma_no_cache());
  EXPECT_FALSE(facts_of({{"Pragma", "unrecognised-extension"}}).pragma_no_cache());
}

TEST(AnswerFacts, the_targeted_field_counts_before_all_others) {
  static constexpr std::string_view name = "Wats-Cache-Control";
  const FieldLines ordinary{{"Cache-Control", "no-store"}, {"Pragma", "no-cache"}};
  const auto with = [&ordinary](std::vector<std::string_view> targeted) {
    FieldLines lines = ordinary;
    for (const std::string_view line : targeted) lines.emplace_back("wats-cache-control", line);
    return facts_of(lines, name);
  };
  EXPECT_EQ(with({"max-age=60"}).directives(), Directives{.max_age = DeltaSeconds(60)});
  EXPECT_EQ(with({"max-age=60", "immutable"}).directives(),
            (Directives{.max_age = DeltaSeconds(60), .immutable = true}));
  EXPECT_TRUE(with({"none"}).is_targeted()) << "a directive that nobody knows is one";
  const Directives no_store{.no_store = true};
  EXPECT_EQ(with({}).directives(), no_store);
  EXPECT_EQ(with({""}).directives(), no_store) << "empty";
  EXPECT_EQ(with({"max-age=60,"}).directives(), no_store) << "broken";
  EXPECT_EQ(with({"max-age=60", "&"}).directives(), no_store) << "broken on the second line";
  EXPECT_EQ(with({"&", "max-age=60"}).directives(), no_store) << "broken on the first line";
  EXPECT_EQ(facts_of({{"Wats-Cache-Control", "max-age=60"}}).directives(), Directives()) << "not for us";
  EXPECT_FALSE(facts_of({{name, "max-age=60"}, {"Pragma", "no-cache"}}, name).pragma_no_cache());
}

}  // namespace
}  // namespace wats::policy
