// Options that can't work are refused before anything is sent.
#include "wats/core/client_options.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <string>

namespace wats {
namespace {

using namespace std::chrono_literals;

std::string problem(const ClientOptions& options) {
  const auto valid = options.validate();
  if (valid) return "";
  EXPECT_EQ(valid.error().code(), Errc::invalid_options);
  return valid.error().message();
}

TEST(ClientOptions, a_base_url_is_enough) {
  EXPECT_EQ(problem(ClientOptions().base_url("https://wats.example")), "");
  EXPECT_EQ(problem(ClientOptions().base_url("http://127.0.0.1:8080/instance")), "");
  EXPECT_EQ(problem(ClientOptions().base_url("https://[::1]:8443")), "");
}

TEST(ClientOptions, no_base_url_names_the_environment_variable) {
  EXPECT_NE(problem(ClientOptions()).find("WATS_BASE_URL"), std::string::npos);
}

TEST(ClientOptions, a_trailing_api_and_slashes_are_cut_off) {
  EXPECT_EQ(ClientOptions().base_url("https://wats.example/api/").base_url(), "https://wats.example");
  EXPECT_EQ(ClientOptions().base_url("https://wats.example//").base_url(), "https://wats.example");
}

TEST(ClientOptions, what_is_no_base_url_is_refused) {
  for (const char* url :
       {"wats.example", "ftp://wats.example", "https://", "https://user:secret@wats.example",
        "https://wats.example/?q=1", "https://wats example", "https://[::1"}) {
    EXPECT_NE(problem(ClientOptions().base_url(url)), "") << url;
  }
}

TEST(ClientOptions, a_token_travels_in_clear_to_loopback_only) {
  EXPECT_EQ(problem(ClientOptions().base_url("http://127.0.0.1:1").token("abc")), "");
  EXPECT_EQ(problem(ClientOptions().base_url("http://localhost").token("abc")), "");
  EXPECT_EQ(problem(ClientOptions().base_url("https://wats.example").token("abc")), "");
  EXPECT_NE(problem(ClientOptions().base_url("http://wats.example").token("abc")), "");
  EXPECT_NE(problem(ClientOptions().base_url("http://localhost.evil.example").token("abc")), "");
  EXPECT_NE(problem(ClientOptions().base_url("http://127.0.0.1@evil.example").token("abc")), "");
  EXPECT_NE(problem(ClientOptions().base_url("http://127.0.0.1.evil.example").token("abc")), "");
  EXPECT_NE(problem(ClientOptions().base_url("http://127.evil.example").token("abc")), "");
  EXPECT_NE(problem(ClientOptions().base_url("http://127.0.0.256").token("abc")), "");
  EXPECT_EQ(problem(ClientOptions().base_url("http://wats.example").token("abc").allow_plain_http(true)), "");
}

TEST(ClientOptions, knows_what_is_on_this_machine) {
  for (const char* url :
       {"http://127.0.0.1", "http://127.1.2.3:80/x", "https://localhost:8080", "http://[::1]:1"})
    EXPECT_TRUE(ClientOptions().base_url(url).is_loopback()) << url;
  for (const char* url :
       {"http://128.0.0.1", "http://127.0.0", "http://127.0.0.1.2", "http://[::2]", "", "http://"})
    EXPECT_FALSE(ClientOptions().base_url(url).is_loopback()) << url;
}

TEST(ClientOptions, what_would_overflow_is_refused) {
  const auto with = [] { return ClientOptions().base_url("https://wats.example"); };
  EXPECT_EQ(problem(with()), "");
  EXPECT_NE(problem(with().timeout(std::chrono::milliseconds::max())), "");
  EXPECT_NE(problem(with().connect_timeout(std::chrono::milliseconds::max())), "");
  EXPECT_NE(problem(with().max_in_flight(std::numeric_limits<std::size_t>::max())), "");
  EXPECT_NE(problem(with().max_lanes(std::numeric_limits<std::size_t>::max())), "");
  CacheSettings forever;
  forever.ttl_slow = std::chrono::milliseconds::max();
  EXPECT_NE(problem(with().cache(forever)), "");
}

TEST(ClientOptions, a_token_is_never_told_in_an_error) {
  const auto text = problem(ClientOptions().base_url("http://wats.example").token("c2VjcmV0"));
  EXPECT_EQ(text.find("c2VjcmV0"), std::string::npos);
  EXPECT_EQ(problem(ClientOptions().base_url("https://wats.example").token("se cret")).find("se cret"),
            std::string::npos);
}

TEST(ClientOptions, times_and_sizes_must_make_sense) {
  const auto good = ClientOptions().base_url("https://wats.example");
  EXPECT_NE(problem(ClientOptions(good).timeout(0ms)), "");
  EXPECT_NE(problem(ClientOptions(good).connect_timeout(-1ms)), "");
  EXPECT_NE(problem(ClientOptions(good).max_in_flight(0)), "");
  EXPECT_NE(problem(ClientOptions(good).max_lanes(0)), "");
  EXPECT_NE(problem(ClientOptions(good).max_answer_bytes(0)), "");
}

}  // namespace
}  // namespace wats
