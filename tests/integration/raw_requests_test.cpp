// Requests of the caller's own making: their headers, their methods, and answers as they came.
#include "tests/support/scripts.hpp"
#include "wats/client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace wats {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using testing::ScriptedServer;
using testing::to;
using Socket = ScriptedServer::Socket;

/// Answers with what it is given, and keeps the heads of what it was asked.
class Listener {
 public:
  explicit Listener(std::string answer)
      : answer_(std::move(answer)), server_([this](const std::string& head, Socket& socket) {
          {
            const std::lock_guard lock(mutex_);
            heads_.push_back(head);
          }
          return ScriptedServer::send(socket, answer_);
        }) {}

  [[nodiscard]] const ScriptedServer& server() const { return server_; }
  [[nodiscard]] std::string last() const {
    const std::lock_guard lock(mutex_);
    return heads_.empty() ? "" : heads_.back();
  }

 private:
  const std::string answer_;
  mutable std::mutex mutex_;
  std::vector<std::string> heads_;
  ScriptedServer server_;
};

TEST(RawRequests, send_headers_of_their_own_and_keep_those_that_come) {
  const Listener listener(ScriptedServer::answer("200 OK", "{}", "X-Answer: 1\r\nx-answer: 2\r\nEmpty:\r\n"));
  const Client client(to(listener.server()).token("c2VjcmV0"));
  RawRequest request("/api/x");
  request.headers.add("X-Own", "yes");
  request.headers.add("X-None", "");
  const auto answer = client.raw().send(std::move(request)).value();
  EXPECT_EQ(answer->headers.joined("X-Answer"), "1, 2");
  EXPECT_EQ(answer->headers.find("empty"), "");
  EXPECT_EQ(answer->headers.find("content-type"), "application/json");
  EXPECT_THAT(listener.last(), HasSubstr("X-Own: yes\r\n"));
  EXPECT_THAT(listener.last(), HasSubstr("X-None:\r\n"));
  EXPECT_THAT(listener.last(), HasSubstr("Accept: application/json\r\n"));
  EXPECT_THAT(listener.last(), HasSubstr("Authorization: Basic c2VjcmV0\r\n"));
  // The next request over the same connection has none of it.
  ASSERT_TRUE(client.raw().get("/api/y").get());
  EXPECT_THAT(listener.last(), Not(HasSubstr("X-Own")));
  EXPECT_THAT(listener.last(), HasSubstr("User-Agent: cppwats"));
}

TEST(RawRequests, with_headers_that_are_not_theirs_are_refused) {
  const Listener listener(ScriptedServer::answer("200 OK", "{}"));
  const Client client(to(listener.server()));
  const std::vector<std::string> names{"Authorization", "host",   "Content-Length", "Transfer-Encoding",
                                       "Connection",    "Accept", "no name",        ""};
  for (const auto& name : names) {
    RawRequest request("/api/x");
    request.headers.add(name, "1");
    const auto answer = client.raw().send(std::move(request)).get();
    ASSERT_FALSE(answer.has_value()) << name;
    EXPECT_EQ(answer.error().code(), Errc::invalid_argument) << name;
  }
  RawRequest request("/api/x");
  request.other_method = "TWO WORDS";
  EXPECT_EQ(client.raw().send(std::move(request)).get().error().code(), Errc::invalid_argument);
  EXPECT_EQ(listener.server().requests(), 0);
}

TEST(RawRequests, may_use_any_method) {
  const Listener listener(ScriptedServer::answer("200 OK", "{}"));
  const Client client(to(listener.server()));
  RawRequest request("/api/x");
  request.other_method = "M-SEARCH";
  ASSERT_TRUE(client.raw().send(request).get());
  EXPECT_THAT(listener.last(), HasSubstr("M-SEARCH /api/x HTTP/1.1\r\n"));
  EXPECT_THAT(listener.last(), Not(HasSubstr("Content-Length")));
  request.body = "{}";
  ASSERT_TRUE(client.raw().send(request).get());
  EXPECT_THAT(listener.last(), HasSubstr("M-SEARCH /api/x HTTP/1.1\r\n"));
  EXPECT_THAT(listener.last(), HasSubstr("Content-Length: 2\r\n"));
  ASSERT_TRUE(client.raw().get("/api/y").get());
  EXPECT_THAT(listener.last(), HasSubstr("GET /api/y HTTP/1.1\r\n"));
}

TEST(RawRequests, as_they_are_send_no_headers_but_the_callers) {
  const Listener listener(ScriptedServer::answer("200 OK", "{}"));
  const Client client(to(listener.server()));
  RawRequest request(Method::post, "/api/x");
  request.as_is = true;
  request.body = "text";
  request.headers.add("Foo", "1");
  ASSERT_TRUE(client.raw().send(request).get());
  EXPECT_THAT(listener.last(), HasSubstr("Foo: 1\r\n"));
  for (const char* name : {"Accept", "User-Agent", "Content-Type", "Expect"})
    EXPECT_THAT(listener.last(), Not(HasSubstr(name))) << name;
  request.headers.add("Accept", "text/plain");
  request.headers.add("Content-Type", "text/csv");
  ASSERT_TRUE(client.raw().send(request).get());
  EXPECT_THAT(listener.last(), HasSubstr("Accept: text/plain\r\n"));
  EXPECT_THAT(listener.last(), HasSubstr("Content-Type: text/csv\r\n"));
}

TEST(RawRequests, as_they_are_take_every_status_and_follow_nothing) {
  for (const std::string status : {"404 Not Found", "500 Oh", "302 Found", "304 Not Modified"}) {
    const Listener listener(ScriptedServer::answer(status, status.starts_with("304") ? "" : "words",
                                                   "Location: /elsewhere\r\nContent-Encoding: odd\r\n"));
    const Client client(to(listener.server()));
    RawRequest request("/api/x");
    request.as_is = true;
    const auto answer = client.raw().send(std::move(request)).get();
    ASSERT_TRUE(answer.has_value()) << status << ": " << answer.error().message();
    EXPECT_EQ((*answer)->status, std::stoi(status));
    EXPECT_EQ((*answer)->headers.find("Location"), "/elsewhere");
    EXPECT_EQ((*answer)->headers.find("Content-Encoding"), "odd");
    EXPECT_EQ(listener.server().requests(), 1);
  }
}

TEST(RawRequests, hear_of_what_comes_before_the_answer) {
  const Listener listener("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" +
                          ScriptedServer::answer("200 OK", "{}", "X: 1\r\n"));
  const Client client(to(listener.server()));
  std::vector<std::pair<int, std::string>> heard;
  RawRequest request("/api/x");
  request.on_interim = [&heard](int status, const Headers& headers) {
    heard.emplace_back(status, headers.joined("link"));
  };
  const auto answer = client.raw().send(std::move(request)).value();
  EXPECT_THAT(heard, ElementsAre(Pair(103, "</a>")));
  EXPECT_EQ(answer->status, 200);
  EXPECT_FALSE(answer->headers.has("Link"));
  EXPECT_EQ(answer->headers.find("X"), "1");
}

}  // namespace
}  // namespace wats
