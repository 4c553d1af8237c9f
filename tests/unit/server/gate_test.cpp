#include "src/server/gate.hpp"

#include "src/server/ids.hpp"

#include <gtest/gtest.h>

namespace wats::server {
namespace {

using namespace std::chrono_literals;

const RateWindow::TimePoint start{};

Request from(std::string host, std::string authorization = "Basic one") {
  Request request;
  request.host = std::move(host);
  request.has_host = true;
  request.authorization = std::move(authorization);
  return request;
}

TEST(RateWindow, admits_as_many_in_any_minute_as_it_may) {
  RateWindow window(2);
  EXPECT_FALSE(window.admit(start));
  EXPECT_FALSE(window.admit(start + 30s));
  EXPECT_EQ(window.admit(start + 40s), 20s);
  EXPECT_EQ(window.admit(start + 59500ms), 1s) << "never less than a second";
  EXPECT_FALSE(window.admit(start + 60s)) << "the first has left the window";
  EXPECT_EQ(window.admit(start + 61s), 29s);
}

TEST(RateWindow, refused_requests_do_not_count) {
  RateWindow window(1);
  EXPECT_FALSE(window.admit(start));
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(window.admit(start + 59s));
  EXPECT_FALSE(window.admit(start + 60s));
}

TEST(RateWindow, zero_means_no_limit) {
  RateWindow window(0);
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(window.admit(start));
}

TEST(Gate, only_loopback_names_with_the_own_port_pass) {
  Gate gate({"one"}, 0);
  gate.set_port(8080);
  for (const char* const host : {"127.0.0.1:8080", "localhost:8080", "LOCALHOST:8080", "[::1]:8080"}) {
    EXPECT_FALSE(gate.check_source(from(host))) << host;
  }
  for (const char* const host :
       {"127.0.0.1", "127.0.0.1:80", "evil.example:8080", "127.0.0.1.evil.example:8080", "[::1]", "", ":8080",
        "localhost:8080:8080"}) {
    const auto refusal = gate.check_source(from(host));
    ASSERT_TRUE(refusal) << host;
    EXPECT_EQ(refusal->status, 403) << host;
  }
}

TEST(Gate, requests_of_web_pages_are_refused) {
  Gate gate({"one"}, 0);
  gate.set_port(8080);
  auto request = from("localhost:8080");
  request.has_origin = true;
  EXPECT_EQ(gate.check_source(request)->status, 403);
}

TEST(Gate, any_of_the_tokens_is_good_and_nothing_else) {
  Gate gate({"one", "two"}, 0);
  EXPECT_FALSE(gate.check_token(from("h", "Basic one"), start));
  EXPECT_FALSE(gate.check_token(from("h", "basic two"), start));
  for (const char* const wrong :
       {"", "Basic", "Basic ", "Basic on", "Basic one ", "Basic onetwo", "Bearer one", "one"}) {
    const auto refusal = gate.check_token(from("h", wrong), start);
    ASSERT_TRUE(refusal) << wrong;
    EXPECT_EQ(refusal->status, 401) << wrong;
    EXPECT_EQ(refusal->body.find("two"), std::string::npos) << "a token never shows in an answer";
  }
}

TEST(Gate, each_token_has_its_own_rate) {
  Gate gate({"one", "two"}, 1);
  EXPECT_FALSE(gate.check_token(from("h", "Basic one"), start));
  const auto refusal = gate.check_token(from("h", "Basic one"), start + 10s);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->status, 429);
  EXPECT_EQ(refusal->retry_after, 50s);
  EXPECT_FALSE(gate.check_token(from("h", "Basic two"), start + 10s));
}

TEST(Secrets, compare_by_all_their_letters) {
  EXPECT_TRUE(same_secret("abc", "abc"));
  EXPECT_TRUE(same_secret("", ""));
  EXPECT_FALSE(same_secret("abc", "abd"));
  EXPECT_FALSE(same_secret("abc", "abcabc"));
  EXPECT_FALSE(same_secret("abcabc", "abc"));
  EXPECT_FALSE(same_secret("", "abc"));
  EXPECT_NE(new_token(), new_token());
  EXPECT_TRUE(is_uuid(new_uuid()));
}

}  // namespace
}  // namespace wats::server
