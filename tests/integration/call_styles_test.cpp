// One behaviour, every way to wait: blocking, foreign coroutine, Asio coroutine, callback, future.
#include "tests/support/foreign.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/support/server_fixture.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace wats {
namespace {

template <class T>
using Answered = Result<Answer<T>>;

template <class T>
testing::FreeCoroutine await_foreign(Call<T> call, std::promise<Answered<T>>& promise) {
  auto answered = co_await std::move(call);
  promise.set_value(std::move(answered));
}

template <class T>
boost::asio::awaitable<void> await_asio(Call<T> call, std::optional<Answered<T>>& result) {
  auto answered = co_await std::move(call);
  result.emplace(std::move(answered));
}

enum class Style { get, foreign, asio, callback, future };

template <class T>
Answered<T> wait(Style style, Call<T> call) {
  switch (style) {
    case Style::get:
      return call.get();
    case Style::foreign: {
      std::promise<Answered<T>> promise;
      auto future = promise.get_future();
      await_foreign(std::move(call), promise);
      return future.get();
    }
    case Style::asio: {
      boost::asio::io_context app;
      std::optional<Answered<T>> result;
      boost::asio::co_spawn(app, await_asio(std::move(call), result), boost::asio::detached);
      app.run();
      return *std::move(result);
    }
    case Style::callback: {
      std::promise<Answered<T>> promise;
      auto future = promise.get_future();
      std::move(call)([&promise](Answered<T> answered) { promise.set_value(std::move(answered)); });
      return future.get();
    }
    case Style::future:
      return std::move(call)(boost::asio::use_future).get();
  }
  std::terminate();
}

boost::asio::awaitable<void> note_threads(Call<std::string> call, std::vector<std::thread::id>& seen) {
  seen.push_back(std::this_thread::get_id());
  auto answered = co_await std::move(call);
  EXPECT_TRUE(answered.has_value());
  seen.push_back(std::this_thread::get_id());
}

class CallStyles : public testing::ServerFixture, public ::testing::WithParamInterface<Style> {
 protected:
  template <class T>
  Answered<T> wait(Call<T> call) {
    return wats::wait(GetParam(), std::move(call));
  }
};

INSTANTIATE_TEST_SUITE_P(all, CallStyles,
                         ::testing::Values(Style::get, Style::foreign, Style::asio, Style::callback,
                                           Style::future));

class AsioCoroutine : public testing::ServerFixture {};

TEST_F(AsioCoroutine, comes_back_to_its_own_executor) {
  const Client client(options());
  boost::asio::io_context app;
  std::vector<std::thread::id> seen;
  boost::asio::co_spawn(app, note_threads(client.server().version(), seen), boost::asio::detached);
  app.run();
  EXPECT_THAT(seen, ::testing::ElementsAre(std::this_thread::get_id(), std::this_thread::get_id()));
}

TEST_P(CallStyles, a_product_is_found) {
  add_product("PN-1", 2);
  const Client client(options());
  const auto product = wait(client.products().find("PN-1"));
  ASSERT_TRUE(product.has_value()) << product.error().message();
  EXPECT_EQ((*product)->part_number, "PN-1");
  EXPECT_EQ((*product)->revisions.size(), 2);
  EXPECT_EQ(product->provenance().origin, Origin::server);
}

TEST_P(CallStyles, the_second_answer_is_the_first_one_shared) {
  add_product("PN-1");
  const Client client(options());
  const auto first = wait(client.products().find("PN-1"));
  const auto second = wait(client.products().find("PN-1"));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(&**first, &**second);
  EXPECT_EQ(second->provenance().origin, Origin::memory);
  EXPECT_EQ(calls("product_get"), 1);
}

TEST_P(CallStyles, what_is_not_there_is_an_error_with_the_servers_words) {
  const Client client(options());
  const auto product = wait(client.products().find("nowhere"));
  ASSERT_FALSE(product.has_value());
  EXPECT_EQ(product.error().code(), Errc::not_found);
  EXPECT_EQ(product.error().http_status(), 404);
  EXPECT_EQ(product.error().operation(), "product_get");
  EXPECT_FALSE(product.error().server_text().empty());
  EXPECT_EQ(product.error().request_id().size(), 24);
}

TEST_P(CallStyles, a_write_is_seen_by_the_next_read) {
  Product product = add_product("PN-1");
  const Client client(options());
  ASSERT_TRUE(wait(client.products().find("PN-1")));
  product.description = "changed";
  ASSERT_TRUE(wait(client.products().update(product)));
  const auto after = wait(client.products().find("PN-1"));
  ASSERT_TRUE(after);
  EXPECT_EQ((*after)->description, Maybe<std::string>("changed"));
}

TEST_P(CallStyles, a_stop_requested_before_the_start_ends_the_call) {
  const Client client(options());
  std::stop_source stop;
  stop.request_stop();
  const auto product = wait(client.products().find("PN-1").stop_on(stop.get_token()));
  ASSERT_FALSE(product.has_value());
  EXPECT_EQ(product.error().code(), Errc::cancelled);
}

TEST_P(CallStyles, a_closed_client_answers_closed) {
  const Client client(options());
  client.close();
  const auto product = wait(client.products().find("PN-1"));
  ASSERT_FALSE(product.has_value());
  EXPECT_EQ(product.error().code(), Errc::closed);
}

TEST_P(CallStyles, a_wrong_token_is_told_as_such) {
  const Client client(options().token("d3Jvbmc="));
  const auto version = wait(client.server().version());
  ASSERT_FALSE(version.has_value());
  EXPECT_EQ(version.error().code(), Errc::unauthorized);
  EXPECT_NE(version.error().message().find("WATS_AUTH_TOKEN"), std::string::npos);
  EXPECT_EQ(version.error().message().find("d3Jvbmc="), std::string::npos);
}

class WaitingCalls : public testing::ServerFixture {};

TEST_F(WaitingCalls, blocking_on_the_clients_own_thread_is_an_error_value) {
  const Client client(options());
  std::promise<Errc> inner;
  client.server().version()([&](const Result<Answer<std::string>>&) {
    const auto nested = client.products().find("PN-1").get();
    inner.set_value(nested ? Errc::io_error : nested.error().code());
  });
  EXPECT_EQ(inner.get_future().get(), Errc::would_deadlock);
}

TEST_F(WaitingCalls, a_stored_answer_can_be_had_on_the_clients_own_thread) {
  add_product("PN-1");
  const Client client(options());
  ASSERT_TRUE(client.products().find("PN-1").get());
  std::promise<bool> inner;
  client.server().version()([&](const Result<Answer<std::string>>&) {
    inner.set_value(client.products().find("PN-1").get().has_value());
  });
  EXPECT_TRUE(inner.get_future().get());
}

TEST_F(WaitingCalls, more_blocking_threads_than_lanes_all_get_their_answer) {
  const Client client(options().no_cache().max_lanes(2));
  std::vector<std::thread> threads;
  std::atomic<int> answered{0};
  for (int i = 0; i < 12; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 20; ++k) {
        if (client.server().version().get()) ++answered;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(answered, 240);
}

TEST_F(WaitingCalls, many_in_flight_beyond_the_limit_all_get_their_answer) {
  const Client client(options().no_cache().max_in_flight(4));
  std::vector<std::future<Result<Answer<std::string>>>> futures;
  for (int i = 0; i < 100; ++i) futures.push_back(client.server().version()(boost::asio::use_future));
  for (auto& future : futures) EXPECT_TRUE(future.get().has_value());
}

TEST_F(WaitingCalls, an_idle_client_drops_what_changed_elsewhere) {
  add_product("PN-1");
  const Client client(options());
  ASSERT_TRUE(client.products().find("PN-1").get());
  ASSERT_EQ(client.stats().cache().entries, 1);
  client.changed_elsewhere({cache::Tag("product", "PN-1")});
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (client.stats().cache().entries != 0 && std::chrono::steady_clock::now() < limit)
    std::this_thread::yield();
  EXPECT_EQ(client.stats().cache().entries, 0);
}

TEST_F(WaitingCalls, a_client_may_be_destroyed_inside_its_own_callback) {
  auto client = std::make_unique<Client>(options().no_cache());
  // LeakSanitizer watches that an idle lane goes with it.
  ASSERT_TRUE(client->server().version().get());
  std::promise<void> done;
  client->server().version()([&](const Result<Answer<std::string>>&) {
    client.reset();
    done.set_value();
  });
  done.get_future().get();
  EXPECT_EQ(client, nullptr);
}

TEST(Closing, ends_every_call_and_sends_none_of_those_that_wait_their_turn) {
  std::promise<void> reached;
  std::atomic<bool> is_first{true};
  const testing::ScriptedServer silent([&](const std::string&, testing::ScriptedServer::Socket&) {
    if (is_first.exchange(false)) reached.set_value();
    return true;
  });
  Client client(ClientOptions().base_url(silent.base_url()).no_cache().max_in_flight(1));
  std::vector<std::future<Result<Answer<std::string>>>> futures;
  for (int i = 0; i < 500; ++i) futures.push_back(client.server().version()(boost::asio::use_future));
  reached.get_future().get();
  client.close();
  for (auto& future : futures) {
    const auto answered = future.get();
    ASSERT_FALSE(answered.has_value());
    EXPECT_EQ(answered.error().code(), Errc::closed);
  }
  EXPECT_EQ(silent.requests(), 1);
}

TEST(Deadline, of_a_queued_call_ends_it_unsent) {
  std::promise<void> reached;
  std::atomic<bool> is_first{true};
  const testing::ScriptedServer silent([&](const std::string&, testing::ScriptedServer::Socket&) {
    if (is_first.exchange(false)) reached.set_value();
    return true;
  });
  const Client client(ClientOptions().base_url(silent.base_url()).no_cache().max_in_flight(1));
  auto first = client.server().version()(boost::asio::use_future);
  reached.get_future().get();
  std::vector<std::future<Result<Answer<std::string>>>> futures;
  for (int i = 0; i < 200; ++i) {
    auto call = client.server().version().with({.timeout = std::chrono::milliseconds(50)});
    futures.push_back(std::move(call)(boost::asio::use_future));
  }
  for (auto& future : futures) {
    const auto answered = future.get();
    ASSERT_FALSE(answered.has_value());
    EXPECT_EQ(answered.error().code(), Errc::timeout);
  }
  EXPECT_EQ(silent.requests(), 1);
  client.close();
  EXPECT_FALSE(first.get().has_value());
}

TEST(Deadline, that_is_over_at_once_sends_nothing) {
  const testing::ScriptedServer server([](const std::string&, testing::ScriptedServer::Socket& socket) {
    return testing::ScriptedServer::send(socket, testing::ScriptedServer::answer("200 OK", "\"1\""));
  });
  const Client client(ClientOptions().base_url(server.base_url()).no_cache());
  const auto answered = client.server().version().with({.timeout = std::chrono::milliseconds(0)}).get();
  ASSERT_FALSE(answered.has_value());
  EXPECT_EQ(answered.error().code(), Errc::timeout);
  EXPECT_EQ(server.requests(), 0);
}

TEST_F(WaitingCalls, a_ping_asks_the_server_whatever_else_is_said_of_the_call) {
  const Client client(options());
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(client.server().ping().with({.timeout = std::chrono::seconds(5)}).get());
  EXPECT_EQ(calls("app_get_version"), 3U);
}

TEST_F(WaitingCalls, an_update_without_an_id_is_refused_before_sending) {
  const Client client(options());
  const auto updated = client.products().update(Product("PN-1")).get();
  ASSERT_FALSE(updated.has_value());
  EXPECT_EQ(updated.error().code(), Errc::invalid_argument);
  EXPECT_EQ(calls("product_save"), 0U);
}

}  // namespace
}  // namespace wats
