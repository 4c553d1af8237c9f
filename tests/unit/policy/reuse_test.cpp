// What is kept with an answer, and when that answer is shown.
#include "wats/policy/reuse.hpp"

#include "tests/unit/policy/answers.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string_view>

namespace wats::policy {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;
using test::answer_of;
using test::at_noon;
using test::directives_of;
using test::noon;

Stored stored_of(std::string_view cache_control, int status = 200) {
  return make_stored(answer_of(status, {{"Cache-Control", cache_control}}), noon, noon);
}

TEST(Stored, keeps_what_decides_later) {
  const Stored plain = stored_of("max-age=60");
  EXPECT_EQ(plain, (Stored{.lifetime = DeltaSeconds(60)}));
  EXPECT_EQ(stored_of("max-age=60, stale-while-revalidate=10, stale-if-error=20, immutable"),
            (Stored{.lifetime = DeltaSeconds(60),
                    .stale_while_revalidate = DeltaSeconds(10),
                    .stale_if_error = DeltaSeconds(20),
                    .immutable = true}));
  for (const std::string_view strict : {"must-revalidate", "proxy-revalidate", "s-maxage=2"})
    EXPECT_EQ(stored_of(strict), (Stored{.never_stale = true})) << strict;
  EXPECT_EQ(stored_of("no-cache"), (Stored{.needs_validation = true, .never_stale = true}));
  EXPECT_EQ(stored_of("no-cache=\"a\""), Stored()) << "only that field";
  EXPECT_EQ(stored_of("max-age=60", 503), (Stored{.lifetime = DeltaSeconds(60), .never_stale = true}));
  EXPECT_TRUE(make_stored(answer_of(200, {{"Pragma", "no-cache"}}), noon, noon).needs_validation);
  EXPECT_TRUE(make_stored(answer_of(200, {{"ETag", "\"a\""}}), noon, noon).has_validator);
  EXPECT_TRUE(make_stored(answer_of(200, {{"Last-Modified", at_noon}}), noon, noon).has_validator);
}

TEST(Stored, ages_in_whole_seconds) {
  const Stored stored = make_stored(answer_of(200, {{"Age", "30"}}), noon - 600ms, noon);
  EXPECT_EQ(age_of(stored, 0ns), 30s);
  EXPECT_EQ(age_of(stored, 399ms), 30s);
  EXPECT_EQ(age_of(stored, 400ms), 31s);
  EXPECT_EQ(age_of(stored, 3s), 33s);
  EXPECT_EQ(freshness_left(stored_of("max-age=60"), 59s), 1s);
  EXPECT_EQ(freshness_left(stored_of("max-age=60"), 70s), -10s);
}

TEST(Wish, comes_from_the_directives_and_pragma) {
  EXPECT_EQ(make_wish(directives_of("max-age=1, max-stale=2, min-fresh=3, stale-if-error=4")),
            (Wish{.max_age = DeltaSeconds(1),
                  .max_stale = DeltaSeconds(2),
                  .min_fresh = DeltaSeconds(3),
                  .stale_if_error = DeltaSeconds(4)}));
  EXPECT_EQ(make_wish(directives_of("no-cache, no-store, only-if-cached")),
            (Wish{.no_cache = true, .no_store = true, .only_if_cached = true}));
  EXPECT_EQ(make_wish({}, true), Wish{.no_cache = true});
  EXPECT_EQ(make_wish(directives_of("no-cache=\"a\"")), Wish{.no_cache = true}) << "no request has such";
  EXPECT_EQ(make_wish(directives_of("nothing-to-see-here")), Wish());
}

TEST(DecideReuse, by_age_and_by_what_the_request_wants) {
  using enum ReuseVerdict;
  struct Row {
    const char* what;
    std::string_view stored;
    seconds age;
    std::string_view wish;
    ReuseVerdict verdict;
  };
  const Row rows[] = {
      {"fresh", "max-age=60", 59s, "", show},
      {"as old as its lifetime", "max-age=60", 60s, "", validate},
      {"stale", "max-age=60", 61s, "", validate},
      {"no lifetime", "", 0s, "", validate},
      {"no-cache though fresh", "max-age=60, no-cache", 0s, "", validate},
      {"must-revalidate while fresh", "max-age=60, must-revalidate", 0s, "", show},
      {"must-revalidate when stale", "max-age=60, must-revalidate", 60s, "", validate},
      {"an unknown wish", "max-age=60", 0s, "foo", show},

      {"no-cache", "max-age=60", 0s, "no-cache", validate},
      {"no-store", "max-age=60", 0s, "no-store", pass_by},
      {"max-age=0", "max-age=60", 3s, "max-age=0", validate},
      {"max-age=0 at once", "max-age=60", 0s, "max-age=0", validate},
      {"too old for max-age", "max-age=60", 3s, "max-age=1", validate},
      {"as old as max-age", "max-age=60", 3s, "max-age=3", show},
      {"min-fresh that it has", "max-age=60", 10s, "min-fresh=50", show},
      {"min-fresh that it has not", "max-age=60", 11s, "min-fresh=50", validate},
      {"min-fresh longer than its lifetime", "max-age=1500", 0s, "min-fresh=2000", validate},
      {"min-fresh=0 when stale", "max-age=60", 60s, "min-fresh=0", validate},

      {"max-stale", "max-age=1", 3s, "max-stale=1000", show},
      {"max-stale to the second", "max-age=60", 70s, "max-stale=10", show},
      {"more stale than max-stale", "max-age=60", 71s, "max-stale=10", validate},
      {"max-stale without a number", "max-age=60", 9999999s, "max-stale", show},
      {"max-stale=0", "max-age=0", 0s, "max-stale=0", validate},
      {"max-stale against must-revalidate", "max-age=60, must-revalidate", 70s, "max-stale", validate},
      {"max-stale against s-maxage", "max-age=60, s-maxage=60", 70s, "max-stale", validate},
      {"max-stale against no-cache", "max-age=60, no-cache", 70s, "max-stale", validate},
      {"max-stale with max-age", "max-age=60", 70s, "max-stale=10, max-age=70", show},
      {"older than max-age in spite of max-stale", "max-age=60", 70s, "max-stale=10, max-age=69", validate},

      {"stale-while-revalidate", "max-age=60, stale-while-revalidate=10", 70s, "", show_and_refresh},
      {"stale-while-revalidate at once", "max-age=0, stale-while-revalidate=10", 0s, "", show_and_refresh},
      {"after stale-while-revalidate", "max-age=60, stale-while-revalidate=10", 71s, "", validate},
      {"stale-while-revalidate=0", "max-age=0, stale-while-revalidate=0", 0s, "", validate},
      {"fresh with stale-while-revalidate", "max-age=60, stale-while-revalidate=10", 59s, "", show},
      {"stale-while-revalidate against must-revalidate",
       "max-age=60, stale-while-revalidate=10, must-revalidate", 65s, "", validate},
      {"stale-while-revalidate against max-age", "max-age=60, stale-while-revalidate=10", 65s, "max-age=100",
       validate},
      {"stale-while-revalidate against min-fresh", "max-age=60, stale-while-revalidate=10", 65s,
       "min-fresh=1", validate},
      {"stale-while-revalidate beyond max-stale", "max-age=60, stale-while-revalidate=10", 65s, "max-stale=4",
       validate},
      {"stale-while-revalidate within max-stale", "max-age=60, stale-while-revalidate=10", 65s, "max-stale=5",
       show_and_refresh},

      {"immutable against max-age=0", "max-age=60, immutable", 3s, "max-age=0", show},
      {"immutable against max-age", "max-age=60, immutable", 3s, "max-age=1", validate},
      {"immutable when stale", "max-age=2, immutable", 3s, "max-age=0", validate},
      {"immutable against no-cache", "max-age=60, immutable", 3s, "no-cache", validate},
      {"immutable against min-fresh", "max-age=60, immutable", 3s, "min-fresh=60", validate},

      {"only-if-cached and fresh", "max-age=60", 0s, "only-if-cached", show},
      {"only-if-cached and stale", "max-age=60", 60s, "only-if-cached", not_there},
      {"only-if-cached and stale, and accepted", "max-age=60", 61s, "only-if-cached, max-stale=5", show},
      {"only-if-cached while revalidating", "max-age=60, stale-while-revalidate=10", 65s, "only-if-cached",
       show},
      {"only-if-cached and no-cache", "max-age=60", 0s, "only-if-cached, no-cache", not_there},
      {"only-if-cached and no-store", "max-age=60", 0s, "only-if-cached, no-store", not_there},
  };
  for (const Row& row : rows)
    EXPECT_EQ(decide_reuse(stored_of(row.stored), row.age, make_wish(directives_of(row.wish))), row.verdict)
        << row.what;
}

TEST(DecideReuse, nothing_weakens_what_is_said_beside_the_request) {
  const auto verdict = [](std::string_view stored, seconds age, DeltaSeconds oldest,
                          std::string_view wish = "") {
    Wish wants = make_wish(directives_of(wish));
    wants.oldest = oldest;
    return decide_reuse(stored_of(stored), age, wants);
  };
  constexpr DeltaSeconds three(3);
  EXPECT_EQ(verdict("max-age=60", 3s, three), ReuseVerdict::show);
  EXPECT_EQ(verdict("max-age=60", 4s, three), ReuseVerdict::validate);
  EXPECT_EQ(verdict("max-age=60, immutable", 4s, three), ReuseVerdict::validate);
  EXPECT_EQ(verdict("max-age=60, immutable", 3s, three, "max-age=0"), ReuseVerdict::show);
  EXPECT_EQ(verdict("max-age=60", 0s, DeltaSeconds(0)), ReuseVerdict::validate);
  EXPECT_EQ(verdict("max-age=60", 4s, three, "max-age=50, max-stale"), ReuseVerdict::validate);
  EXPECT_EQ(verdict("max-age=2, stale-while-revalidate=60", 3s, three), ReuseVerdict::validate);
  EXPECT_EQ(verdict("max-age=60", 4s, three, "only-if-cached"), ReuseVerdict::not_there);
}

TEST(DecideReuse, an_answer_whose_age_is_unknown_is_not_shown) {
  for (const std::string_view lifetime : {"max-age=3600", "max-age=99999999999"}) {
    const AnswerFacts answer = answer_of(200, {{"Cache-Control", lifetime}, {"Age", "0, 0"}});
    const Stored stored = make_stored(answer, noon, noon);
    EXPECT_EQ(decide_reuse(stored, age_of(stored, 0s), {}), ReuseVerdict::validate) << lifetime;
  }
}

TEST(StandIn, for_a_server_that_fails) {
  using enum OriginFailure;
  struct Row {
    const char* what;
    std::string_view stored;
    seconds age;
    OriginFailure failure;
    seconds ceiling;
    std::string_view wish;
    bool may;
  };
  const Row rows[] = {
      {"within the ceiling", "max-age=2", 3s, no_connection, 60s, "", true},
      {"to the second", "max-age=2", 62s, no_connection, 60s, "", true},
      {"beyond the ceiling", "max-age=2", 63s, no_connection, 60s, "", false},
      {"no ceiling", "max-age=2", 2s, no_connection, 0s, "", false},
      {"must-revalidate", "max-age=2, must-revalidate", 3s, no_connection, 60s, "", false},
      {"proxy-revalidate", "max-age=2, proxy-revalidate", 3s, no_connection, 60s, "", false},
      {"no-cache", "max-age=2, no-cache", 3s, no_connection, 60s, "", false},
      {"no-cache though fresh", "max-age=20, no-cache", 3s, no_connection, 60s, "", false},
      {"s-maxage", "max-age=2, s-maxage=2", 3s, no_connection, 60s, "", false},
      {"must-revalidate with stale-if-error", "max-age=2, must-revalidate, stale-if-error=60", 3s,
       server_error, 0s, "", false},
      {"stale-if-error above the ceiling", "max-age=2, stale-if-error=60", 62s, no_connection, 10s, "", true},
      {"the ceiling above stale-if-error", "max-age=2, stale-if-error=1", 62s, no_connection, 60s, "", true},

      {"an error, and nothing that allows it", "max-age=2", 3s, server_error, 60s, "", false},
      {"an error with stale-if-error", "max-age=2, stale-if-error=60", 62s, server_error, 0s, "", true},
      {"an error after stale-if-error", "max-age=0, stale-if-error=1", 3s, server_error, 60s, "", false},
      {"an error with the request's stale-if-error", "max-age=0", 0s, server_error, 0s, "stale-if-error=3600",
       true},
      {"an error after the request's stale-if-error", "max-age=0", 3s, server_error, 0s, "stale-if-error=1",
       false},
      {"stale-if-error=0", "max-age=0, stale-if-error=0", 0s, server_error, 60s, "", false},

      {"the request says no-cache", "max-age=60", 3s, no_connection, 60s, "no-cache", false},
      {"the request says no-store", "max-age=60", 3s, no_connection, 60s, "no-store", false},
      {"the request says max-age", "max-age=2", 3s, no_connection, 60s, "max-age=1", false},
      {"the request says max-age, and what if not", "max-age=2", 3s, no_connection, 60s,
       "max-age=1, stale-if-error=5", true},
      {"the request says min-fresh", "max-age=60", 3s, no_connection, 60s, "min-fresh=100", false},
      {"the request says max-stale", "max-age=2", 9s, no_connection, 60s, "max-stale=5", false},
      {"a reload of what is fresh", "max-age=60", 3s, server_error, 0s, "max-age=0, stale-if-error=5", true},
      {"a reload of what is fresh and strict", "max-age=60, must-revalidate", 3s, server_error, 0s,
       "max-age=0, stale-if-error=5", true},
  };
  for (const Row& row : rows)
    EXPECT_EQ(may_stand_in(stored_of(row.stored), row.age, row.failure, row.ceiling,
                           make_wish(directives_of(row.wish))),
              row.may)
        << row.what;
}

TEST(StandIn, is_no_older_than_what_is_said_beside_the_request) {
  const auto may = [](seconds age, std::string_view wish) {
    Wish wants = make_wish(directives_of(wish));
    wants.oldest = DeltaSeconds(3);
    return may_stand_in(stored_of("max-age=2"), age, OriginFailure::no_connection, 60s, wants);
  };
  EXPECT_FALSE(may(3s, "")) << "stale is not what was asked for";
  EXPECT_TRUE(may(3s, "stale-if-error=60"));
  EXPECT_FALSE(may(4s, "stale-if-error=60"));
}

TEST(StandIn, an_old_error_hides_no_new_one) {
  EXPECT_FALSE(may_stand_in(stored_of("max-age=2", 503), 3s, OriginFailure::no_connection, 60s, {}));
  EXPECT_TRUE(may_stand_in(stored_of("max-age=2", 404), 3s, OriginFailure::no_connection, 60s, {}));
}

TEST(StandIn, hides_four_statuses) {
  for (const int status : {500, 502, 503, 504}) EXPECT_TRUE(is_stand_in_status(status)) << status;
  for (const int status : {200, 304, 404, 429, 501, 505, 599})
    EXPECT_FALSE(is_stand_in_status(status)) << status;
}

}  // namespace
}  // namespace wats::policy
