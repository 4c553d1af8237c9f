// Sizes of caches, as they are written.
#include "apps/wats/simulate/sizes.hpp"

#include <gtest/gtest.h>

namespace wats::simulate {
namespace {

std::vector<std::size_t> entries_of(const std::string& text, std::uint32_t distinct_keys) {
  std::vector<std::size_t> all;
  const auto sizes = sizes_of(text).value();
  for (const auto& size : sizes) all.push_back(size.entries_of(distinct_keys));
  return all;
}

TEST(Sizes, entries_and_shares_with_commas) {
  EXPECT_EQ(entries_of("1000", 7), std::vector<std::size_t>{1000});
  EXPECT_EQ(entries_of("1%,10%,25%", 48'974), (std::vector<std::size_t>{490, 4897, 12'244}));
  EXPECT_EQ(entries_of("0.5%,3", 1000), (std::vector<std::size_t>{5, 3}));
}

TEST(Sizes, shares_are_rounded_to_the_nearest_and_at_least_1) {
  EXPECT_EQ(entries_of("1%", 10), std::vector<std::size_t>{1});
  EXPECT_EQ(entries_of("10%", 14), std::vector<std::size_t>{1});
  EXPECT_EQ(entries_of("10%", 15), std::vector<std::size_t>{2});
  EXPECT_EQ(entries_of("100%", 4'294'967'294), std::vector<std::size_t>{4'294'967'294});
}

TEST(Sizes, what_is_none_is_refused_and_named) {
  for (const char* const text : {"", "0", "-1", "1.5", "ten", "0%", "-1%", "101%", "%", "nan%", "inf%",
                                 "10 %", "4294967295", "99999999999999999999", "1e3"}) {
    const auto sizes = sizes_of(text);
    ASSERT_FALSE(sizes) << text;
    EXPECT_NE(sizes.error().message().find("'" + std::string(text) + "' is no size"), std::string::npos);
  }
  for (const char* const text : {"1,", ",1", "1,,2", "10%,x"}) EXPECT_FALSE(sizes_of(text)) << text;
}

}  // namespace
}  // namespace wats::simulate
