// A client with a second level: what it finds there, what it leaves there, and that it never waits or shows
// what was changed for its sake.
#include "tests/support/hand_clock.hpp"
#include "tests/support/memory_level.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/support/server_fixture.hpp"
#include "wats/model/report_fields.hpp"

#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace wats {
namespace {

using namespace std::chrono_literals;
using testing::HandClock;
using testing::MemoryLevel;
using testing::ScriptedServer;

class SecondLevel : public testing::ServerFixture {
 protected:
  [[nodiscard]] ClientOptions with_level(std::chrono::milliseconds stale_if_error = 0ms) const {
    CacheSettings cache;
    cache.ttl_slow = 1min;
    cache.stale_if_error = stale_if_error;
    cache.second_level = level_;
    RetrySettings retry;
    retry.base_delay = 1ms;
    BreakerSettings breaker;
    breaker.enabled = false;
    return options().cache(cache).retry(retry).breaker(breaker);
  }
  [[nodiscard]] static Origin origin_of(const Result<Answer<Product>>& product) {
    return product.value().provenance().origin;
  }
  /// Waits until so many have asked the level and were not answered.
  void await_held(std::size_t count) const {
    while (level_->held() < count) std::this_thread::yield();
  }

  std::shared_ptr<MemoryLevel> level_ = std::make_shared<MemoryLevel>();
};

TEST_F(SecondLevel, answers_the_next_client_without_a_request) {
  add_product("PN-1");
  EXPECT_EQ(origin_of(Client(with_level()).products().find("PN-1").get()), Origin::server);
  level_->age(10s);
  const Client next(with_level());
  const auto product = next.products().find("PN-1").value();
  EXPECT_EQ(product->part_number, "PN-1");
  EXPECT_EQ(product.provenance().origin, Origin::second_level);
  EXPECT_GE(product.provenance().age, 10s);
  EXPECT_FALSE(product.provenance().stale);
  EXPECT_EQ(next.stats().requests(), 0U);
  EXPECT_EQ(next.stats().hits(CacheClass::slow), 1U);
  EXPECT_EQ(next.stats().second_level()->found, 1U);
  // From then on memory answers, as old as it is.
  const auto again = next.products().find("PN-1").value();
  EXPECT_EQ(again.provenance().origin, Origin::memory);
  EXPECT_GE(again.provenance().age, 10s);
  EXPECT_EQ(next.stats().second_level()->found, 1U);
}

TEST_F(SecondLevel, is_asked_once_for_all_who_wait) {
  add_product("PN-1");
  ASSERT_TRUE(Client(with_level()).products().find("PN-1").get());
  level_->age(10s);
  level_->hold();
  const Client next(with_level());
  std::vector<std::future<Result<Answer<Product>>>> waiting;
  for (int i = 0; i < 20; ++i) waiting.push_back(next.products().find("PN-1")(boost::asio::use_future));
  await_held(1);
  // Who wants a younger one does not get this.
  auto strict = next.products().find("PN-1").with({.max_age = 5s})(boost::asio::use_future);
  level_->release(level_->any());
  for (auto& each : waiting) EXPECT_EQ(origin_of(each.get()), Origin::second_level);
  EXPECT_EQ(origin_of(strict.get()), Origin::server);
  EXPECT_EQ(next.stats().requests(), 1U);
}

TEST_F(SecondLevel, is_not_waited_for_when_it_takes_long) {
  add_product("PN-1");
  level_->set_patience(20ms);
  level_->hold();
  const Client client(with_level());
  EXPECT_EQ(origin_of(client.products().find("PN-1").get()), Origin::server);
  EXPECT_EQ(origin_of(client.products().find("PN-1").get()), Origin::memory);
  // What comes late is for nobody.
  cache::Record late;
  late.bytes = "nonsense";
  level_->release(late);
  EXPECT_EQ(origin_of(client.products().find("PN-1").get()), Origin::memory);
}

TEST_F(SecondLevel, that_never_answers_does_not_outlast_the_call_or_the_client) {
  add_product("PN-1");
  level_->hold();
  std::future<Result<Answer<Product>>> taken_back;
  {
    const Client client(with_level());
    const auto in_time = client.products().find("PN-1").with({.timeout = 30ms}).get();
    ASSERT_FALSE(in_time.has_value());
    EXPECT_EQ(in_time.error().code(), Errc::timeout);
    taken_back = client.products().find("PN-1")(boost::asio::use_future);
    await_held(2);
  }
  EXPECT_EQ(taken_back.get().error().code(), Errc::closed);
  level_->release(std::nullopt);
}

TEST_F(SecondLevel, is_told_before_a_write_is_sent_and_when_it_is_over) {
  const Product product = add_product("PN-1");
  const std::uint64_t before = calls("product_save");
  std::atomic<int> changes = 0;
  std::atomic<std::uint64_t> updates_seen = 99;
  level_->on_change = [&] {
    if (changes++ == 0) updates_seen = calls("product_save");
  };
  const Client client(with_level());
  ASSERT_TRUE(client.products().find("PN-1").get());
  EXPECT_EQ(level_->stats().entries, 1U);
  ASSERT_TRUE(client.products().update(product).get());
  EXPECT_EQ(updates_seen, before);
  EXPECT_EQ(calls("product_save"), before + 1);
  EXPECT_GE(changes, 2);
  EXPECT_EQ(level_->stats().entries, 0U);
  EXPECT_EQ(origin_of(Client(with_level()).products().find("PN-1").get()), Origin::server);
}

TEST_F(SecondLevel, keeps_nothing_that_was_asked_before_a_change) {
  add_product("PN-1");
  std::promise<void> asked;
  std::promise<void> go_on;
  const auto may_go_on = go_on.get_future().share();
  std::atomic<bool> first = true;
  const ScriptedServer server([&, may_go_on](const std::string&, ScriptedServer::Socket& socket) {
    if (first.exchange(false)) {
      asked.set_value();
      may_go_on.wait();
    }
    return ScriptedServer::send(socket, ScriptedServer::answer("200 OK", "[]"));
  });
  const Client client(with_level().base_url(server.base_url()));
  auto list = client.processes().list()(boost::asio::use_future);
  asked.get_future().get();
  // A peer's news, on its thread.
  level_->changed_all(0s, nullptr);
  go_on.set_value();
  ASSERT_TRUE(list.get());
  EXPECT_EQ(level_->stats().entries, 0U);
  EXPECT_EQ(client.processes().list().value().provenance().origin, Origin::server);
}

TEST_F(SecondLevel, tells_what_others_changed) {
  const Product product = add_product("PN-1");
  const Client one(with_level());
  const Client other(with_level());
  ASSERT_TRUE(one.products().find("PN-1").get());
  ASSERT_TRUE(other.products().find("PN-1").get());
  EXPECT_EQ(origin_of(other.products().find("PN-1").get()), Origin::memory);
  Product edited = product;
  edited.name = "new";
  ASSERT_TRUE(one.products().update(edited).get());
  const auto seen = other.products().find("PN-1").value();
  EXPECT_EQ(seen.provenance().origin, Origin::server);
  EXPECT_EQ(seen->name, "new");
}

TEST_F(SecondLevel, shows_nothing_while_a_write_is_under_way) {
  // The server holds the write back until all have read; a peer leaves what it was answered meanwhile.
  std::promise<void> write_came;
  std::promise<void> all_read;
  auto all_have_read = all_read.get_future().share();
  const ScriptedServer server([&](const std::string& head, ScriptedServer::Socket& socket) {
    if (head.starts_with("PUT")) {
      write_came.set_value();
      all_have_read.wait();
    }
    return ScriptedServer::send(
        socket, ScriptedServer::answer("200 OK", R"({"partNumber":"PN-1","productId":"id"})"));
  });
  const Client writer(with_level().base_url(server.base_url()));
  const Client peer(with_level().base_url(server.base_url()));
  Product product("PN-1");
  product.product_id = "id";
  auto write = writer.products().update(product)(boost::asio::use_future);
  write_came.get_future().wait();
  EXPECT_EQ(origin_of(peer.products().find("PN-1").get()), Origin::server);
  EXPECT_EQ(origin_of(writer.products().find("PN-1").get()), Origin::server)
      << "the server may have done by now what the writer asked for";
  all_read.set_value();
  ASSERT_TRUE(write.get().has_value());
}

TEST_F(SecondLevel, tells_also_what_a_client_changed_that_remembers_nothing) {
  const Product product = add_product("PN-1");
  const Client reader(with_level());
  const Client writer(with_level().no_cache());
  ASSERT_TRUE(reader.products().find("PN-1").get());
  Product edited = product;
  edited.name = "new";
  ASSERT_TRUE(writer.products().update(edited).get());
  EXPECT_EQ(reader.products().find("PN-1").value()->name, "new");
}

TEST_F(SecondLevel, lets_an_old_answer_stand_in_while_the_server_is_away) {
  add_product("PN-1");
  ASSERT_TRUE(Client(with_level(1h)).products().find("PN-1").get());
  level_->age(10min);
  server_->stop();
  const Client next(with_level(1h));
  const auto product = next.products().find("PN-1").get();
  ASSERT_TRUE(product.has_value()) << product.error().message();
  EXPECT_TRUE(product->provenance().stale);
  EXPECT_GE(product->provenance().age, 10min);
  EXPECT_FALSE(next.products().find("PN-1").with({.max_age = 5min}).get().has_value());
  // Not without being told so, and not beyond what was said.
  EXPECT_FALSE(Client(with_level()).products().find("PN-1").get().has_value());
  level_->age(2h);
  EXPECT_FALSE(Client(with_level(1h)).products().find("PN-1").get().has_value());
}

TEST_F(SecondLevel, that_hears_nothing_lets_old_answers_stand_in_for_all_who_wait) {
  add_product("PN-1");
  const auto clock = std::make_shared<HandClock>();
  const Client client(with_level(1h).clock(clock));
  ASSERT_TRUE(client.products().find("PN-1").get());
  clock->advance(10min);
  level_->age(10min);
  level_->set_oldest(10s);
  server_->stop();
  std::vector<std::future<Result<Answer<Product>>>> waiting;
  for (int i = 0; i < 20; ++i) waiting.push_back(client.products().find("PN-1")(boost::asio::use_future));
  for (auto& each : waiting) EXPECT_TRUE(each.get().value().provenance().stale);
}

TEST_F(SecondLevel, with_an_old_answer_does_not_keep_the_server_from_being_asked) {
  add_product("PN-1");
  ASSERT_TRUE(Client(with_level(1h)).products().find("PN-1").get());
  level_->age(10min);
  const Client next(with_level(1h));
  EXPECT_EQ(origin_of(next.products().find("PN-1").get()), Origin::server);
  EXPECT_EQ(origin_of(Client(with_level()).products().find("PN-1").get()), Origin::second_level);
}

TEST_F(SecondLevel, with_an_unreadable_answer_is_put_right) {
  add_product("PN-1");
  ASSERT_TRUE(Client(with_level()).products().find("PN-1").get());
  level_->edit([](cache::Record& record) { record.bytes = "{\"partNumber\":"; });
  EXPECT_EQ(origin_of(Client(with_level()).products().find("PN-1").get()), Origin::server);
  EXPECT_EQ(origin_of(Client(with_level()).products().find("PN-1").get()), Origin::second_level);
}

TEST_F(SecondLevel, is_shared_by_a_token_or_by_who_has_said_so) {
  add_product("PN-1");
  ASSERT_TRUE(Client(with_level()).products().find("PN-1").get());
  // Without a token the server answers 401: what another one was answered is not shown.
  const Client other(with_level().token("b3RoZXI6dG9rZW4="));
  EXPECT_FALSE(other.products().find("PN-1").get().has_value());
  ASSERT_TRUE(Client(with_level().cache_scope("line-3")).products().find("PN-1").get());
  const Client same_line(with_level().token("b3RoZXI6dG9rZW4=").cache_scope("line-3"));
  EXPECT_EQ(origin_of(same_line.products().find("PN-1").get()), Origin::second_level);
  const Client other_line(with_level().token("b3RoZXI6dG9rZW4=").cache_scope("line-4"));
  EXPECT_FALSE(other_line.products().find("PN-1").get().has_value());
  for (const std::string& key : level_->keys()) {
    EXPECT_EQ(key.find(token), std::string::npos);
    EXPECT_EQ(key.find("line-3"), std::string::npos);
  }
}

TEST_F(SecondLevel, is_not_shared_between_servers) {
  add_product("PN-1");
  ASSERT_TRUE(Client(with_level().cache_scope("line-3")).products().find("PN-1").get());
  const ScriptedServer server([](const std::string&, ScriptedServer::Socket& socket) {
    return ScriptedServer::send(socket, ScriptedServer::answer("404 Not Found", ""));
  });
  const Client elsewhere(with_level().cache_scope("line-3").base_url(server.base_url()));
  EXPECT_FALSE(elsewhere.products().find("PN-1").get().has_value());
}

TEST_F(SecondLevel, keeps_nothing_that_is_live) {
  add_product("PN-1");
  const Client client(with_level());
  const auto filter = report_field::serial_number == "SN-1";
  ASSERT_TRUE(client.reports().query(filter).with({.max_age = 10s}).get());
  EXPECT_EQ(level_->stats().missed, 0U);
  EXPECT_EQ(level_->stats().stored, 0U);
}

TEST_F(SecondLevel, is_passed_by_who_asks_for_a_fresh_answer_and_gets_it) {
  add_product("PN-1");
  ASSERT_TRUE(Client(with_level()).products().find("PN-1").get());
  const Client next(with_level());
  EXPECT_EQ(origin_of(next.products().find("PN-1").with({.cache = CacheMode::fresh}).get()), Origin::server);
  EXPECT_EQ(level_->stats().stored, 2U);
  EXPECT_EQ(origin_of(next.products().find("PN-1").with({.cache = CacheMode::bypass}).get()), Origin::server);
  EXPECT_EQ(level_->stats().found, 0U);
}

TEST_F(SecondLevel, that_hears_nothing_limits_what_memory_may_show) {
  add_product("PN-1");
  const auto clock = std::make_shared<HandClock>();
  const Client client(with_level().clock(clock));
  ASSERT_TRUE(client.products().find("PN-1").get());
  clock->advance(10s);
  level_->hold();
  level_->set_patience(1ms);
  level_->set_oldest(10s);
  EXPECT_EQ(origin_of(client.products().find("PN-1").get()), Origin::server);
  level_->set_oldest(1h);
  EXPECT_EQ(origin_of(client.products().find("PN-1").get()), Origin::memory);
}

TEST_F(SecondLevel, forgets_with_the_client) {
  add_product("PN-1");
  const Client client(with_level());
  ASSERT_TRUE(client.products().find("PN-1").get());
  client.clear_cache();
  EXPECT_EQ(level_->stats().entries, 0U);
  EXPECT_EQ(origin_of(client.products().find("PN-1").get()), Origin::server);
}

TEST_F(SecondLevel, is_what_a_scope_is_for) {
  const auto refused = Client::open(options().cache_scope("line-3"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), Errc::invalid_options);
}

TEST_F(SecondLevel, forgets_what_the_server_says_is_gone_or_not_to_be_stored_any_more) {
  const std::string answers[] = {ScriptedServer::answer("404 Not Found", ""),
                                 "HTTP/1.1 304 Not Modified\r\nCache-Control: no-store\r\n\r\n"};
  for (const std::string& later : answers) {
    std::atomic<bool> is_later = false;
    const ScriptedServer server([&](const std::string&, ScriptedServer::Socket& socket) {
      const auto first = ScriptedServer::answer("200 OK", R"({"partNumber":"PN-1"})", "ETag: \"1\"\r\n");
      return ScriptedServer::send(socket, is_later ? later : first);
    });
    const Client client(with_level().base_url(server.base_url()));
    ASSERT_TRUE(client.products().find("PN-1").get());
    ASSERT_EQ(level_->keys().size(), 1U);
    is_later = true;
    static_cast<void>(client.products().find("PN-1").with({.cache = CacheMode::fresh}).get());
    EXPECT_TRUE(level_->keys().empty()) << later;
  }
}

}  // namespace
}  // namespace wats
