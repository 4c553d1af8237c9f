// Addresses of requests, and the words of a server's error body.
#include "wats/service/detail/target.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace wats::detail {
namespace {

using model::Place;

std::string text(Target target) {
  auto result = std::move(target).text();
  return result ? *result : "error: " + result.error().message();
}

TEST(Target, path_members_are_filled_in_and_encoded) {
  Target target("/api/Product/{partNumber}/{revision}");
  target.add(Place::path, "partNumber", "a/b c");
  target.add(Place::path, "revision", "1.0");
  EXPECT_EQ(text(target), "/api/Product/a%2Fb%20c/1.0");
}

TEST(Target, what_is_filled_in_is_not_searched_for_further_slots) {
  Target target("/api/Product/{partNumber}/{revision}");
  target.add(Place::path, "partNumber", "{revision}");
  target.add(Place::path, "revision", "B");
  EXPECT_EQ(text(target), "/api/Product/%7Brevision%7D/B");
}

TEST(Target, query_members_follow_in_order) {
  Target target("/api/Report/Query/Header");
  target.add(Place::query, "$filter", "serialNumber eq 'a&b'");
  target.add(Place::query, "$top", "10");
  EXPECT_EQ(text(target), "/api/Report/Query/Header?$filter=serialNumber%20eq%20%27a%26b%27&$top=10");
}

TEST(Target, an_empty_path_member_is_an_error_that_names_it) {
  Target target("/api/Product/{partNumber}");
  target.add(Place::path, "partNumber", "");
  EXPECT_NE(text(target).find("partNumber is empty"), std::string::npos);
}

TEST(WordsOfServer, are_found_in_every_form_an_error_body_takes) {
  EXPECT_EQ(words_of_server(R"({"message":"one"})"), "one");
  EXPECT_EQ(words_of_server(R"({"Message":"two"})"), "two");
  EXPECT_EQ(words_of_server(R"({"error":"three"})"), "three");
  EXPECT_EQ(words_of_server(R"({"title":"five","detail":"four"})"), "four");
  EXPECT_EQ(words_of_server(R"({"message":{"a":1}})"), R"({"a":1})");
  EXPECT_EQ(words_of_server(R"("a text")"), "a text");
  EXPECT_EQ(words_of_server("plain words\n"), "plain words");
  EXPECT_EQ(words_of_server(""), "");
}

TEST(WordsOfServer, are_one_line_of_bounded_length) {
  EXPECT_EQ(words_of_server("a\r\nb\x1b[1m"), "a  b [1m");
  EXPECT_LE(words_of_server(std::string(100'000, 'x')).size(), 510U);
  EXPECT_EQ(words_of_server("{broken"), "{broken");
}

}  // namespace
}  // namespace wats::detail
