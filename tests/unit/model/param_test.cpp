// Values as text in paths and queries.
#include "wats/model/param.hpp"

#include "tests/unit/model/every_kind.hpp"
#include "wats/model/report_header.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace wats {
namespace {

using model::from_param;
using model::has_param;
using model::percent_decode;
using model::percent_encode;
using model::to_param;

TEST(Param, each_type_has_its_text) {
  EXPECT_EQ(to_param(std::string("a b")), "a b");
  EXPECT_EQ(to_param(true), "true");
  EXPECT_EQ(to_param(false), "false");
  EXPECT_EQ(to_param(std::int32_t{-5}), "-5");
  EXPECT_EQ(to_param(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(to_param(0.1), "0.1");
  EXPECT_EQ(to_param(testing::Level::high), "2");
  EXPECT_EQ(to_param(Open<ReportType>(ReportType::repair)), "R");
  EXPECT_EQ(to_param(Open<ReportType>("X")), "X");
  EXPECT_EQ(to_param(*Timestamp::parse("2026-02-03T01:00:00+02:00")), "2026-02-02T23:00:00Z");
  EXPECT_EQ(to_param(Filter::raw("a eq 1")), "a eq 1");
}

TEST(Param, an_empty_optional_has_nothing_to_send) {
  EXPECT_FALSE(has_param(std::optional<int>()));
  EXPECT_TRUE(has_param(std::optional<int>(3)));
  EXPECT_TRUE(has_param(std::string()));
  EXPECT_EQ(to_param(std::optional<int>(3)), "3");
  EXPECT_EQ(to_param(std::optional<int>()), "");
}

TEST(Param, texts_are_read_back) {
  EXPECT_EQ(from_param<std::string>("a b"), "a b");
  EXPECT_EQ(from_param<bool>("True"), true);
  EXPECT_EQ(from_param<bool>("false"), false);
  EXPECT_EQ(from_param<std::int32_t>("-2147483648"), std::numeric_limits<std::int32_t>::min());
  EXPECT_EQ(from_param<std::int64_t>("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(from_param<double>("1e3"), 1000.0);
  EXPECT_EQ(from_param<testing::Level>("7"), static_cast<testing::Level>(7));
  EXPECT_EQ(from_param<Open<ReportType>>("U")->known(), ReportType::test);
  EXPECT_EQ(from_param<Timestamp>("2026-02-03T09:15:00Z")->text(), "2026-02-03T09:15:00Z");
  EXPECT_EQ(from_param<Filter>("a eq 1")->text(), "a eq 1");
  EXPECT_EQ(*from_param<std::optional<int>>("4"), 4);
  EXPECT_FALSE(from_param<std::optional<int>>("")->has_value());
  EXPECT_EQ(**from_param<std::optional<std::string>>(""), "");
}

TEST(Param, texts_of_the_wrong_shape_are_refused) {
  for (const char* text : {"", " 1", "1 ", "+1", "1.0", "0x1", "2147483648", "one"}) {
    const auto number = from_param<std::int32_t>(text);
    ASSERT_FALSE(number.has_value()) << text;
    EXPECT_EQ(number.error().code(), Errc::invalid_argument);
    EXPECT_FALSE(from_param<testing::Level>(text).has_value()) << text;
  }
  EXPECT_FALSE(from_param<std::int64_t>("9223372036854775808").has_value());
  EXPECT_FALSE(from_param<bool>("1").has_value());
  EXPECT_FALSE(from_param<bool>("").has_value());
  EXPECT_FALSE(from_param<double>("inf").has_value());
  EXPECT_FALSE(from_param<Timestamp>("now").has_value());
  EXPECT_FALSE(from_param<Filter>(" ").has_value());
  EXPECT_FALSE(from_param<std::optional<int>>("x").has_value());
}

TEST(PercentEncoding, only_unreserved_characters_stand_as_they_are) {
  EXPECT_EQ(percent_encode("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(percent_encode("a/b?c#d&e=f+g h%"), "a%2Fb%3Fc%23d%26e%3Df%2Bg%20h%25");
  EXPECT_EQ(percent_encode("\xC3\xA9\n"), "%C3%A9%0A");
  EXPECT_EQ(percent_encode(std::string_view("\0", 1)), "%00");
  EXPECT_EQ(percent_encode(""), "");
}

TEST(PercentEncoding, a_segment_of_dots_cannot_become_a_step) {
  EXPECT_EQ(percent_encode("."), "%2E");
  EXPECT_EQ(percent_encode(".."), "%2E%2E");
  EXPECT_EQ(percent_encode("..."), "%2E%2E%2E");
  EXPECT_EQ(percent_encode("..a"), "..a");
}

TEST(PercentEncoding, decoding_undoes_encoding_for_every_byte) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  EXPECT_EQ(percent_decode(percent_encode(all)), all);
  EXPECT_EQ(percent_decode("%c3%A9+a"), "\xC3\xA9+a");
}

TEST(PercentEncoding, half_an_escape_is_refused) {
  for (const char* text : {"%", "a%", "%1", "%G0", "%0G", "%-1", "%%41"}) {
    const auto decoded = percent_decode(text);
    ASSERT_FALSE(decoded.has_value()) << text;
    EXPECT_EQ(decoded.error().code(), Errc::invalid_argument);
  }
}

}  // namespace
}  // namespace wats
