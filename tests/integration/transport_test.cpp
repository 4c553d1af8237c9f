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
#include <string_view>
#include <utility>
#include <vector>
#include <zlib.h>

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

TEST(Redirects, to_one_that_fails_tell_of_that_one_and_leave_this_one_be) {
  const ScriptedServer elsewhere(in_turn({ScriptedServer::answer("500 Internal Server Error", "")}));
  const ScriptedServer home([&](const std::string& head, Socket& socket) {
    if (head.starts_with("GET /api/App/Version")) return ScriptedServer::send(socket, version);
    const std::string target = head.starts_with("GET /gone") ? "http://127.0.0.1:1/" : elsewhere.base_url();
    return ScriptedServer::send(socket,
                                ScriptedServer::answer("302 Found", "", "Location: " + target + "\r\n"));
  });
  const Client client(to(home));
  for (int i = 0; i < 20; ++i) {
    const auto failed = client.raw().get("/failing").with({.attempts = 1}).get();
    ASSERT_FALSE(failed.has_value());
    EXPECT_THAT(failed.error().message(), HasSubstr("HTTP 500 from " + elsewhere.base_url().substr(7)));
    const auto gone = client.raw().get("/gone").with({.attempts = 1}).get();
    ASSERT_FALSE(gone.has_value());
    EXPECT_THAT(gone.error().message(), HasSubstr("nobody answers at 127.0.0.1:1;"));
  }
  EXPECT_EQ(client.stats().condition().breaker_opened, 0U);
  EXPECT_TRUE(client.server().version().get().has_value());
}

std::string gzipped(std::string text) {
  z_stream stream{};
  // 16 more than the largest window: gzip.
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

/// Of a server that is not on this machine, as a proxy plays it: packing is asked for.
TEST(Compression, is_asked_for_and_undone) {
  const ScriptedServer proxy([](const std::string& head, Socket& socket) {
    EXPECT_THAT(head, HasSubstr("Accept-Encoding: gzip\r\n"));
    const std::string text =
        head.starts_with("GET http://wats.test/large") ? std::string(5'000'000, 'x') : std::string("\"1\"");
    return ScriptedServer::send(
        socket, ScriptedServer::answer("200 OK", gzipped(text), "Content-Encoding: gzip\r\n"));
  });
  ClientOptions options;
  options.base_url("http://wats.test").no_cache().proxy(proxy.base_url()).max_answer_bytes(1'000'000);
  const Client client(options);
  const auto known = client.server().version().get();
  ASSERT_TRUE(known.has_value()) << known.error().message();
  EXPECT_EQ(**known, "1");
  // Five kilobytes on the wire: what counts is what they become.
  const auto large = client.raw().get("/large").get();
  ASSERT_FALSE(large.has_value());
  EXPECT_EQ(large.error().code(), Errc::answer_too_large);
  // Through a sink that is slower than what it is given.
  RawRequest request("/large");
  std::size_t received = 0;
  request.sink = to_function([&](std::string_view piece) -> Result<void> {
    received += piece.size();
    return {};
  });
  const auto streamed = client.raw().send(std::move(request)).get();
  ASSERT_TRUE(streamed.has_value()) << streamed.error().message();
  EXPECT_EQ(received, 5'000'000U);
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

TEST(Proxy, that_refuses_is_told_as_such_and_asked_once) {
  const ScriptedServer proxy(in_turn({ScriptedServer::answer("407 Proxy Authentication Required", "")}));
  for (const char* const base : {"https://wats.test", "http://wats.test"}) {
    const Client client(ClientOptions().base_url(base).no_cache().proxy(proxy.base_url()));
    const int asked_before = proxy.requests();
    const auto answered = client.server().version().get();
    ASSERT_FALSE(answered.has_value());
    EXPECT_THAT(answered.error().message(), HasSubstr("proxy")) << base;
    EXPECT_THAT(answered.error().message(), HasSubstr("user and password"));
    EXPECT_EQ(answered.error().attempts(), 1) << base;
    EXPECT_EQ(proxy.requests(), asked_before + 1) << "more could lock the account";
  }
}

TEST(Proxy, that_cannot_reach_the_server_is_told_as_such) {
  const ScriptedServer proxy(in_turn({ScriptedServer::answer("502 Bad Gateway", "")}));
  const Client client(ClientOptions().base_url("https://wats.test").no_cache().proxy(proxy.base_url()));
  const auto answered = client.products().create(Product("PN-1")).get();
  ASSERT_FALSE(answered.has_value());
  EXPECT_EQ(answered.error().code(), Errc::cannot_connect) << answered.error().message();
  EXPECT_THAT(answered.error().message(), HasSubstr("does not connect to wats.test"));
  EXPECT_EQ(answered.error().attempts(), 3) << "nothing was sent";
}

TEST(Proxy, elsewhere_gets_no_token_in_clear) {
  const auto with = [](const char* base, const char* proxy) {
    return ClientOptions().base_url(base).token("abc").proxy(proxy);
  };
  const auto refused = with("http://localhost:8080", "http://station:secret@proxy.example:3128").validate();
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message(), HasSubstr("proxy"));
  EXPECT_THAT(refused.error().message(), Not(HasSubstr("secret")));
  EXPECT_TRUE(with("http://localhost:8080", "http://127.0.0.1:3128").validate().has_value());
  EXPECT_TRUE(with("https://wats.example", "http://proxy.example:3128").validate().has_value());
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
