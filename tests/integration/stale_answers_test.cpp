// What a client that may show stale answers shows while the server can't give new ones, and what it never
// shows.
#include "tests/support/hand_clock.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/support/server_fixture.hpp"
#include "tests/support/temporary_folder.hpp"

#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wats {
namespace {

using namespace std::chrono_literals;
using testing::HandClock;
using testing::ScriptedServer;

class StaleAnswers : public testing::ServerFixture {
 protected:
  [[nodiscard]] ClientOptions stale_for(std::chrono::milliseconds limit) const {
    CacheSettings cache;
    cache.ttl_slow = 1min;
    cache.stale_if_error = limit;
    RetrySettings retry;
    retry.base_delay = 1ms;
    BreakerSettings breaker;
    breaker.enabled = false;
    return options().cache(cache).retry(retry).breaker(breaker).clock(clock_);
  }

  std::shared_ptr<HandClock> clock_ = std::make_shared<HandClock>();
};

TEST_F(StaleAnswers, are_given_while_the_server_is_away_and_say_so) {
  add_product("PN-1");
  const Client client(stale_for(1h));
  EXPECT_FALSE(client.products().find("PN-1").value().provenance().stale);
  clock_->advance(10min);
  server_->stop();
  for (int i = 0; i < 3; ++i) {
    const auto product = client.products().find("PN-1").get();
    ASSERT_TRUE(product.has_value()) << product.error().message();
    EXPECT_EQ((*product)->part_number, "PN-1");
    EXPECT_TRUE(product->provenance().stale);
    EXPECT_EQ(product->provenance().origin, Origin::memory);
    EXPECT_EQ(product->provenance().age, 10min);
  }
  // Only the first had to find out.
  EXPECT_EQ(client.stats().cache().load_failures, 1U);
  clock_->advance(52min);
  const auto too_old = client.products().find("PN-1").get();
  ASSERT_FALSE(too_old.has_value());
  EXPECT_EQ(too_old.error().code(), Errc::cannot_connect);
}

TEST_F(StaleAnswers, are_given_for_seconds_while_the_server_is_well_and_fetched_anew_behind) {
  add_product("PN-1");
  const Client client(stale_for(1h));
  ASSERT_TRUE(client.products().find("PN-1").get());
  clock_->advance(1min + 4s);
  const auto stale = client.products().find("PN-1").value();
  EXPECT_TRUE(stale.provenance().stale);
  EXPECT_EQ(stale.provenance().why_stale, Staleness::refreshing);
  // Who wants it young joins what is being fetched, or finds it.
  EXPECT_FALSE(client.products().find("PN-1").with({.max_age = 1min}).value().provenance().stale);
  EXPECT_FALSE(client.products().find("PN-1").value().provenance().stale);
  EXPECT_EQ(calls("product_get"), 2U);
  EXPECT_EQ(client.stats().misses(CacheClass::slow), 1U) << "nobody had to wait";
  clock_->advance(1min + 6s);
  EXPECT_FALSE(client.products().find("PN-1").value().provenance().stale);
}

TEST_F(StaleAnswers, are_given_to_all_who_wait) {
  add_product("PN-1");
  const Client client(stale_for(1h));
  ASSERT_TRUE(client.products().find("PN-1").get());
  clock_->advance(10min);
  server_->stop();
  std::vector<std::future<Result<Answer<Product>>>> waiting;
  for (int i = 0; i < 20; ++i) waiting.push_back(client.products().find("PN-1")(boost::asio::use_future));
  for (auto& each : waiting) {
    const auto product = each.get();
    ASSERT_TRUE(product.has_value()) << product.error().message();
    EXPECT_TRUE(product->provenance().stale);
  }
}

TEST_F(StaleAnswers, are_not_given_unless_somebody_said_so_nor_to_who_wants_a_young_one) {
  add_product("PN-1");
  const Client strict(stale_for(0ms));
  const Client lenient(stale_for(1h));
  ASSERT_TRUE(strict.products().find("PN-1").get());
  ASSERT_TRUE(lenient.products().find("PN-1").get());
  clock_->advance(10min);
  server_->stop();
  EXPECT_FALSE(strict.products().find("PN-1").get().has_value());
  EXPECT_FALSE(lenient.products().find("PN-1").with({.max_age = 5min}).get().has_value());
  EXPECT_FALSE(lenient.products().find("PN-1").with({.cache = CacheMode::fresh}).get().has_value());
  EXPECT_FALSE(lenient.products().find("PN-1").with({.cache = CacheMode::bypass}).get().has_value());
  EXPECT_TRUE(lenient.products().find("PN-1").get().has_value());
}

TEST_F(StaleAnswers, are_never_older_than_a_write_whatever_became_of_it) {
  const Product product = add_product("PN-1");
  const Client client(stale_for(1h));
  ASSERT_TRUE(client.products().find("PN-1").get());
  clock_->advance(10min);
  server_->stop();
  // Nobody knows whether it was done.
  EXPECT_FALSE(client.products().update(product).get().has_value());
  EXPECT_FALSE(client.products().find("PN-1").get().has_value());
}

TEST_F(StaleAnswers, do_not_hide_what_the_server_says) {
  add_product("PN-1");
  std::atomic<bool> refuses = false;
  const ScriptedServer server([&](const std::string&, ScriptedServer::Socket& socket) {
    return ScriptedServer::send(socket, refuses ? ScriptedServer::answer("403 Forbidden", "")
                                                : ScriptedServer::answer("200 OK", "[]"));
  });
  const Client client(stale_for(1h).base_url(server.base_url()));
  ASSERT_TRUE(client.processes().list().get());
  clock_->advance(2h - 1min);
  refuses = true;
  const auto refused = client.processes().list().get();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), Errc::forbidden);
}

TEST_F(StaleAnswers, are_given_when_the_time_is_over_and_to_who_asked_by_another_that_is_patient) {
  std::atomic<bool> hangs = false;
  std::promise<void> test_over;
  const auto over = test_over.get_future().share();
  {
    const ScriptedServer server([&, over](const std::string&, ScriptedServer::Socket& socket) {
      if (hangs) over.wait();
      return ScriptedServer::send(socket, ScriptedServer::answer("200 OK", "[]"));
    });
    const Client client(stale_for(24h).base_url(server.base_url()));
    ASSERT_TRUE(client.processes().list().get());
    clock_->advance(2h);
    hangs = true;
    const auto in_time = client.processes().list().with({.timeout = 50ms}).get();
    ASSERT_TRUE(in_time.has_value()) << in_time.error().message();
    EXPECT_TRUE(in_time->provenance().stale);
    test_over.set_value();
  }
}

TEST(Outage, is_bridged_by_static_and_slow_answers_and_over_after_one_refresh) {
  const testing::TemporaryFolder folder;
  const auto clock = std::make_shared<HandClock>();
  server::Options settings;
  settings.database = folder.file("wats.sqlite");
  settings.tokens = {"dGVzdA=="};
  auto server = std::make_optional<server::Server>(settings);
  ASSERT_TRUE(server->start());
  settings.port = server->port();
  CacheSettings cache;
  cache.ttl_slow = 1min;
  cache.ttl_static = 1h;
  cache.stale_if_error = 24h;
  RetrySettings retry;
  retry.base_delay = 1ms;
  BreakerSettings breaker;
  breaker.enabled = false;
  const Client client(ClientOptions()
                          .base_url(server->base_url())
                          .token("dGVzdA==")
                          .cache(cache)
                          .retry(retry)
                          .breaker(breaker)
                          .clock(clock));
  ASSERT_TRUE(client.products().create(Product("PN-1")).get());
  ASSERT_TRUE(client.products().find("PN-1").get());
  ASSERT_TRUE(client.processes().list().get());
  server.reset();
  clock->advance(2h);
  for (int i = 0; i < 3; ++i) {
    const auto product = client.products().find("PN-1").value().provenance();
    EXPECT_EQ(product.why_stale, Staleness::server_away);
    EXPECT_EQ(client.processes().list().value().provenance().why_stale, Staleness::server_away);
    // What is live is told as it is, or not at all.
    const auto live = client.reports().list().get();
    ASSERT_FALSE(live.has_value());
    EXPECT_EQ(live.error().code(), Errc::cannot_connect);
    clock->advance(1min);
  }
  server.emplace(settings);
  ASSERT_TRUE(server->start());
  // Past the pause after the last failure.
  clock->advance(2min);
  EXPECT_FALSE(client.products().find("PN-1").value().provenance().stale);
  EXPECT_FALSE(client.processes().list().value().provenance().stale);
  EXPECT_TRUE(client.reports().list().get().has_value());
}

}  // namespace
}  // namespace wats
