// memoize() for functions that give a Call.
#include "tests/support/scripted_server.hpp"
#include "tests/support/server_fixture.hpp"
#include "wats/core/together.hpp"
#include "wats/http/memoize.hpp"

#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace wats {
namespace {

using namespace std::chrono_literals;
using testing::ScriptedServer;

class MemoizedCalls : public testing::ServerFixture {
 protected:
  /// Each call of the function is a request: the client's own cache is off.
  [[nodiscard]] auto memoized(cache::Options settings = {}) {
    return memoize([client = Client(options().no_cache())](
                       std::string_view part) { return client.products().find(std::string(part)); },
                   std::move(settings));
  }
};

TEST_F(MemoizedCalls, are_answered_once_by_the_server_then_from_memory) {
  add_product("PN-1");
  add_product("PN-2");
  const auto find = memoized();
  EXPECT_EQ(find("PN-1").value().provenance().origin, Origin::server);
  const auto again = find("PN-1").value();
  EXPECT_EQ(again->part_number, "PN-1");
  EXPECT_EQ(again.provenance().origin, Origin::memory);
  EXPECT_EQ(find("PN-2").value()->part_number, "PN-2");
  EXPECT_EQ(calls("product_get"), 2U);
  EXPECT_EQ(find.store().stats().fresh, 1U);
  EXPECT_TRUE(find.forget("PN-1"));
  EXPECT_EQ(find("PN-1").value().provenance().origin, Origin::server);
}

TEST_F(MemoizedCalls, may_be_waited_for_in_every_way) {
  add_product("PN-1");
  const auto find = memoized();
  EXPECT_TRUE(find("PN-1")(boost::asio::use_future).get().has_value());
  EXPECT_TRUE(find("PN-1")(boost::asio::use_future).get().has_value());
  EXPECT_TRUE(find("PN-1").get().has_value());
  EXPECT_EQ(calls("product_get"), 1U);
}

TEST_F(MemoizedCalls, do_nothing_until_they_are_waited_for) {
  std::atomic<int> made = 0;
  const Client client(options());
  const auto find = memoize([&](int number) {
    ++made;
    return client.products().find(std::to_string(number));
  });
  {
    [[maybe_unused]] const auto unused = find(1);
  }
  EXPECT_EQ(made, 0);
}

TEST_F(MemoizedCalls, forget_what_the_server_says_is_gone) {
  std::atomic<bool> is_gone = false;
  const ScriptedServer server([&](const std::string&, ScriptedServer::Socket& socket) {
    return ScriptedServer::send(socket, is_gone
                                            ? ScriptedServer::answer("404 Not Found", "")
                                            : ScriptedServer::answer("200 OK", R"({"partNumber":"PN-1"})"));
  });
  const auto find = memoize([client = Client(options().base_url(server.base_url()).no_cache())](
                                std::string_view part) { return client.products().find(std::string(part)); });
  ASSERT_TRUE(find("PN-1").get().has_value());
  is_gone = true;
  EXPECT_TRUE(find("PN-1").get().has_value()) << "nobody has asked";
  EXPECT_FALSE(find("PN-1").with({.cache = CacheMode::fresh}).get().has_value());
  EXPECT_FALSE(find("PN-1").get().has_value());
}

TEST_F(MemoizedCalls, that_fail_are_not_remembered) {
  const auto find = memoized();
  EXPECT_EQ(find("PN-1").get().error().code(), Errc::not_found);
  add_product("PN-1");
  EXPECT_TRUE(find("PN-1").get().has_value());
  EXPECT_EQ(find.store().stats().load_failures, 1U);
}

TEST_F(MemoizedCalls, of_a_group_are_remembered_only_when_all_of_it_succeeded) {
  add_product("PN-1");
  const auto find_both =
      memoize([client = Client(options().no_cache())](const std::string& one, const std::string& other) {
        std::vector<Call<Product>> calls;
        calls.push_back(client.products().find(one));
        calls.push_back(client.products().find(other));
        return when_all(std::move(calls));
      });
  EXPECT_FALSE(find_both("PN-1", "PN-2").value()->back().has_value());
  add_product("PN-2");
  EXPECT_TRUE(find_both("PN-1", "PN-2").value()->back().has_value());
  EXPECT_EQ(find_both("PN-1", "PN-2").value().provenance().origin, Origin::memory);
  const auto find_pair =
      memoize([client = Client(options().no_cache())](const std::string& one, const std::string& other) {
        return when_all(client.products().find(one), client.units().find(other, one));
      });
  EXPECT_FALSE(std::get<1>(*find_pair("PN-1", "SN-1").value()).has_value());
  EXPECT_EQ(find_pair("PN-1", "SN-1").value().provenance().origin, Origin::server);
}

TEST_F(MemoizedCalls, tell_what_their_function_throws) {
  const auto find = memoize([](int) -> Call<Product> { throw std::runtime_error("no such line"); });
  const auto result = find(1).get();
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), Errc::invalid_argument);
  EXPECT_NE(result.error().message().find("no such line"), std::string::npos);
  EXPECT_FALSE(find(1)(boost::asio::use_future).get().has_value());
}

TEST_F(MemoizedCalls, are_one_request_for_all_who_ask_meanwhile) {
  std::promise<void> go_on;
  const auto may_go_on = go_on.get_future().share();
  std::atomic<int> requests = 0;
  const ScriptedServer server([&, may_go_on](const std::string&, ScriptedServer::Socket& socket) {
    ++requests;
    may_go_on.wait();
    return ScriptedServer::send(socket, ScriptedServer::answer("200 OK", "[]"));
  });
  const auto list = memoize([client = Client(options().no_cache().base_url(server.base_url()))] {
    return client.processes().list();
  });
  std::vector<std::future<Result<Answer<std::vector<Process>>>>> waiting;
  for (int i = 0; i < 10; ++i) waiting.push_back(list()(boost::asio::use_future));
  std::thread blocked([&] { EXPECT_TRUE(list().get().has_value()); });
  std::stop_source stop;
  auto taken_back = list().stop_on(stop.get_token())(boost::asio::use_future);
  stop.request_stop();
  EXPECT_EQ(taken_back.get().error().code(), Errc::cancelled);
  go_on.set_value();
  for (auto& each : waiting) EXPECT_TRUE(each.get().has_value());
  blocked.join();
  EXPECT_EQ(requests, 1);
}

TEST_F(MemoizedCalls, with_a_limit_of_their_own_do_not_fail_those_of_others) {
  std::promise<void> go_on;
  const auto may_go_on = go_on.get_future().share();
  const ScriptedServer server([may_go_on](const std::string&, ScriptedServer::Socket& socket) {
    may_go_on.wait();
    return ScriptedServer::send(socket, ScriptedServer::answer("200 OK", "[]"));
  });
  const auto list = memoize([client = Client(options().no_cache().base_url(server.base_url()))] {
    return client.processes().list();
  });
  auto patient = list()(boost::asio::use_future);
  EXPECT_EQ(list().with({.timeout = 20ms}).get().error().code(), Errc::timeout);
  go_on.set_value();
  EXPECT_TRUE(patient.get().has_value());
}

TEST_F(MemoizedCalls, may_ask_for_a_younger_answer) {
  add_product("PN-1");
  const auto find = memoized();
  ASSERT_TRUE(find("PN-1").get());
  EXPECT_EQ(find("PN-1").with({.cache = CacheMode::fresh}).value().provenance().origin, Origin::server);
  EXPECT_EQ(find("PN-1").with({.cache = CacheMode::bypass}).value().provenance().origin, Origin::server);
  EXPECT_EQ(find("PN-1").with({.max_age = 1h}).value().provenance().origin, Origin::memory);
  EXPECT_EQ(find("PN-1").with({.max_age = 0ms}).value().provenance().origin, Origin::server);
  EXPECT_EQ(calls("product_get"), 4U);
}

TEST_F(MemoizedCalls, show_what_is_stale_and_refresh_it_behind) {
  add_product("PN-1");
  const auto now = std::make_shared<std::atomic<cache::TimePoint>>(cache::TimePoint(1h));
  const auto find =
      memoized({.ttl = 1min, .stale = {.while_revalidate = 1h}, .now = [now] { return now->load(); }});
  ASSERT_TRUE(find("PN-1").get());
  *now = cache::TimePoint(1h + 2min);
  const auto stale = find("PN-1").value();
  EXPECT_TRUE(stale.provenance().stale);
  EXPECT_EQ(stale.provenance().age, 2min);
  // Who wants it young joins the load behind, if it has not landed already.
  EXPECT_FALSE(find("PN-1").with({.max_age = 1min}).value().provenance().stale);
  EXPECT_EQ(calls("product_get"), 2U);
}

TEST_F(MemoizedCalls, show_what_is_stale_while_the_server_is_away) {
  add_product("PN-1");
  const auto now = std::make_shared<std::atomic<cache::TimePoint>>(cache::TimePoint(1h));
  const auto find = memoized({.ttl = 1min, .stale = {.if_error = 1h}, .now = [now] { return now->load(); }});
  ASSERT_TRUE(find("PN-1").get());
  *now = cache::TimePoint(1h + 2min);
  server_->stop();
  const auto product = find("PN-1").get();
  ASSERT_TRUE(product.has_value()) << product.error().message();
  EXPECT_TRUE(product->provenance().stale);
  // While asking rests, and for who has a limit of his own.
  EXPECT_TRUE(find("PN-1").with({.timeout = 5s}).value().provenance().stale);
  EXPECT_TRUE(find("PN-1").with({.attempts = 1}).value().provenance().stale);
}

TEST_F(MemoizedCalls, of_a_closed_client_fail_unless_remembered) {
  add_product("PN-1");
  const Client client(options());
  const auto find = memoize([client](const std::string& part) { return client.products().find(part); });
  ASSERT_TRUE(find("PN-1").get());
  client.close();
  EXPECT_TRUE(find("PN-1").get().has_value());
  EXPECT_EQ(find("PN-2").get().error().code(), Errc::closed);
  EXPECT_EQ(find("PN-2")(boost::asio::use_future).get().error().code(), Errc::closed);
}

TEST_F(MemoizedCalls, take_a_key_function_and_leave_plain_functions_to_the_cache) {
  add_product("PN-1");
  const Client client(options().no_cache());
  const auto find = memoize([client](const std::string& part, int) { return client.products().find(part); },
                            [](const std::string& part, int) { return part; });
  ASSERT_TRUE(find("PN-1", 1).get());
  EXPECT_EQ(find("PN-1", 2).value().provenance().origin, Origin::memory);
  const auto square = memoize([](int x) { return x * x; });
  EXPECT_EQ(square(3), 9);
}

}  // namespace
}  // namespace wats
