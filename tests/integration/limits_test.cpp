// What holds a client's requests back: the breaker, the rate, and more urgent ones.
#include "tests/support/scripts.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wats/client.hpp"

#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace wats {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::in_turn;
using testing::ScriptedServer;
using testing::TemporaryFolder;
using testing::to;
using testing::version;
using Clock = std::chrono::steady_clock;
using Socket = ScriptedServer::Socket;

TEST(Breaker, twenty_failures_open_it_one_probe_tries_and_success_closes_it) {
  std::atomic<bool> is_up{false};
  std::atomic<int> probes{0};
  std::promise<void> probe_is_there;
  std::promise<void> probe_may_end;
  auto may_end = probe_may_end.get_future().share();
  const ScriptedServer server([&](const std::string&, Socket& socket) {
    if (!is_up) return ScriptedServer::send(socket, ScriptedServer::answer("503 Service Unavailable", ""));
    if (probes++ == 0) probe_is_there.set_value();
    may_end.wait();
    return ScriptedServer::send(socket, version);
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
  auto probe = std::async(std::launch::async, [&] {
    const auto limit = Clock::now() + 10s;
    for (;;) {
      auto answered = client.server().version().get();
      if (answered.has_value() || Clock::now() > limit) return answered;
      std::this_thread::sleep_for(5ms);
    }
  });
  ASSERT_EQ(probe_is_there.get_future().wait_for(10s), std::future_status::ready);
  std::vector<std::thread> others;
  for (int i = 0; i < 4; ++i) {
    others.emplace_back([&] {
      for (int asked = 0; asked < 5; ++asked) {
        const auto answered = client.server().version().with({.timeout = 5s}).get();
        ASSERT_FALSE(answered.has_value());
        EXPECT_EQ(answered.error().code(), Errc::unavailable);
      }
    });
  }
  for (auto& other : others) other.join();
  EXPECT_EQ(server.requests(), 11) << "one probe, and nobody else while it is under way";
  probe_may_end.set_value();
  EXPECT_TRUE(probe.get().has_value());
  EXPECT_TRUE(client.server().version().get().has_value());
  EXPECT_EQ(client.stats().condition().breaker, policy::BreakerState::closed);
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
  rate.per_minute = 1;
  rate.burst = 100;
  rate.share = {1.0, 0.9, 0.02, 0.01};
  const Client client(to(server).rate(rate).max_in_flight(1).timeout(10min));
  // The first backlog calls use up their share; the last waits for a minute.
  std::vector<std::future<Result<Answer<std::string>>>> patient;
  for (int i = 0; i < 3; ++i)
    patient.push_back(
        client.server().version().with({.priority = Priority::backlog})(boost::asio::use_future));
  for (const std::size_t i : {0U, 1U}) EXPECT_TRUE(patient[i].get().has_value());
  std::vector<std::future<Result<Answer<std::string>>>> urgent;
  for (int i = 0; i < 20; ++i) urgent.push_back(client.server().version()(boost::asio::use_future));
  for (auto& future : urgent) EXPECT_TRUE(future.get().has_value());
  EXPECT_EQ(patient.back().wait_for(0s), std::future_status::timeout) << "they did not wait for its turn";
  EXPECT_EQ(server.requests(), 22);
  client.close();
  EXPECT_EQ(patient.back().get().error().code(), Errc::closed);
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

}  // namespace
}  // namespace wats
