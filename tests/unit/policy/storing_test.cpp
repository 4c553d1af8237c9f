// What may be stored, for how long it is fresh, and how old it was when it came.
#include "tests/unit/policy/answers.hpp"
#include "wats/policy/reuse.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string_view>

namespace wats::policy {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;
using test::a_day_before;
using test::an_hour_before;
using test::an_hour_later;
using test::answer_of;
using test::at_noon;
using test::directives_of;
using test::Lines;
using test::noon;

TEST(MayStore, answers_that_say_how_long_they_hold_or_whose_status_lets_one_guess) {
  struct Row {
    const char* what;
    int status;
    Lines lines;
    bool may;
  };
  const Row rows[] = {
      {"200 with nothing else", 200, {}, true},
      {"200 with no-store", 200, {{"Cache-Control", "no-store"}}, false},
      {"no-store beside a lifetime",
       200,
       {{"Cache-Control", "max-age=10000, no-store"}, {"Expires", an_hour_later}},
       false},
      {"no-store on another line",
       200,
       {{"Cache-Control", "max-age=10000"}, {"Cache-Control", "No-StOrE"}},
       false},
      {"no-cache", 200, {{"Cache-Control", "no-cache"}}, true},
      {"private", 200, {{"Cache-Control", "private, max-age=3600"}}, true},
      {"a cookie", 200, {{"Cache-Control", "max-age=3600"}, {"Set-Cookie", "a=b"}}, true},
      {"Vary", 200, {{"Vary", "Foo"}}, true},
      {"Vary: *", 200, {{"Expires", an_hour_later}, {"Vary", "Foo, *"}}, false},
      {"201 with nothing else", 201, {}, false},
      {"201 with Last-Modified", 201, {{"Last-Modified", a_day_before}}, false},
      {"201 with max-age", 201, {{"Cache-Control", "max-age=1"}}, true},
      {"201 with s-maxage", 201, {{"Cache-Control", "s-maxage=1"}}, false},
      {"201 with Expires", 201, {{"Expires", an_hour_later}}, true},
      {"201 with private", 201, {{"Cache-Control", "private"}}, true},
      {"599 with nothing else", 599, {}, false},
      {"599 with public", 599, {{"Cache-Control", "public"}}, true},
      {"599 with Expires", 599, {{"Expires", an_hour_later}}, true},
      {"599 with must-understand", 599, {{"Cache-Control", "max-age=3600, must-understand"}}, false},
      {"200 with must-understand and no-store",
       200,
       {{"Cache-Control", "max-age=3600, must-understand, no-store"}},
       true},
      {"304", 304, {{"Cache-Control", "max-age=3600"}}, false},
      {"100", 100, {{"Cache-Control", "max-age=3600"}}, false},
      {"206 that was not asked for",
       206,
       {{"Cache-Control", "max-age=3600"}, {"Content-Range", "bytes 0-1/2"}},
       false},
  };
  for (const Row& row : rows) EXPECT_EQ(may_store({}, answer_of(row.status, row.lines)), row.may) << row.what;
}

TEST(MayStore, depends_on_the_request) {
  const AnswerFacts fresh = answer_of(200, {{"Cache-Control", "max-age=3600"}});
  EXPECT_TRUE(may_store({.method = MethodKind::head}, fresh));
  EXPECT_TRUE(may_store({.method = MethodKind::read_only}, fresh));
  EXPECT_TRUE(may_store({.method = MethodKind::read_only}, answer_of(200, {})));
  EXPECT_FALSE(may_store({.method = MethodKind::other}, fresh));
  EXPECT_FALSE(may_store({.directives = directives_of("no-store")}, fresh));
  EXPECT_TRUE(may_store({.directives = directives_of("no-cache, max-age=0")}, fresh));
}

TEST(MayStore, a_post_that_stands_for_its_target) {
  const RequestFacts own{.method = MethodKind::post, .is_its_own_location = true};
  const AnswerFacts fresh = answer_of(200, {{"Expires", an_hour_later}});
  EXPECT_TRUE(may_store(own, fresh));
  EXPECT_FALSE(may_store({.method = MethodKind::post}, fresh)) << "elsewhere";
  EXPECT_FALSE(may_store(own, answer_of(200, {}))) << "without a lifetime";
  EXPECT_FALSE(may_store(own, answer_of(200, {{"Cache-Control", "public"}}))) << "without a lifetime";
  EXPECT_FALSE(may_store(own, answer_of(404, {{"Expires", an_hour_later}}))) << "an error";
}

TEST(MayStore, parts_that_were_asked_for) {
  const RequestFacts ranged{.has_range = true};
  const auto answer = [](int status, Lines lines) {
    lines.emplace_back("Cache-Control", "max-age=3600");
    return answer_of(status, lines);
  };
  EXPECT_TRUE(may_store(ranged, answer(206, {{"Content-Range", "bytes 0-1/2"}})));
  EXPECT_FALSE(may_store(ranged, answer(206, {}))) << "several parts in one answer";
  EXPECT_TRUE(may_store(ranged, answer(200, {}))) << "the whole instead";
  EXPECT_FALSE(may_store(ranged, answer(416, {}))) << "an error of the range, not of the target";
}

TEST(FreshnessLifetime, comes_from_the_first_that_says_it) {
  struct Row {
    const char* what;
    int status;
    Lines lines;
    seconds lifetime;
  };
  const Row rows[] = {
      {"nothing", 200, {}, 0s},
      {"max-age", 200, {{"Cache-Control", "max-age=3600"}}, 3600s},
      {"max-age=0 beside a later Expires",
       200,
       {{"Expires", an_hour_later}, {"Cache-Control", "max-age=0"}, {"Date", at_noon}},
       0s},
      {"max-age beside a past Expires",
       200,
       {{"Cache-Control", "max-age=60"}, {"Expires", an_hour_before}, {"Date", at_noon}},
       60s},
      {"max-age beside an invalid Expires", 200, {{"Cache-Control", "max-age=60"}, {"Expires", "0"}}, 60s},
      {"a broken max-age beside Expires",
       200,
       {{"Cache-Control", "max-age=x"}, {"Expires", an_hour_later}},
       0s},
      {"s-maxage is for shared caches", 200, {{"Cache-Control", "s-maxage=3600, max-age=1"}}, 1s},
      {"s-maxage alone", 200, {{"Cache-Control", "s-maxage=3600"}}, 0s},
      {"Expires", 200, {{"Expires", an_hour_later}, {"Date", at_noon}}, 3600s},
      {"Expires without Date", 200, {{"Expires", an_hour_later}}, 3600s},
      {"Expires with an invalid Date", 200, {{"Date", "foo"}, {"Expires", an_hour_later}}, 3600s},
      {"Expires with a slow Date", 200, {{"Date", an_hour_before}, {"Expires", an_hour_later}}, 7200s},
      {"a past Expires", 200, {{"Expires", an_hour_before}, {"Date", at_noon}}, 0s},
      {"a present Expires", 200, {{"Expires", at_noon}, {"Date", at_noon}}, 0s},
      {"Expires before a fast Date", 200, {{"Expires", at_noon}, {"Date", an_hour_later}}, 0s},
      {"an invalid Expires", 200, {{"Expires", "0"}, {"Date", at_noon}, {"Last-Modified", a_day_before}}, 0s},
      {"Expires far ahead", 200, {{"Expires", "Fri, 31 Dec 9999 23:59:59 GMT"}}, seconds(longest_delta)},
      {"a tenth since it was modified", 200, {{"Last-Modified", an_hour_before}, {"Date", at_noon}}, 360s},
      {"the same without Date", 200, {{"Last-Modified", an_hour_before}}, 360s},
      {"a day at most", 200, {{"Last-Modified", "Sat, 01 Jan 2000 00:00:00 GMT"}}, 86400s},
      {"modified a moment ago", 200, {{"Last-Modified", at_noon}, {"Date", at_noon}}, 0s},
      {"modified later", 200, {{"Last-Modified", an_hour_later}, {"Date", at_noon}}, 0s},
      {"an invalid Last-Modified", 200, {{"Last-Modified", "yesterday"}}, 0s},
      {"no-cache beside max-age", 200, {{"Cache-Control", "no-cache, max-age=60"}}, 60s},
  };
  for (const Row& row : rows)
    EXPECT_EQ(freshness_lifetime(answer_of(row.status, row.lines)), row.lifetime) << row.what;
}

TEST(FreshnessLifetime, is_guessed_for_some_statuses_only) {
  for (const int status : {200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501})
    EXPECT_EQ(freshness_lifetime(answer_of(status, {{"Last-Modified", a_day_before}})), 8640s) << status;
  for (const int status : {201, 202, 302, 307, 400, 403, 500, 502, 503, 504, 599})
    EXPECT_EQ(freshness_lifetime(answer_of(status, {{"Last-Modified", a_day_before}})), 0s) << status;
  EXPECT_EQ(
      freshness_lifetime(answer_of(599, {{"Last-Modified", a_day_before}, {"Cache-Control", "public"}})),
      8640s);
}

TEST(FreshnessLifetime, of_a_targeted_field_makes_the_others_silent) {
  const auto lifetime = [](std::string_view targeted, Lines lines) {
    lines.emplace_back("Wats-Cache-Control", targeted);
    return freshness_lifetime(answer_of(200, lines, "Wats-Cache-Control"));
  };
  EXPECT_EQ(lifetime("max-age=60", {{"Cache-Control", "max-age=1"}}), 60s);
  EXPECT_EQ(lifetime("max-age=1", {{"Cache-Control", "max-age=60"}, {"Expires", an_hour_later}}), 1s);
  EXPECT_EQ(lifetime("must-revalidate", {{"Expires", an_hour_later}}), 0s);
  EXPECT_EQ(lifetime("must-revalidate", {{"Last-Modified", an_hour_before}}), 360s);
  EXPECT_EQ(lifetime("max-age=60,", {{"Cache-Control", "max-age=1"}}), 1s) << "broken";
}

TEST(InitialAge, is_the_larger_of_what_date_and_age_tell) {
  struct Row {
    const char* what;
    Lines lines;
    std::chrono::milliseconds delay;
    std::chrono::milliseconds age;
  };
  const Row rows[] = {
      {"nothing", {}, 0ms, 0ms},
      {"the time of the exchange", {}, 1500ms, 1500ms},
      {"a Date of now", {{"Date", at_noon}}, 0ms, 0ms},
      {"an old Date", {{"Date", an_hour_before}}, 1500ms, 3600s},
      {"a Date ahead", {{"Date", an_hour_later}}, 0ms, 0ms},
      {"an invalid Date", {{"Date", "foo"}}, 0ms, 0ms},
      {"Age", {{"Age", "30"}, {"Date", at_noon}}, 1500ms, 31500ms},
      {"Age above an old Date", {{"Age", "7200"}, {"Date", an_hour_before}}, 0ms, 7200s},
      {"a broken Age", {{"Age", "abc"}}, 1500ms, seconds(longest_delta)},
      {"a Date of long ago", {{"Date", "Sat, 01 Jan 0000 00:00:00 GMT"}}, 0ms, seconds(longest_delta)},
      {"a clock that was set back", {}, -5s, 0ms},
  };
  for (const Row& row : rows)
    EXPECT_EQ(corrected_initial_age(answer_of(200, row.lines), noon - row.delay, noon), row.age) << row.what;
}

}  // namespace
}  // namespace wats::policy
