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

std::string level_key(const Key& key) {
  return "0123abcd" + std::string(level_key_begin) + std::string(key.view());
}

TEST(KeyParts, are_what_a_key_was_made_of) {
  Key key;
  key.append("product_get");
  key.part("PN-7");
  key.absent();
  key.part("");
  const auto parts = parts_of(level_key(key));
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->operation, "product_get");
  EXPECT_EQ(parts->fields, (std::vector<std::string>{"PN-7", "-", ""}));
  Key bare;
  bare.append("process_list");
  EXPECT_EQ(parts_of(level_key(bare))->operation, "process_list");
}

TEST(KeyParts, are_not_made_up_of_what_is_no_key) {
  Key key;
  key.append("product_get");
  key.part("PN-7");
  const std::string whole = level_key(key);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto parts = parts_of(std::string_view(whole).substr(0, length));
    EXPECT_TRUE(!parts || parts->fields.empty()) << length;
  }
  EXPECT_FALSE(parts_of("product_get"));
  EXPECT_FALSE(parts_of(whole + "x"));
}

}  // namespace
}  // namespace wats::http::detail
