// Servers and networks that misbehave: one clear error, in time, and nothing else lost.
#include "tests/support/scripted_server.hpp"
#include "wats/client.hpp"

#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

namespace wats {
namespace {

using namespace std::chrono_literals;
using testing::ScriptedServer;

ClientOptions to(const std::string& url) {
  return ClientOptions().base_url(url).timeout(5s);
}

Error error_from(const ClientOptions& options) {
  const Client client(options);
  auto product = client.products().find("PN-1").get();
  if (product) return {Errc::io_error, "an answer came although none was sent"};
  return product.error();
}

BreakerSettings no_breaker() {
  BreakerSettings settings;
  settings.enabled = false;
  return settings;
}

TEST(BadServer, a_closed_port_is_told) {
  const Error error = error_from(to("http://127.0.0.1:1"));
  EXPECT_EQ(error.code(), Errc::cannot_connect);
  EXPECT_NE(error.message().find("is the server running"), std::string::npos);
}

TEST(BadServer, an_unknown_host_is_told) {
  EXPECT_EQ(error_from(to("http://no.such.host.invalid")).code(), Errc::unknown_host);
}

TEST(BadServer, a_server_that_hangs_up_before_answering_is_told) {
  const ScriptedServer server([](const std::string&, ScriptedServer::Socket&) { return false; });
  EXPECT_EQ(error_from(to(server.base_url())).code(), Errc::connection_lost);
}

TEST(BadServer, half_an_answer_is_no_answer) {
  const ScriptedServer server([](const std::string&, ScriptedServer::Socket& socket) {
    ScriptedServer::send(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"partNumber\":");
    return false;
  });
  EXPECT_EQ(error_from(to(server.base_url())).code(), Errc::connection_lost);
}

TEST(BadServer, a_malformed_answer_names_the_operation_and_is_not_stored) {
  const ScriptedServer server([](const std::string&, ScriptedServer::Socket& socket) {
    return ScriptedServer::send(socket, ScriptedServer::answer("200 OK", "{\"partNumber\":\"PN-1\","));
  });
  const Client client(to(server.base_url()));
  for (int i = 0; i < 2; ++i) {
    const auto product = client.products().find("PN-1").get();
    ASSERT_FALSE(product.has_value());
    EXPECT_EQ(product.error().code(), Errc::malformed_answer);
    EXPECT_EQ(product.error().operation(), "product_get");
    EXPECT_THAT(product.error().message(), ::testing::HasSubstr("is this a WATS server?"));
  }
  EXPECT_EQ(server.requests(), 2);
}

TEST(BadServer, an_answer_over_the_limit_is_cut_off) {
  const ScriptedServer server([](const std::string&, ScriptedServer::Socket& socket) {
    return ScriptedServer::send(socket, ScriptedServer::answer("200 OK", std::string(100'000, ' ') + "{}"));
  });
  const Error error = error_from(to(server.base_url()).max_answer_bytes(10'000));
  EXPECT_EQ(error.code(), Errc::answer_too_large);
  EXPECT_NE(error.message().find("10000"), std::string::npos);
}

TEST(BadServer, an_endless_answer_over_the_limit_is_cut_off) {
  const ScriptedServer server([](const std::string&, ScriptedServer::Socket& socket) {
    if (!ScriptedServer::send(socket, "HTTP/1.1 200 OK\r\n\r\n")) return false;
    while (ScriptedServer::send(socket, std::string(4096, ' '))) {
    }
    return false;
  });
  EXPECT_EQ(error_from(to(server.base_url()).max_answer_bytes(1 << 20)).code(), Errc::answer_too_large);
}

TEST(BadServer, what_is_no_http_is_told) {
  const ScriptedServer server([](const std::string&, ScriptedServer::Socket& socket) {
    ScriptedServer::send(socket, "SSH-2.0-OpenSSH_9.2\r\n");
    return false;
  });
  EXPECT_EQ(error_from(to(server.base_url())).code(), Errc::malformed_answer);
}

TEST(BadServer, a_silent_server_costs_the_timeout_and_no_more) {
  const ScriptedServer server([](const std::string&, ScriptedServer::Socket&) { return true; });
  const auto begin = std::chrono::steady_clock::now();
  const Error error = error_from(to(server.base_url()).timeout(100ms));
  EXPECT_EQ(error.code(), Errc::timeout);
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took, 100ms);
  EXPECT_LT(took, 5s) << "far above the timeout, so that a busy machine does not matter";
}

TEST(BadServer, a_server_on_this_machine_is_never_asked_through_a_proxy) {
  const ScriptedServer proxy([](const std::string&, ScriptedServer::Socket&) { return false; });
  const ScriptedServer server([](const std::string&, ScriptedServer::Socket& socket) {
    return ScriptedServer::send(socket, ScriptedServer::answer("200 OK", "{\"partNumber\":\"PN-1\"}"));
  });
  ::unsetenv("no_proxy");
  ::unsetenv("NO_PROXY");
  ::setenv("http_proxy", proxy.base_url().c_str(), 1);
  const auto product = Client(to(server.base_url()).token("abc")).products().find("PN-1").get();
  ::unsetenv("http_proxy");
  EXPECT_TRUE(product.has_value());
  EXPECT_EQ(proxy.requests(), 0);
}

TEST(BadServer, a_write_that_may_have_happened_is_not_repeated_behind_our_back) {
  // The first answer makes the connection one that libcurl has used before: without an answer it would send
  // again.
  std::atomic<int> writes{0};
  const ScriptedServer server([&](const std::string& head, ScriptedServer::Socket& socket) {
    if (!head.starts_with("GET")) {
      ++writes;
      return false;
    }
    return ScriptedServer::send(socket, ScriptedServer::answer("200 OK", "\"1\""));
  });
  const Client client(to(server.base_url()).breaker(no_breaker()));
  for (const Method method : {Method::put, Method::post, Method::del}) {
    for (const char* const body : {"", "{}"}) {
      ASSERT_TRUE(client.server().version().get());
      writes = 0;
      RawRequest request("/api/Internal/Counter");
      request.method = method;
      request.body = body;
      const auto answered = client.raw().send(std::move(request)).get();
      ASSERT_FALSE(answered.has_value());
      EXPECT_EQ(answered.error().code(), Errc::connection_lost) << answered.error().message();
      EXPECT_EQ(writes, 1) << name(method) << " with body '" << body << "'";
    }
  }
}

TEST(BadServer, an_idle_connection_that_the_server_closed_costs_the_next_read_nothing) {
  const ScriptedServer server([](const std::string&, ScriptedServer::Socket& socket) {
    ScriptedServer::send(socket, ScriptedServer::answer("200 OK", "\"1\""));
    return false;
  });
  const Client client(to(server.base_url()).no_cache());
  for (int i = 0; i < 20; ++i) {
    const auto blocking = client.server().version().get();
    EXPECT_TRUE(blocking.has_value()) << blocking.error().message();
    const auto in_background = client.server().version()(boost::asio::use_future).get();
    EXPECT_TRUE(in_background.has_value()) << in_background.error().message();
  }
}

TEST(BadServer, look_ups_that_fail_leave_the_loop_hearing) {
  const Client client(to("http://no-such-host.invalid").timeout(20s).breaker(no_breaker()));
  for (int i = 0; i < 5; ++i) {
    const auto answered = client.server().version().get();
    ASSERT_FALSE(answered.has_value());
    EXPECT_EQ(answered.error().code(), Errc::unknown_host) << answered.error().message();
  }
}

TEST(BadServer, retry_after_is_told) {
  const ScriptedServer server([](const std::string&, ScriptedServer::Socket& socket) {
    return ScriptedServer::send(
        socket, ScriptedServer::answer("429 Too Many Requests", "\"slow down\"", "Retry-After: 7\r\n"));
  });
  const Error error = error_from(to(server.base_url()));
  EXPECT_EQ(error.code(), Errc::too_many_requests);
  EXPECT_EQ(error.retry_after(), 7s);
  EXPECT_EQ(error.server_text(), "slow down");
}

TEST(BadServer, control_characters_of_the_server_do_not_reach_the_message) {
  const ScriptedServer server([](const std::string&, ScriptedServer::Socket& socket) {
    return ScriptedServer::send(socket, ScriptedServer::answer("500 Oops", "\x1b[31mred\r\nline"));
  });
  const std::string message = error_from(to(server.base_url())).message();
  EXPECT_EQ(message.find('\x1b'), std::string::npos);
  EXPECT_EQ(message.find('\n'), std::string::npos);
}

TEST(BadServer, the_request_id_is_sent_and_told) {
  std::string head;
  const ScriptedServer server([&](const std::string& request, ScriptedServer::Socket& socket) {
    head = request;
    return ScriptedServer::send(socket, ScriptedServer::answer("404 Not Found", ""));
  });
  const Error error = error_from(to(server.base_url()));
  EXPECT_EQ(error.request_id().size(), 24);
  EXPECT_NE(head.find("X-Request-Id: " + error.request_id()), std::string::npos);
}

TEST(BadServer, a_path_of_dots_reaches_the_server_as_it_is) {
  std::string head;
  const ScriptedServer server([&](const std::string& request, ScriptedServer::Socket& socket) {
    head = request;
    return ScriptedServer::send(socket, ScriptedServer::answer("404 Not Found", ""));
  });
  const Client client(to(server.base_url()));
  EXPECT_FALSE(client.products().find("..").get().has_value());
  EXPECT_TRUE(head.starts_with("GET /api/Product/%2E%2E HTTP/1.1")) << head;
  EXPECT_FALSE(client.products().find("a/b?c#d").get().has_value());
  EXPECT_TRUE(head.starts_with("GET /api/Product/a%2Fb%3Fc%23d HTTP/1.1")) << head;
}

TEST(BadServer, an_empty_part_number_is_refused_before_sending) {
  const ScriptedServer server([](const std::string&, ScriptedServer::Socket& socket) {
    return ScriptedServer::send(socket, ScriptedServer::answer("200 OK", "{}"));
  });
  const Client client(to(server.base_url()));
  const auto product = client.products().find("").get();
  ASSERT_FALSE(product.has_value());
  EXPECT_EQ(product.error().code(), Errc::invalid_argument);
  EXPECT_EQ(server.requests(), 0);
}

}  // namespace
}  // namespace wats
