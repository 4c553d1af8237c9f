#include "src/server/router.hpp"

#include "src/server/url.hpp"

#include <gtest/gtest.h>

namespace wats::server {
namespace {

Router small_router() {
  Router router;
  router.add(Method::get, "/api/Product/{partNumber}", 0);
  router.add(Method::get, "/api/Product/Query", 1);
  router.add(Method::get, "/api/Product/{partNumber}/{revision}", 2);
  router.add(Method::put, "/api/Product", 3);
  return router;
}

TEST(Router, literals_win_over_parameters_whatever_the_order_of_registration) {
  const auto router = small_router();
  EXPECT_EQ(router.match(Method::get, "/api/Product/Query").route, 1U);
  EXPECT_EQ(router.match(Method::get, "/api/Product/Query2").route, 0U);
}

TEST(Router, literals_ignore_case_and_parameters_keep_it) {
  const auto match = small_router().match(Method::get, "/API/product/pN-1/rEv");
  EXPECT_EQ(match.route, 2U);
  ASSERT_EQ(match.params.size(), 2U);
  EXPECT_EQ(match.params[0], (std::pair<std::string_view, std::string>("partNumber", "pN-1")));
  EXPECT_EQ(match.params[1].second, "rEv");
}

TEST(Router, an_encoded_slash_stays_within_its_parameter) {
  const auto match = small_router().match(Method::get, "/api/Product/a%2Fb%20c+d");
  EXPECT_EQ(match.route, 0U);
  EXPECT_EQ(match.params.at(0).second, "a/b c+d");
}

TEST(Router, a_broken_escape_is_told_from_an_unknown_path) {
  const auto router = small_router();
  EXPECT_EQ(router.match(Method::get, "/api/Product/%zz").outcome, Router::Outcome::bad_escape);
  EXPECT_EQ(router.match(Method::get, "/api/Product/%4").outcome, Router::Outcome::bad_escape);
  EXPECT_EQ(router.match(Method::get, "/api/Nothing").outcome, Router::Outcome::unknown_path);
  EXPECT_EQ(router.match(Method::get, "/api/Product//x").outcome, Router::Outcome::unknown_path);
}

TEST(Router, another_method_of_a_known_path_is_told_with_what_is_allowed) {
  const auto match = small_router().match(Method::del, "/api/Product");
  EXPECT_EQ(match.outcome, Router::Outcome::other_method);
  EXPECT_EQ(match.allow, "PUT");
}

TEST(Router, head_is_taken_by_get_routes) {
  EXPECT_EQ(small_router().match(Method::head, "/api/Product/x").outcome, Router::Outcome::found);
  EXPECT_EQ(small_router().match(Method::head, "/api/Product").outcome, Router::Outcome::other_method);
}

TEST(Query, names_and_values_are_decoded) {
  const auto query = parse_query("$filter=a+eq+%27x%2By%27&top=&flag&&n=1=2");
  ASSERT_TRUE(query.has_value());
  ASSERT_EQ(query->size(), 4U);
  EXPECT_EQ(query->at(0), (std::pair<std::string, std::string>("$filter", "a eq 'x+y'")));
  EXPECT_EQ(query->at(1).second, "");
  EXPECT_EQ(query->at(2).first, "flag");
  EXPECT_EQ(query->at(3).second, "1=2");
  EXPECT_FALSE(parse_query("a=%1").has_value());
}

}  // namespace
}  // namespace wats::server
