// Times as WATS writes them.
#include "wats/model/timestamp.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <string>

namespace wats {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): only literals

Timestamp parsed(std::string_view text) {
  const auto time = Timestamp::parse(text);
  EXPECT_TRUE(time.has_value()) << text;
  return time.value_or(Timestamp());
}

constexpr Timestamp::Instant at(int year, unsigned month, unsigned day, std::chrono::seconds time = 0s) {
  return std::chrono::sys_days(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day)) +
         time;
}

TEST(Timestamp, zones_move_the_moment_and_no_zone_is_taken_as_utc) {
  EXPECT_EQ(parsed("2026-02-03T09:15:00Z").instant(), at(2026, 2, 3, 9h + 15min));
  EXPECT_EQ(parsed("2026-02-03T09:15:00+01:00").instant(), at(2026, 2, 3, 8h + 15min));
  EXPECT_EQ(parsed("2026-02-03T09:15:00-05:30").instant(), at(2026, 2, 3, 14h + 45min));
  EXPECT_EQ(parsed("2026-02-03T09:15:00").instant(), at(2026, 2, 3, 9h + 15min));
  EXPECT_EQ(parsed("2026-02-03").instant(), at(2026, 2, 3));
}

TEST(Timestamp, the_offset_is_known_where_it_was_told) {
  EXPECT_EQ(parsed("2026-02-03T09:15:00Z").offset(), 0min);
  EXPECT_EQ(parsed("2026-02-03T09:15:00-05:30").offset(), -330min);
  EXPECT_FALSE(parsed("2026-02-03T09:15:00").offset().has_value());
}

TEST(Timestamp, times_are_written_as_they_were_read) {
  for (const char* text :
       {"2026-02-03T09:15:00Z", "2026-02-03T09:15:00.000+01:00", "2026-02-03T09:15:00.1",
        "2026-02-03T09:15:00.12Z", "2026-02-03T09:15:00.1234567-11:45", "2024-02-29T23:59:59.9999999+14:00",
        "1969-12-31T23:59:59.9999999Z", "0001-01-01T00:00:00", "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59.9999999", "9999-12-31T23:59:59.9999999-01:00",
        "1900-03-01T00:00:00.0000000Z"}) {
    EXPECT_EQ(parsed(text).text(), text);
  }
}

TEST(Timestamp, digits_beyond_the_seventh_are_dropped) {
  EXPECT_EQ(parsed("2026-02-03T09:15:00.123456789Z").text(), "2026-02-03T09:15:00.1234567Z");
  EXPECT_FALSE(Timestamp::parse("2026-02-03T09:15:00.1234567890Z").has_value());
}

TEST(Timestamp, filters_get_utc) {
  EXPECT_EQ(parsed("2026-02-03T00:15:00.50+01:00").utc_text(), "2026-02-02T23:15:00.50Z");
  EXPECT_EQ(parsed("2026-02-03T00:15:00").utc_text(), "2026-02-03T00:15:00Z");
  // Nothing the server has lies beyond these.
  EXPECT_EQ(parsed("0001-01-01T00:00:00+01:00").utc_text(), "0001-01-01T00:00:00Z");
  EXPECT_EQ(parsed("9999-12-31T23:59:59-01:00").utc_text(), "9999-12-31T23:59:59Z");
}

TEST(Timestamp, a_moment_of_the_program_is_written_with_milliseconds_when_it_has_any) {
  EXPECT_EQ(Timestamp(at(2026, 2, 3)).text(), "2026-02-03T00:00:00Z");
  EXPECT_EQ(Timestamp(at(2026, 2, 3) + 5ms).text(), "2026-02-03T00:00:00.005Z");
  EXPECT_EQ(Timestamp(at(2026, 2, 3) + 1us).text(), "2026-02-03T00:00:00.000Z");
}

TEST(Timestamp, the_same_moment_can_be_told_in_another_zone) {
  const auto time = parsed("2026-02-03T23:30:00Z");
  EXPECT_EQ(time.with_offset(90min).text(), "2026-02-04T01:00:00+01:30");
  EXPECT_EQ(time.with_offset(0min).text(), "2026-02-03T23:30:00+00:00");
  EXPECT_EQ(time.with_offset(90min), time);
  EXPECT_LT(time, parsed("2026-02-03T23:30:00-00:01"));
}

TEST(Timestamp, a_zone_that_would_leave_the_calendar_gives_way_to_utc) {
  EXPECT_EQ(parsed("0001-01-01T00:30:00Z").with_offset(-1h).text(), "0001-01-01T00:30:00Z");
  EXPECT_EQ(parsed("9999-12-31T23:30:00Z").with_offset(1h).text(), "9999-12-31T23:30:00Z");
  EXPECT_EQ(Timestamp(at(12000, 1, 1)).text(), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(Timestamp(at(-100, 1, 1)).text(), "0001-01-01T00:00:00Z");
}

TEST(Timestamp, what_is_no_time_is_refused_and_named) {
  for (const char* text : {"",
                           "2026",
                           "2026-02",
                           "2026-13-01",
                           "2026-00-01",
                           "2026-02-29",
                           "2026-02-30T00:00:00Z",
                           "0000-01-01",
                           "10000-01-01",
                           "2026-2-3",
                           "2026-02-03T",
                           "2026-02-03T09",
                           "2026-02-03T09:15",
                           "2026-02-03T24:00:00",
                           "2026-02-03T09:60:00",
                           "2026-02-03T09:15:60",
                           "2026-02-03T09:15:00.",
                           "2026-02-03T09:15:00.Z",
                           "2026-02-03T09:15:00z",
                           "2026-02-03 09:15:00",
                           "2026-02-03T09:15:00+1:00",
                           "2026-02-03T09:15:00+01",
                           "2026-02-03T09:15:00+01:60",
                           "2026-02-03T09:15:00+24:00",
                           "2026-02-03T09:15:00ZZ",
                           " 2026-02-03",
                           "2026-02-03 ",
                           "-026-02-03",
                           "2026-02-03Z",
                           "2026-02-03T-9:15:00Z"}) {
    const auto time = Timestamp::parse(text);
    ASSERT_FALSE(time.has_value()) << text;
    EXPECT_EQ(time.error().code(), Errc::invalid_argument);
    EXPECT_NE(time.error().what().find("'" + std::string(text).substr(0, 40) + "'"), std::string::npos);
  }
}

TEST(Timestamp, random_times_go_from_text_to_text_unchanged) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto number = [&](int low, int high) { return std::uniform_int_distribution(low, high)(random); };
  for (int i = 0; i < 20'000; ++i) {
    const std::chrono::year_month year_month{std::chrono::year(number(1, 9999)),
                                             std::chrono::month(static_cast<unsigned>(number(1, 12)))};
    const auto last =
        static_cast<unsigned>(std::chrono::year_month_day_last(year_month / std::chrono::last).day());
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02dT%02d:%02d:%02d", static_cast<int>(year_month.year()),
                  static_cast<unsigned>(year_month.month()), number(1, static_cast<int>(last)), number(0, 23),
                  number(0, 59), number(0, 59));
    std::string text = buffer;
    if (const int digits = number(0, 7); digits != 0) {
      text += '.';
      for (int digit = 0; digit < digits; ++digit) text += static_cast<char>('0' + number(0, 9));
    }
    switch (number(0, 2)) {
      case 0:
        text += 'Z';
        break;
      case 1: {
        std::snprintf(buffer, sizeof buffer, "%c%02d:%02d", number(0, 1) == 0 ? '+' : '-', number(1, 23),
                      number(0, 59));
        text += buffer;
        break;
      }
      default:
        break;
    }
    const auto time = Timestamp::parse(text);
    ASSERT_TRUE(time.has_value()) << text;
    ASSERT_EQ(time->text(), text);
    ASSERT_LE(time->text().size(), Timestamp::max_text_size);
  }
}

}  // namespace
}  // namespace wats
