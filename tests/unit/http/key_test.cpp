// Keys of stored answers.
#include "wats/http/detail/key.hpp"

#include <gtest/gtest.h>

#include <string>

namespace wats::http::detail {
namespace {

std::string key_of(std::initializer_list<std::string_view> parts) {
  Key key;
  for (const auto part : parts) key.part(part);
  return std::string(key.view());
}

TEST(Key, parts_do_not_run_into_each_other) {
  EXPECT_NE(key_of({"ab", "c"}), key_of({"a", "bc"}));
  EXPECT_NE(key_of({"a", ""}), key_of({"", "a"}));
  EXPECT_NE(key_of({"a"}), key_of({"a", ""}));
}

TEST(Key, an_absent_member_differs_from_an_empty_one) {
  Key absent;
  absent.absent();
  EXPECT_NE(absent.view(), key_of({""}));
}

TEST(Key, text_beyond_the_inline_room_is_kept_whole) {
  const std::string longer(500, 'x');
  Key key;
  key.append("product_get");
  key.part(longer);
  key.part("tail");
  EXPECT_EQ(key.view().size(), 11 + 5 + 500 + 5 + 4);
  EXPECT_TRUE(key.view().starts_with("product_get"));
  EXPECT_TRUE(key.view().ends_with("tail"));
  EXPECT_NE(key.view().find(longer), std::string_view::npos);
}

}  // namespace
}  // namespace wats::http::detail
