// Reading an answer's fields, and deciding whether to store and whether to show it, allocates nothing.
#include "tests/support/allocations.hpp"
#include "wats/policy/byte_range.hpp"
#include "wats/policy/reuse.hpp"
#include "wats/policy/vary.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string_view>
#include <utility>

namespace wats::policy {
namespace {

using namespace std::chrono_literals;

constexpr std::pair<std::string_view, std::string_view> answer_fields[] = {
    {"Date", "Mon, 23 Nov 2026 12:00:00 GMT"},
    {"Cache-Control", "private, max-age=60, stale-while-revalidate=10, extension=\"a, b\""},
    {"Wats-Cache-Control", "max-age=60;note=\"a long text that would not fit into a small string\""},
    {"Expires", "Monday, 23-Nov-26 13:00:00 GMT"},
    {"Last-Modified", "Mon Nov 23 11:00:00 2026"},
    {"Age", "3"},
    {"ETag", "\"an entity tag that would not fit into a small string\""},
    {"Vary", "Accept-Language, Accept-Encoding"},
    {"Content-Type", "application/json"},
};

TEST(HttpRulesCost, of_ten_thousand_answers_and_requests_is_no_allocation) {
  const std::chrono::sys_seconds noon = std::chrono::sys_days(2026y / 11 / 23) + 12h;
  int stored = 0;
  int shown = 0;
  int stood_in = 0;
  int chosen = 0;
  const std::size_t before = testing::allocations();
  for (int i = 0; i < 10'000; ++i) {
    AnswerFacts facts(200, noon, "Wats-Cache-Control");
    for (const auto& [name, value] : answer_fields) {
      if (is_stored_field(name, "close, X-Hop")) facts.note(name, value);
    }
    RequestFacts request;
    request.directives.add("max-age=30, extension=\"no-store\"");
    if (may_store(request, facts)) ++stored;
    const Stored kept = make_stored(facts, noon - 5ms, noon);
    const Wish wish = make_wish(request.directives);
    const auto age = age_of(kept, std::chrono::milliseconds(10 * i));
    if (decide_reuse(kept, age, wish) == ReuseVerdict::show) ++shown;
    if (may_stand_in(kept, age, OriginFailure::no_connection, 60s, {})) ++stood_in;
    if (selects_language("fr;q=0.5, de;q=1.0", "de")) ++chosen;
    const auto range = parse_range("bytes=5-");
    if (!range || resolve_range(*range, whole_content(10)).length != 5) ++chosen;
  }
  EXPECT_EQ(testing::allocations() - before, 0U);
  EXPECT_EQ(stored, 10'000);
  EXPECT_EQ(shown, 2'800) << "ages of 3 to 30 seconds";
  EXPECT_GT(stood_in, shown);
  EXPECT_EQ(chosen, 10'000);
}

}  // namespace
}  // namespace wats::policy
