// The way to the server and back: connections, redirects, proxies, limits on what comes.
#include "tests/support/scripts.hpp"
#include "wats/client.hpp"

#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <string>
#include <vector>

namespace wats {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::in_turn;
using ::testing::Not;
using testing::ScriptedServer;
using testing::to;
using testing::version;
using Socket = ScriptedServer::Socket;

TEST(Connections, a_first_answer_that_takes_long_holds_up_no_others) {
  std::atomic<bool> is_first{true};
  std::promise<void> reached;
  std::promise<void> others_done;
  auto may_answer = others_done.get_future().share();
  const ScriptedServer server([&](const std::string&, Socket& socket) {
    if (is_first.exchange(false)) {
      reached.set_value();
      may_answer.wait();
    }
    return ScriptedServer::send(socket, version);
  });
  const Client client(to(server));
  auto first = client.server().version()(boost::asio::use_future);
  reached.get_future().get();
  std::vector<std::future<Result<Answer<std::string>>>> others;
  for (int i = 0; i < 10; ++i) others.push_back(client.server().version()(boost::asio::use_future));
  for (auto& other : others) {
    const auto answered = other.get();
    EXPECT_TRUE(answered.has_value()) << answered.error().message();
  }
  others_done.set_value();
  EXPECT_TRUE(first.get().has_value());
}

TEST(Redirects, of_a_read_are_followed_and_the_token_stays_at_home) {
  std::mutex mutex;
  std::string seen_at_home;
  std::string seen_elsewhere;
  const ScriptedServer elsewhere([&](const std::string& head, Socket& socket) {
    const std::lock_guard lock(mutex);
    seen_elsewhere = head;
    return ScriptedServer::send(socket, version);
  });
  const ScriptedServer home([&](const std::string& head, Socket& socket) {
    if (head.starts_with("GET /api/moved")) {
      const std::lock_guard lock(mutex);
      seen_at_home = head;
      return ScriptedServer::send(socket, version);
    }
    const std::string target = head.starts_with("GET /api/near") ? "/api/moved" : elsewhere.base_url() + "/x";
    return ScriptedServer::send(socket,
                                ScriptedServer::answer("302 Found", "", "Location: " + target + "\r\n"));
  });
  const Client client(to(home).token("c2VjcmV0"));
  ASSERT_TRUE(client.raw().get("/api/near").get().has_value());
  EXPECT_THAT(seen_at_home, HasSubstr("Authorization: Basic c2VjcmV0"));
  ASSERT_TRUE(client.raw().get("/api/far").get().has_value());
  EXPECT_THAT(seen_elsewhere, HasSubstr("GET /x"));
  EXPECT_THAT(seen_elsewhere, Not(HasSubstr("Authorization")));
}

TEST(Redirects, of_a_write_are_not_followed) {
  const ScriptedServer elsewhere(in_turn({version}));
  const ScriptedServer home(in_turn({ScriptedServer::answer(
      "307 Temporary Redirect", "", "Location: " + elsewhere.base_url() + "/x\r\n")}));
  const auto created = Client(to(home)).products().create(Product("PN-1")).get();
  ASSERT_FALSE(created.has_value());
  EXPECT_EQ(created.error().code(), Errc::unexpected_status);
  EXPECT_EQ(elsewhere.requests(), 0);
}

TEST(Redirects, in_circles_end) {
  const ScriptedServer home(in_turn({ScriptedServer::answer("302 Found", "", "Location: /again\r\n")}));
  const auto answered = Client(to(home)).server().version().get();
  ASSERT_FALSE(answered.has_value());
  EXPECT_EQ(answered.error().code(), Errc::unexpected_status);
  EXPECT_LE(home.requests(), 6);
}

TEST(Limits, a_head_without_end_is_given_up) {
  const ScriptedServer server([](const std::string&, Socket& socket) {
    ScriptedServer::send(socket, "HTTP/1.1 200 OK\r\n");
    const std::string line = "X-Filler: " + std::string(1000, 'x') + "\r\n";
    while (ScriptedServer::send(socket, line)) {
    }
    return false;
  });
  const auto answered = Client(to(server)).server().version().get();
  ASSERT_FALSE(answered.has_value());
  EXPECT_EQ(answered.error().code(), Errc::answer_too_large);
  EXPECT_THAT(answered.error().message(), HasSubstr("max_header_bytes"));
}

TEST(Proxy, is_asked_with_its_own_credentials) {
  std::mutex mutex;
  std::string seen;
  const ScriptedServer proxy([&](const std::string& head, Socket& socket) {
    const std::lock_guard lock(mutex);
    seen = head;
    return ScriptedServer::send(socket, version);
  });
  const std::string with_user = "http://station:secret@" + proxy.base_url().substr(7);
  const Client client(ClientOptions().base_url("http://wats.test").no_cache().proxy(with_user));
  const auto answered = client.server().version().get();
  ASSERT_TRUE(answered.has_value()) << answered.error().message();
  EXPECT_THAT(seen, HasSubstr("GET http://wats.test/api/App/Version"));
  EXPECT_THAT(seen, HasSubstr("Proxy-Authorization: Basic c3RhdGlvbjpzZWNyZXQ="));
}

TEST(Proxy, keeps_its_password_out_of_errors) {
  const auto refused =
      Client::open(ClientOptions().base_url("http://wats.test").proxy("htps://station:secret@proxy:1"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message(), Not(HasSubstr("secret")));
  // The environment is not ours to check.
  ::setenv("http_proxy", "htps://station:secret@127.0.0.1:1", 1);
  const auto failed =
      Client(ClientOptions().base_url("http://wats.test").timeout(5s)).server().version().get();
  ::unsetenv("http_proxy");
  ASSERT_FALSE(failed.has_value());
  EXPECT_THAT(failed.error().message(), Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace wats
