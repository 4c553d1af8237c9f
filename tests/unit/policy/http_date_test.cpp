// Which texts are dates, and which moment they name.
#include "wats/policy/http_date.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string_view>

namespace wats::policy {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

constexpr sys_seconds today = sys_days(2026y / 11 / 23) + 12h;
constexpr sys_seconds example = sys_days(1994y / 11 / 6) + 8h + 49min + 37s;
constexpr sys_seconds in_2050 = sys_days(2050y / 8 / 18) + 2h + 1min + 18s;

struct DateRow {
  const char* what;
  std::string_view text;
  std::optional<sys_seconds> moment;
};

constexpr DateRow understood_dates[] = {
    {"fixed form", "Sun, 06 Nov 1994 08:49:37 GMT", example},
    {"RFC 850", "Sunday, 06-Nov-94 08:49:37 GMT", example},
    {"asctime", "Sun Nov  6 08:49:37 1994", example},
    {"asctime with two digits", "Sun Nov 06 08:49:37 1994", example},
    {"space round it", " \tSun, 06 Nov 1994 08:49:37 GMT ", example},
    {"the day of the week in another case", "THU, 18 Aug 2050 02:01:18 GMT", in_2050},
    {"the month in another case", "Thu, 18 AUG 2050 02:01:18 GMT", in_2050},
    {"the zone in another case", "Thu, 18 Aug 2050 02:01:18 gMT", in_2050},
    {"RFC 850 in another case", "tHURSDAY, 18-aug-50 02:01:18 gmt", in_2050},
    {"RFC 850 in this century", "Thursday, 18-Aug-50 02:01:18 GMT", in_2050},
    {"the wrong day of the week", "Thu Aug  8 02:01:18 2050", in_2050 - 240h},
    {"no comma", "Thu 18 Aug 2050 02:01:18 GMT", in_2050},
    {"no comma, beyond 32 bits", "Tue 19 Jan 2038 14:14:08 GMT", sys_days(2038y / 1 / 19) + 14h + 14min + 8s},
    {"no comma, far ahead", "Sun 21 Nov 2286 04:46:39 GMT", sys_days(2286y / 11 / 21) + 4h + 46min + 39s},
    {"leap second", "Sat, 31 Dec 2016 23:59:60 GMT", sys_days(2017y / 1 / 1)},
    {"29 February of a leap year", "Thu, 29 Feb 2024 00:00:00 GMT", sys_days(2024y / 2 / 29)},
    {"before 1970", "Wed, 31 Dec 1969 23:59:59 GMT", sys_seconds(-1s)},
    {"the last year", "Fri, 31 Dec 9999 23:59:59 GMT", sys_days(9999y / 12 / 31) + 23h + 59min + 59s},
};

constexpr DateRow refused_dates[] = {
    {"empty", "", {}},
    {"0", "0", {}},
    {"-1", "-1", {}},
    {"a word", "foo", {}},
    {"only a day", "Thu", {}},
    {"no day of the week", "18 Aug 2050 02:01:18 GMT", {}},
    {"an unknown day of the week", "Thx, 18 Aug 2050 02:01:18 GMT", {}},
    {"an unknown month", "Thu, 18 Agu 2050 02:01:18 GMT", {}},
    {"UTC", "Thu, 18 Aug 2050 02:01:18 UTC", {}},
    {"another zone", "Thu, 18 Aug 2050 02:01:18 AEST", {}},
    {"an offset", "Thu, 18 Aug 2050 02:01:18 +0000", {}},
    {"no zone", "Thu, 18 Aug 2050 02:01:18", {}},
    {"a year of two digits", "Thu, 18 Aug 50 02:01:18 GMT", {}},
    {"a year of five digits", "Thu, 18 Aug 20500 02:01:18 GMT", {}},
    {"several spaces", "Thu, 18  Aug  2050 02:01:18 GMT", {}},
    {"no space behind the comma", "Thu,18 Aug 2050 02:01:18 GMT", {}},
    {"dashes", "Thu, 18-Aug-2050 02:01:18 GMT", {}},
    {"points in the time", "Thu, 18 Aug 2050 02.01.18 GMT", {}},
    {"an hour of one digit", "Thu, 18 Aug 2050 2:01:18 GMT", {}},
    {"a day of one digit", "Thu, 8 Aug 2050 02:01:18 GMT", {}},
    {"no seconds", "Thu, 18 Aug 2050 02:01 GMT", {}},
    {"30 February", "Thu, 30 Feb 2050 02:01:18 GMT", {}},
    {"29 February of another year", "Thu, 29 Feb 2100 02:01:18 GMT", {}},
    {"day 0", "Thu, 00 Aug 2050 02:01:18 GMT", {}},
    {"day 32", "Thu, 32 Aug 2050 02:01:18 GMT", {}},
    {"hour 24", "Thu, 18 Aug 2050 24:00:00 GMT", {}},
    {"minute 60", "Thu, 18 Aug 2050 02:60:18 GMT", {}},
    {"second 61", "Thu, 18 Aug 2050 02:01:61 GMT", {}},
    {"something behind it", "Thu, 18 Aug 2050 02:01:18 GMT+1", {}},
    {"RFC 850 with a short name", "Thu, 18-Aug-50 02:01:18 GMT", {}},
    {"RFC 850 with a long year", "Thursday, 18-Aug-2050 02:01:18 GMT", {}},
    {"RFC 850 with spaces", "Thursday, 18 Aug 50 02:01:18 GMT", {}},
    {"RFC 850 without a comma", "Thursday 18-Aug-50 02:01:18 GMT", {}},
    {"asctime with a zone", "Thu Aug 18 02:01:18 2050 GMT", {}},
    {"asctime with a comma", "Thu, Aug 18 02:01:18 2050", {}},
    {"asctime with a long name", "Thursday Aug 18 02:01:18 2050", {}},
    {"asctime with an unpadded day", "Thu Aug 8 02:01:18 2050", {}},
    {"a sign for a digit", "Thu, 18 Aug +050 02:01:18 GMT", {}},
    {"ISO 8601", "2050-08-18T02:01:18Z", {}},
};

TEST(HttpDate, understands_three_forms_in_any_case) {
  for (const DateRow& row : understood_dates)
    EXPECT_EQ(parse_http_date(row.text, today), row.moment) << row.what;
}

TEST(HttpDate, anything_else_is_none) {
  for (const DateRow& row : refused_dates)
    EXPECT_EQ(parse_http_date(row.text, today), std::nullopt) << row.what;
}

TEST(HttpDate, two_digits_name_the_latest_year_at_most_fifty_years_ahead) {
  struct Row {
    const char* what;
    sys_seconds now;
    std::string_view text;
    sys_seconds moment;
  };
  const Row rows[] = {
      {"this year", today, "Monday, 23-Nov-26 12:00:00 GMT", today},
      {"exactly fifty years ahead", today, "Monday, 23-Nov-76 12:00:00 GMT", sys_days(2076y / 11 / 23) + 12h},
      {"a second more", today, "Monday, 23-Nov-76 12:00:01 GMT", sys_days(1976y / 11 / 23) + 12h + 1s},
      {"a year more", today, "Monday, 23-Nov-77 12:00:00 GMT", sys_days(1977y / 11 / 23) + 12h},
      {"the next century", sys_days(2099y / 12 / 31), "Monday, 01-Jan-05 00:00:00 GMT",
       sys_days(2105y / 1 / 1)},
      {"the last century", sys_days(2001y / 1 / 1), "Friday, 31-Dec-99 00:00:00 GMT",
       sys_days(1999y / 12 / 31)},
      {"from 29 February on", sys_days(2024y / 2 / 29), "Tuesday, 01-Jan-74 00:00:00 GMT",
       sys_days(2074y / 1 / 1)},
  };
  for (const Row& row : rows) EXPECT_EQ(parse_http_date(row.text, row.now), row.moment) << row.what;
}

}  // namespace
}  // namespace wats::policy
