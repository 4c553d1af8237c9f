// What a client does when the server or the network has a bad day: repeats, pauses, hedges.
#include "tests/support/scripts.hpp"
#include "wats/client.hpp"

#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace wats {
namespace {

using namespace std::chrono_literals;
using testing::half;
using ::testing::HasSubstr;
using testing::in_turn;
using ::testing::Not;
using testing::ScriptedServer;
using testing::to;
using testing::version;
using Clock = std::chrono::steady_clock;
using Socket = ScriptedServer::Socket;

Product product_with_id() {
  Product product("PN-1");
  product.product_id = "6e8bc1c0-0000-4000-8000-000000000001";
  return product;
}

TEST(Retry, a_read_is_tried_again_until_the_server_answers) {
  const ScriptedServer server(
      in_turn({ScriptedServer::answer("503 Service Unavailable", ""), half, version}));
  std::vector<AttemptReport> seen;
  std::vector<std::string> ids;
  const Client client(to(server).on_attempt([&](const AttemptReport& report) {
    seen.push_back(report);
    ids.emplace_back(report.request_id);
  }));
  const auto answered = client.server().version().get();
  ASSERT_TRUE(answered.has_value()) << answered.error().message();
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0].status, 503);
  EXPECT_TRUE(seen[0].again_after.has_value());
  EXPECT_EQ(seen[1].failure, Errc::connection_lost);
  EXPECT_EQ(seen[2].status, 200);
  EXPECT_EQ(seen[2].number, 3);
  EXPECT_FALSE(seen[2].again_after.has_value());
  EXPECT_EQ(seen[2].protocol, "HTTP/1.1");
  EXPECT_EQ(ids[0], ids[2]) << "one id for all attempts of a call";
}

TEST(Retry, ends_after_as_many_attempts_as_allowed_and_tells) {
  const ScriptedServer server(in_turn({ScriptedServer::answer("500 Internal Server Error", "")}));
  const Client client(to(server));
  const auto answered = client.server().version().get();
  ASSERT_FALSE(answered.has_value());
  EXPECT_EQ(answered.error().code(), Errc::server_error);
  EXPECT_EQ(answered.error().attempts(), 3);
  EXPECT_THAT(answered.error().message(), HasSubstr("(tried 3 times)"));
  EXPECT_EQ(server.requests(), 3);
}

TEST(Retry, one_call_may_ask_for_fewer_attempts) {
  const ScriptedServer server(in_turn({ScriptedServer::answer("500 Internal Server Error", "")}));
  const Client client(to(server));
  EXPECT_FALSE(client.server().version().with({.attempts = 1}).get().has_value());
  EXPECT_EQ(server.requests(), 1);
}

TEST(Retry, what_would_be_refused_again_is_asked_once) {
  for (const char* const status : {"400 Bad Request", "401 Unauthorized", "403 Forbidden", "404 Not Found"}) {
    const ScriptedServer server(in_turn({ScriptedServer::answer(status, "")}));
    EXPECT_FALSE(Client(to(server)).server().version().get().has_value());
    EXPECT_EQ(server.requests(), 1) << status;
  }
}

TEST(Retry, a_write_with_its_own_identity_is_repeated_and_one_without_is_not) {
  for (const std::string& failure :
       {std::string(), ScriptedServer::answer("503 Service Unavailable", ""), half}) {
    const std::vector<std::string> answers{failure,
                                           ScriptedServer::answer("200 OK", "{\"partNumber\":\"PN-1\"}")};
    const ScriptedServer by_key(in_turn(answers));
    const auto updated = Client(to(by_key)).products().update(product_with_id()).get();
    EXPECT_TRUE(updated.has_value()) << updated.error().message();
    EXPECT_EQ(by_key.requests(), 2);

    const ScriptedServer unsafe(in_turn(answers));
    const auto created = Client(to(unsafe)).products().create(Product("PN-1")).get();
    ASSERT_FALSE(created.has_value());
    EXPECT_EQ(unsafe.requests(), 1);
    EXPECT_THAT(created.error().message(), HasSubstr("might do it twice"));
  }
}

TEST(Retry, a_write_that_was_never_sent_is_tried_again_whatever_it_is) {
  std::string url;
  {
    const ScriptedServer gone(in_turn({version}));
    url = gone.base_url();
  }
  const Client client(ClientOptions().base_url(url).no_cache());
  const auto created = client.products().create(Product("PN-1")).get();
  ASSERT_FALSE(created.has_value());
  EXPECT_EQ(created.error().code(), Errc::cannot_connect);
  EXPECT_EQ(created.error().attempts(), 3);
}

TEST(Retry, a_throttled_write_was_not_done_and_is_tried_again_when_the_server_said) {
  const ScriptedServer server(
      in_turn({ScriptedServer::answer("429 Too Many Requests", "", "Retry-After: 1\r\n"),
               ScriptedServer::answer("200 OK", "{\"partNumber\":\"PN-1\"}")}));
  const auto begin = Clock::now();
  const auto created = Client(to(server)).products().create(Product("PN-1")).get();
  EXPECT_TRUE(created.has_value()) << created.error().message();
  EXPECT_GE(Clock::now() - begin, 1s);
  EXPECT_EQ(server.requests(), 2);
}

TEST(Retry, a_date_to_come_back_at_is_read_by_the_servers_own_clock) {
  // A server whose clock is years ahead: one second between its Date and its Retry-After.
  const ScriptedServer server(
      in_turn({ScriptedServer::answer("503 Service Unavailable", "",
                                      "Date: Fri, 01 Jan 2100 00:00:00 GMT\r\n"
                                      "Retry-After: Fri, 01 Jan 2100 00:00:01 GMT\r\n"),
               version}));
  const auto begin = Clock::now();
  const auto answered = Client(to(server)).server().version().get();
  EXPECT_TRUE(answered.has_value()) << answered.error().message();
  EXPECT_GE(Clock::now() - begin, 1s);
  EXPECT_LT(Clock::now() - begin, 10s);
}

TEST(Retry, nobody_waits_longer_than_the_call_may_take) {
  const ScriptedServer server(
      in_turn({ScriptedServer::answer("429 Too Many Requests", "", "Retry-After: 3600\r\n")}));
  const auto begin = Clock::now();
  const auto answered = Client(to(server)).server().version().get();
  ASSERT_FALSE(answered.has_value());
  EXPECT_EQ(answered.error().code(), Errc::too_many_requests);
  EXPECT_EQ(answered.error().retry_after(), 3600s);
  EXPECT_THAT(answered.error().message(), HasSubstr("no time left"));
  EXPECT_LT(Clock::now() - begin, 10s);
}

TEST(Retry, a_server_that_asks_for_more_than_a_day_is_not_asked_again_either) {
  for (const std::string& wait :
       std::vector<std::string>{"100000", "99999999999999999999999",
                                "Fri, 01 Jan 2100 00:00:00 GMT\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT"}) {
    const ScriptedServer server(
        in_turn({ScriptedServer::answer("429 Too Many Requests", "", "Retry-After: " + wait + "\r\n")}));
    const auto answered = Client(to(server)).server().version().get();
    ASSERT_FALSE(answered.has_value());
    EXPECT_EQ(answered.error().retry_after(), 24h) << wait;
    EXPECT_EQ(server.requests(), 1) << wait;
  }
}

TEST(Retry, what_is_no_time_to_wait_is_as_if_it_were_not_told) {
  const ScriptedServer server(
      in_turn({ScriptedServer::answer("429 Too Many Requests", "", "Retry-After: in a while\r\n"), version}));
  EXPECT_TRUE(Client(to(server)).server().version().get().has_value());
  EXPECT_EQ(server.requests(), 2);
}

TEST(Retry, an_attempt_that_hangs_is_given_up_and_another_made) {
  std::atomic<int> asked{0};
  const ScriptedServer server([&](const std::string&, Socket& socket) {
    return asked++ == 0 || ScriptedServer::send(socket, version);
  });
  std::chrono::microseconds took{0};
  const Client client(to(server).attempt_timeout(100ms).on_attempt([&](const AttemptReport& report) {
    if (report.number == 1) took = report.total;
  }));
  const auto answered = client.server().version().get();
  EXPECT_GE(took, 100ms);
  EXPECT_TRUE(answered.has_value()) << answered.error().message();
  EXPECT_EQ(server.requests(), 2);
}

TEST(Retry, stops_when_it_is_taken_back_or_the_client_closes) {
  const ScriptedServer server(
      in_turn({ScriptedServer::answer("503 Service Unavailable", "", "Retry-After: 15\r\n")}));
  std::stop_source stop;
  std::promise<void> failed_once;
  const Client observed(to(server).on_attempt([&](const AttemptReport&) { failed_once.set_value(); }));
  auto taken_back = observed.server().version().stop_on(stop.get_token())(boost::asio::use_future);
  failed_once.get_future().get();
  stop.request_stop();
  EXPECT_EQ(taken_back.get().error().code(), Errc::cancelled);

  // The server's wish to wait holds a client's other calls too: a fresh one.
  failed_once = {};
  const Client other(to(server).on_attempt([&](const AttemptReport&) { failed_once.set_value(); }));
  auto closed = other.server().version()(boost::asio::use_future);
  failed_once.get_future().get();
  other.close();
  EXPECT_EQ(closed.get().error().code(), Errc::closed);
}

TEST(Retry, several_calls_can_share_one_deadline) {
  // Longer each time, until the first request arrives within it however busy the machine is.
  bool has_arrived = false;
  for (auto limit = 200ms; !has_arrived && limit < 60s; limit *= 2) {
    std::promise<void> arrival;
    std::atomic<int> asked{0};
    const ScriptedServer silent([&](const std::string&, Socket&) {
      if (asked++ == 0) arrival.set_value();
      return true;
    });
    const Client client(to(silent).timeout(120s));
    const CallOptions together{.deadline = Clock::now() + limit};
    auto first = client.server().version().with(together)(boost::asio::use_future);
    has_arrived = arrival.get_future().wait_until(*together.deadline) == std::future_status::ready;
    EXPECT_EQ(first.get().error().code(), Errc::timeout);
    if (!has_arrived) continue;
    for (int i = 0; i < 4; ++i) {
      const auto answered = client.server().version().with(together).get();
      ASSERT_FALSE(answered.has_value());
      EXPECT_EQ(answered.error().code(), Errc::timeout);
    }
    EXPECT_EQ(silent.requests(), 1);
  }
  EXPECT_TRUE(has_arrived);
}

TEST(Retry, senseless_limits_of_one_call_do_no_harm) {
  const ScriptedServer server(in_turn({version}));
  const Client client(to(server));
  EXPECT_TRUE(client.server()
                  .version()
                  .with({.attempt_timeout = std::chrono::milliseconds::max()})
                  .get()
                  .has_value());
  EXPECT_TRUE(
      client.server().version().with({.timeout = std::chrono::milliseconds::max()}).get().has_value());
  const auto past = client.server().version().with({.deadline = Clock::time_point::min()}).get();
  ASSERT_FALSE(past.has_value());
  EXPECT_EQ(past.error().code(), Errc::timeout);
  EXPECT_EQ(server.requests(), 2);
  const ScriptedServer failing(in_turn({ScriptedServer::answer("500 Internal Server Error", "")}));
  EXPECT_FALSE(Client(to(failing)).server().version().with({.attempts = -5}).get().has_value());
  EXPECT_EQ(failing.requests(), 1);
}

TEST(Retry, who_joined_a_call_with_less_patience_asks_again) {
  std::promise<void> reached;
  std::atomic<int> asked{0};
  std::promise<void> joined;
  auto may_fail = joined.get_future().share();
  const ScriptedServer server([&](const std::string&, Socket& socket) {
    if (asked++ > 0) return ScriptedServer::send(socket, ScriptedServer::answer("200 OK", "[]"));
    reached.set_value();
    may_fail.wait();
    return ScriptedServer::send(socket, ScriptedServer::answer("503 Service Unavailable", ""));
  });
  const Client client(ClientOptions().base_url(server.base_url()));
  auto hasty = client.processes().list().with({.attempts = 1})(boost::asio::use_future);
  reached.get_future().get();
  auto patient = client.processes().list()(boost::asio::use_future);
  // Behind it on the same loop: once this one is over, the other has joined.
  EXPECT_FALSE(client.server().version().with({.timeout = 1ms})(boost::asio::use_future).get().has_value());
  joined.set_value();
  EXPECT_EQ(hasty.get().error().code(), Errc::server_error);
  const auto answered = patient.get();
  EXPECT_TRUE(answered.has_value()) << answered.error().message();
}

TEST(Hedging, asks_a_second_time_when_a_read_takes_unusually_long) {
  std::atomic<bool> hang_once{false};
  const ScriptedServer server([&](const std::string&, Socket& socket) {
    return hang_once.exchange(false) || ScriptedServer::send(socket, version);
  });
  HedgeSettings hedge;
  hedge.enabled = true;
  hedge.least_delay = 500ms;
  std::atomic<int> hedges{0};
  const Client client(to(server).hedge(hedge).on_attempt([&](const AttemptReport& report) {
    if (report.is_hedge && report.status == 200) ++hedges;
  }));
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(client.server().version().get().has_value());
  hang_once = true;
  const auto answered = client.server().version().get();
  EXPECT_TRUE(answered.has_value()) << answered.error().message();
  EXPECT_EQ(server.requests(), 62);
  EXPECT_EQ(hedges, 1);
  // Never for what changes something.
  hang_once = true;
  EXPECT_FALSE(client.products().create(Product("PN-1")).with({.timeout = 200ms}).get().has_value());
  EXPECT_EQ(server.requests(), 63);
}

TEST(Hedging, does_not_wait_for_the_second_when_the_first_is_told_a_plain_no) {
  std::atomic<int> left_to_answer{60};
  std::promise<void> second_asked;
  const ScriptedServer server([&](const std::string&, Socket& socket) {
    const int left = left_to_answer--;
    if (left > 0) return ScriptedServer::send(socket, version);
    if (left < 0) {
      // The hedge, which is never answered.
      second_asked.set_value();
      return true;
    }
    second_asked.get_future().wait();
    return ScriptedServer::send(socket, ScriptedServer::answer("404 Not Found", ""));
  });
  HedgeSettings hedge;
  hedge.enabled = true;
  hedge.least_delay = 20ms;
  const Client client(to(server).hedge(hedge));
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(client.server().version().get().has_value());
  const auto answered = client.server().version().get();
  ASSERT_FALSE(answered.has_value());
  EXPECT_EQ(answered.error().code(), Errc::not_found);
}

TEST(Blame, for_what_another_server_says_falls_not_on_this_one) {
  const ScriptedServer elsewhere(
      in_turn({ScriptedServer::answer("429 Too Many Requests", "", "Retry-After: 600\r\n")}));
  const ScriptedServer home([&](const std::string& head, Socket& socket) {
    if (!head.starts_with("GET /far")) return ScriptedServer::send(socket, version);
    return ScriptedServer::send(
        socket, ScriptedServer::answer("302 Found", "", "Location: " + elsewhere.base_url() + "/\r\n"));
  });
  const Client client(to(home));
  ASSERT_FALSE(client.raw().get("/far").with({.attempts = 1}).get().has_value());
  // Not held up for what the other one asked.
  EXPECT_TRUE(client.server().version().with({.timeout = 5s}).get().has_value());
}

TEST(Blame, falls_on_the_server_also_where_it_has_sent_us_on_to_itself) {
  const ScriptedServer server([&](const std::string& head, Socket& socket) {
    if (head.starts_with("GET /x/"))
      return ScriptedServer::send(socket, ScriptedServer::answer("503 Service Unavailable", ""));
    return ScriptedServer::send(socket, ScriptedServer::answer("302 Found", "", "Location: /x/\r\n"));
  });
  const Client client(to(server));
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(client.raw().get("/x").with({.attempts = 1}).get().has_value());
  EXPECT_EQ(client.stats().condition().breaker, policy::BreakerState::open);
}

TEST(Retry, of_a_write_tells_in_the_end_that_the_first_may_have_done_it) {
  // Taken in without an answer, then nobody is there any more.
  std::optional<ScriptedServer> server;
  server.emplace(in_turn({half}));
  const std::string url = server->base_url();
  RetrySettings retry;
  retry.base_delay = 1ms;
  const Client client(ClientOptions().base_url(url).retry(retry).timeout(20s).on_attempt(
      [&server](const AttemptReport& report) {
        if (report.number == 1) std::thread([&server] { server.reset(); }).join();
      }));
  const auto saved = client.products().update(product_with_id()).get();
  ASSERT_FALSE(saved.has_value());
  EXPECT_EQ(saved.error().code(), Errc::cannot_connect) << saved.error().message();
  EXPECT_THAT(saved.error().message(), HasSubstr("an earlier attempt of this call may have done it"));
}

TEST(Metrics, count_attempts_by_operation_and_outcome) {
  const ScriptedServer server(in_turn({ScriptedServer::answer("503 Service Unavailable", ""), version,
                                       version, ScriptedServer::answer("404 Not Found", "")}));
  const Client client(to(server));
  ASSERT_TRUE(client.server().version().get().has_value());
  ASSERT_TRUE(client.server().version().get().has_value());
  ASSERT_FALSE(client.raw().get("/api/nothing").get().has_value());
  const auto operations = client.stats().operations();
  ASSERT_EQ(operations.size(), 2U);
  EXPECT_EQ(operations[0].operation, "app_get_version");
  EXPECT_EQ(operations[0].attempts, 3U);
  EXPECT_EQ(operations[0].repeats, 1U);
  EXPECT_EQ(operations[0].failed, 1U);
  EXPECT_EQ(operations[0].succeeded, 2U);
  EXPECT_GT(operations[0].latency.p50, 0ns);
  EXPECT_EQ(operations[1].operation, "raw");
  EXPECT_EQ(operations[1].refused, 1U);
  EXPECT_EQ(client.stats().condition().in_flight, 0U);
}

}  // namespace
}  // namespace wats
