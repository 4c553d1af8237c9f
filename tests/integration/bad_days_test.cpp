// What a client does when the server or the network has a bad day: repeats, pauses, limits, the breaker,
// hedges.
#include "tests/support/scripts.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wats/client.hpp"

#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <future>
#include <mutex>
#include <string>
#include <vector>

namespace wats {
namespace {

using namespace std::chrono_literals;
using testing::half;
using ::testing::HasSubstr;
using testing::in_turn;
using ::testing::Not;
using testing::ScriptedServer;
using testing::TemporaryFolder;
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
  const ScriptedServer silent([](const std::string&, Socket&) { return true; });
  const Client client(to(silent));
  const auto begin = Clock::now();
  const CallOptions together{.deadline = begin + 200ms};
  for (int i = 0; i < 5; ++i) {
    const auto answered = client.server().version().with(together).get();
    ASSERT_FALSE(answered.has_value());
    EXPECT_EQ(answered.error().code(), Errc::timeout);
  }
  EXPECT_LT(Clock::now() - begin, 5s);
  EXPECT_EQ(silent.requests(), 1);
}

TEST(Breaker, twenty_failures_open_it_one_probe_tries_and_success_closes_it) {
  std::atomic<bool> is_up{false};
  const ScriptedServer server([&](const std::string&, Socket& socket) {
    return ScriptedServer::send(socket,
                                is_up ? version : ScriptedServer::answer("503 Service Unavailable", ""));
  });
  BreakerSettings breaker;
  breaker.open_for = 1s;
  RetrySettings once;
  once.attempts = 1;
  const Client client(to(server).breaker(breaker).retry(once));
  int unavailable = 0;
  for (int i = 0; i < 20; ++i) {
    const auto answered = client.server().version().get();
    ASSERT_FALSE(answered.has_value());
    if (answered.error().code() == Errc::unavailable) {
      ++unavailable;
      EXPECT_THAT(answered.error().message(), HasSubstr("is not asked"));
    }
  }
  EXPECT_EQ(server.requests(), 10);
  EXPECT_EQ(unavailable, 10);
  EXPECT_EQ(client.stats().condition().breaker_opened, 1U);

  is_up = true;
  const auto limit = Clock::now() + 10s;
  while (!client.server().version().get().has_value() && Clock::now() < limit)
    std::this_thread::sleep_for(5ms);
  EXPECT_EQ(server.requests(), 11) << "one probe";
  EXPECT_TRUE(client.server().version().get().has_value());
  EXPECT_EQ(client.stats().condition().breaker, policy::BreakerState::closed);
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

TEST(Breaker, does_not_open_for_callers_in_a_hurry) {
  const ScriptedServer slow([](const std::string&, Socket& socket) {
    std::this_thread::sleep_for(50ms);
    return ScriptedServer::send(socket, version);
  });
  const Client client(to(slow));
  for (int i = 0; i < 20; ++i)
    EXPECT_FALSE(client.server().version().with({.timeout = 1ms}).get().has_value());
  EXPECT_TRUE(client.server().version().get().has_value());
}

TEST(RateLimit, holds_calls_back_and_loses_none) {
  const ScriptedServer server(in_turn({version}));
  RateSettings rate;
  rate.per_minute = 3000;
  rate.burst = 1;
  const Client client(to(server).rate(rate));
  const auto begin = Clock::now();
  std::vector<std::future<Result<Answer<std::string>>>> futures;
  for (int i = 0; i < 20; ++i) futures.push_back(client.server().version()(boost::asio::use_future));
  for (auto& future : futures) EXPECT_TRUE(future.get().has_value());
  EXPECT_GE(Clock::now() - begin, 19 * 20ms);
  const auto condition = client.stats().condition();
  EXPECT_GT(condition.rate_waits, 0U);
  EXPECT_GT(condition.turn_waits, 0U);
  EXPECT_GT(condition.turn_wait.p99, 1ms);
  EXPECT_LE(condition.turn_wait.p50, condition.turn_wait.p99);
  EXPECT_EQ(condition.connections_tried, 1U);
}

TEST(RateLimit, who_can_wait_holds_nobody_up_who_is_urgent) {
  const ScriptedServer server(in_turn({version}));
  RateSettings rate;
  rate.per_minute = 60;
  rate.burst = 100;
  rate.share = {1.0, 0.9, 0.02, 0.01};
  const Client client(to(server).rate(rate).max_in_flight(1));
  // The first backlog calls use up their share; the last waits for seconds.
  std::vector<std::future<Result<Answer<std::string>>>> patient;
  for (int i = 0; i < 3; ++i)
    patient.push_back(
        client.server().version().with({.priority = Priority::backlog})(boost::asio::use_future));
  const auto begin = Clock::now();
  std::vector<std::future<Result<Answer<std::string>>>> urgent;
  for (int i = 0; i < 20; ++i) urgent.push_back(client.server().version()(boost::asio::use_future));
  for (auto& future : urgent) EXPECT_TRUE(future.get().has_value());
  EXPECT_LT(Clock::now() - begin, 900ms) << "the backlog's next turn comes after a second";
  client.close();
}

TEST(RateLimit, a_call_whose_time_is_over_while_it_waits_is_told_so) {
  const ScriptedServer server(in_turn({version}));
  RateSettings rate;
  rate.per_minute = 1;
  rate.burst = 1;
  const Client client(to(server).rate(rate));
  EXPECT_TRUE(client.server().version().get().has_value());
  const auto answered = client.server().version().with({.timeout = 50ms}).get();
  ASSERT_FALSE(answered.has_value());
  EXPECT_EQ(answered.error().code(), Errc::timeout);
  EXPECT_THAT(answered.error().message(), HasSubstr("rate limit"));
  EXPECT_EQ(server.requests(), 1);
}

TEST(RateLimit, clients_of_one_machine_can_share_it_through_a_file) {
  const ScriptedServer server(in_turn({version}));
  const TemporaryFolder folder;
  const auto file = folder.path() / "rate";
  RateSettings rate;
  rate.per_minute = 1;
  rate.burst = 2;
  rate.shared_file = file.string();
  const Client one(to(server).rate(rate));
  const Client other(to(server).rate(rate));
  EXPECT_TRUE(one.server().version().get().has_value());
  EXPECT_TRUE(other.server().version().get().has_value());
  EXPECT_FALSE(one.server().version().with({.timeout = 20ms}).get().has_value());
  EXPECT_FALSE(other.server().version().with({.timeout = 20ms}).get().has_value());
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(file).permissions() & (perms::group_all | perms::others_all),
            perms::none);

  rate.shared_file = folder.path().string();
  const auto refused = Client::open(to(server).rate(rate));
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message(), HasSubstr(rate.shared_file));
}

TEST(Priorities, the_urgent_overtake_those_who_can_wait) {
  std::mutex mutex;
  std::vector<std::string> order;
  std::promise<void> first_is_there;
  std::promise<void> go_on;
  auto may_go_on = go_on.get_future().share();
  const ScriptedServer server([&](const std::string& head, Socket& socket) {
    const std::string target = head.substr(0, head.find(" HTTP"));
    bool is_first = false;
    {
      const std::lock_guard lock(mutex);
      is_first = order.empty();
      order.push_back(target.substr(target.rfind('/') + 1));
    }
    if (is_first) {
      first_is_there.set_value();
      may_go_on.wait();
    }
    return ScriptedServer::send(socket, ScriptedServer::answer("200 OK", "{}"));
  });
  const Client client(to(server).max_in_flight(1));
  std::vector<std::future<Result<Answer<RawAnswer>>>> futures;
  const auto ask = [&](const char* name, Priority priority) {
    futures.push_back(
        client.raw().get(std::string("/api/") + name).with({.priority = priority})(boost::asio::use_future));
  };
  ask("first", Priority::backlog);
  first_is_there.get_future().get();
  ask("prefetch", Priority::prefetch);
  ask("backlog", Priority::backlog);
  ask("report", Priority::live_report);
  ask("operator", Priority::operator_waiting);
  // A call of its own for each: the loop has seen all of them once this one has been refused by its time.
  EXPECT_FALSE(client.server().version().with({.timeout = 50ms})(boost::asio::use_future).get().has_value());
  go_on.set_value();
  for (auto& future : futures) EXPECT_TRUE(future.get().has_value());
  EXPECT_THAT(order, ::testing::ElementsAre("first", "operator", "report", "backlog", "prefetch"));
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
