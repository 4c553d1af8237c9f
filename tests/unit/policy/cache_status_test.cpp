// How the Cache-Status field is written.
#include "wats/policy/cache_status.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string_view>

namespace wats::policy {
namespace {

using namespace std::chrono_literals;

struct StatusRow {
  const char* what;
  std::string_view name;
  CacheOutcome outcome;
  std::string_view field;
};

TEST(CacheStatus, is_a_list_member_with_parameters) {
  const StatusRow rows[] = {
      {"nothing known", "wats", {}, "wats"},
      {"a hit", "wats", {.hit = true}, "wats;hit"},
      {"a hit with a lifetime", "wats", {.hit = true, .ttl = 376s}, "wats;hit;ttl=376"},
      {"a stale hit", "wats", {.hit = true, .ttl = -412s}, "wats;hit;ttl=-412"},
      {"a hit is not forwarded",
       "wats",
       {.hit = true, .forward = Forward::stale, .stored = true},
       "wats;hit"},
      {"a hit for a reason",
       "wats",
       {.hit = true, .detail = "server away"},
       "wats;hit;detail=\"server away\""},
      {"bypass", "wats", {.forward = Forward::bypass}, "wats;fwd=bypass"},
      {"method", "wats", {.forward = Forward::method}, "wats;fwd=method"},
      {"uri-miss", "wats", {.forward = Forward::uri_miss}, "wats;fwd=uri-miss"},
      {"vary-miss", "wats", {.forward = Forward::vary_miss}, "wats;fwd=vary-miss"},
      {"miss", "wats", {.forward = Forward::miss}, "wats;fwd=miss"},
      {"request", "wats", {.forward = Forward::request}, "wats;fwd=request"},
      {"stale", "wats", {.forward = Forward::stale}, "wats;fwd=stale"},
      {"partial", "wats", {.forward = Forward::partial}, "wats;fwd=partial"},
      {"validated",
       "wats",
       {.forward = Forward::stale, .forward_status = 304, .stored = true},
       "wats;fwd=stale;fwd-status=304;stored"},
      {"collapsed", "wats", {.forward = Forward::uri_miss, .collapsed = true}, "wats;fwd=uri-miss;collapsed"},
      {"everything",
       "wats",
       {.forward = Forward::miss,
        .forward_status = 200,
        .stored = true,
        .collapsed = true,
        .ttl = 1s,
        .detail = "memory"},
       "wats;fwd=miss;fwd-status=200;stored;collapsed;ttl=1;detail=memory"},
      {"a name that is no token", "line 3", {.hit = true}, "\"line 3\";hit"},
      {"a name that begins with a digit", "3.wats", {.hit = true}, "\"3.wats\";hit"},
      {"an empty name", "", {.hit = true}, "\"\";hit"},
      {"an address for a name", "wats.test:80/a", {.hit = true}, "wats.test:80/a;hit"},
      {"what has to be escaped", "a\"b\\c", {.hit = true}, "\"a\\\"b\\\\c\";hit"},
      {"what no string can hold", "a\n\xC3\xA4", {.hit = true}, "\"a???\";hit"},
      {"a lifetime beyond all numbers",
       "wats",
       {.hit = true, .ttl = std::chrono::seconds::max()},
       "wats;hit;ttl=999999999999999"},
      {"a lifetime below all numbers",
       "wats",
       {.hit = true, .ttl = std::chrono::seconds::min()},
       "wats;hit;ttl=-999999999999999"},
  };
  for (const StatusRow& row : rows) EXPECT_EQ(cache_status(row.name, row.outcome), row.field) << row.what;
}

}  // namespace
}  // namespace wats::policy
