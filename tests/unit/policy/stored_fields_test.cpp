// Which fields are kept with an answer, which a 304 replaces, and what becomes of stored answers.
#include "wats/policy/reuse.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace wats::policy {
namespace {

TEST(StoredFields, all_but_those_of_a_connection_or_a_proxy) {
  for (const std::string_view name : {"Test-Header",
                                      "X-Test-Header",
                                      "Content-Foo",
                                      "X-Content-Foo",
                                      "Cache-Control",
                                      "Content-Encoding",
                                      "Content-Length",
                                      "Content-Location",
                                      "Content-MD5",
                                      "Content-Range",
                                      "Content-Security-Policy",
                                      "Content-Type",
                                      "Clear-Site-Data",
                                      "ETag",
                                      "Expires",
                                      "Public-Key-Pins",
                                      "Set-Cookie",
                                      "Set-Cookie2",
                                      "X-Frame-Options",
                                      "X-XSS-Protection",
                                      "Date",
                                      "Age",
                                      "Vary"})
    EXPECT_TRUE(is_stored_field(name, "")) << name;
  for (const std::string_view name :
       {"Connection", "connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authentication-Info",
        "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "UPGRADE"}) {
    EXPECT_FALSE(is_stored_field(name, "")) << name;
    EXPECT_FALSE(is_updated_by_304(name, "")) << name;
  }
}

TEST(StoredFields, but_not_what_connection_lists) {
  EXPECT_FALSE(is_stored_field("a", "a, b"));
  EXPECT_FALSE(is_stored_field("B", "a, b"));
  EXPECT_FALSE(is_stored_field("b", "close,,\tb"));
  EXPECT_TRUE(is_stored_field("c", "a, b"));
  EXPECT_TRUE(is_stored_field("c", "cc, xc"));
  EXPECT_FALSE(is_updated_by_304("a", "a"));
}

TEST(UpdatedFields, are_all_but_those_of_the_stored_content) {
  for (const std::string_view name :
       {"Test-Header", "X-Test-Header", "Content-Foo", "X-Content-Foo", "Cache-Control", "Content-Location",
        "Content-Security-Policy", "Content-Type", "Clear-Site-Data", "Expires", "Public-Key-Pins",
        "Set-Cookie", "Set-Cookie2", "X-Frame-Options", "X-XSS-Protection", "Date", "Vary", "Last-Modified"})
    EXPECT_TRUE(is_updated_by_304(name, "")) << name;
  for (const std::string_view name :
       {"Content-Encoding", "content-length", "Content-MD5", "Content-Range", "ETag"})
    EXPECT_FALSE(is_updated_by_304(name, "")) << name;
}

TEST(Invalidation, follows_successes_and_redirections_of_what_is_not_safe) {
  for (const int status : {200, 201, 204, 299, 301, 303, 399}) {
    EXPECT_TRUE(invalidates(false, status)) << status;
    EXPECT_FALSE(invalidates(true, status)) << status;
  }
  for (const int status : {100, 400, 404, 500, 503}) EXPECT_FALSE(invalidates(false, status)) << status;
}

TEST(Head, confirms_the_version_that_it_names) {
  struct Row {
    const char* what = "";
    Validators stored;
    Validators head;
    bool confirms = false;
  };
  const Row rows[] = {
      {"nothing said", {"\"a\"", "yesterday", 10}, {}, false},
      {"nothing stored, nothing said", {}, {}, false},
      {"the ETag alone", {"\"a\"", "yesterday", 10}, {"\"a\""}, true},
      {"the time alone", {"\"a\"", "yesterday", 10}, {"", "yesterday"}, true},
      {"all the same", {"\"a\"", "yesterday", 10}, {"\"a\"", "yesterday", 10}, true},
      {"another ETag", {"\"a\""}, {"\"b\""}, false},
      {"a weak ETag", {"\"a\""}, {"W/\"a\""}, false},
      {"an ETag where none was", {}, {"\"a\""}, false},
      {"another Last-Modified", {"", "yesterday"}, {"", "today"}, false},
      {"another length", {"\"a\"", "", 10}, {"\"a\"", "", 11}, false},
      {"only the length", {"\"a\"", "", 10}, {"", "", 10}, false},
      {"a length where none is known", {}, {"", "", 0}, false},
  };
  for (const Row& row : rows) EXPECT_EQ(head_confirms(row.stored, row.head), row.confirms) << row.what;
}

}  // namespace
}  // namespace wats::policy
