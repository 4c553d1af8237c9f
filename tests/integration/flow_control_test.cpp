// HTTP/2 streams that stall: no room for an upload, half an answer and then silence. One call waits, and ends
// in time; the others on its connection do not notice.
#include "tests/support/scripted_http2_server.hpp"
#include "tests/support/test_authority.hpp"
#include "wats/client.hpp"

#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <functional>
#include <future>
#include <stop_token>
#include <string>
#include <utility>

namespace wats {
namespace {

using namespace std::chrono_literals;
using testing::Http2Request;
using testing::Http2ServerOptions;
using testing::Http2Stream;
using testing::ScriptedHttp2Server;
using Clock = std::chrono::steady_clock;

/// What a client may send before it knows the server's window.
constexpr std::size_t first_window = 65'535;

Product large_product() {
  Product product("PN-1");
  product.description = std::string(4 * first_window, 'x');
  return product;
}

const std::string large_answer =
    R"({"partNumber":"PN-1","description":")" + std::string(4 * first_window, 'x') + "\"}";

class FlowControl : public ::testing::Test {
 protected:
  /// Far above the deadlines, so that a busy machine does not matter.
  static constexpr std::chrono::seconds soon{10};

  /// Over one connection: asynchronous calls share a loop.
  [[nodiscard]] ClientOptions to(const ScriptedHttp2Server& server) const {
    RetrySettings retry;
    retry.base_delay = 1ms;
    return ClientOptions()
        .base_url(server.base_url())
        .ca_file(authority_.ca_file())
        .no_cache()
        .timeout(20s)
        .retry(retry);
  }

  static void expect_others_served(const Client& client) {
    for (int i = 0; i < 10; ++i) {
      const auto answered = client.server().version()(boost::asio::use_future).get();
      EXPECT_TRUE(answered.has_value()) << answered.error().message();
    }
  }

  /// Gives writes no room; *on_write* when one has begun.
  static Http2ServerOptions without_room(std::function<void()> on_write) {
    Http2ServerOptions options;
    options.initial_window_size = 0;
    options.on_head = [on_write = std::move(on_write)](const Http2Request& request, Http2Stream& stream) {
      if (request.method == "GET") return;
      stream.keep_silent();
      on_write();
    };
    return options;
  }

  static void answer_version(const Http2Request& /*request*/, Http2Stream& stream) {
    stream.answer(200, "\"1\"");
  }

  const testing::TestAuthority authority_;
};

TEST_F(FlowControl, an_upload_without_room_ends_at_its_deadline_and_is_not_sent_again) {
  for (const bool warm : {false, true}) {
    SCOPED_TRACE(warm ? "over a connection that knows the window" : "over a new connection");
    std::atomic<int> writes{0};
    const ScriptedHttp2Server server(authority_, answer_version, without_room([&] { ++writes; }));
    const Client client(to(server));
    if (warm) expect_others_served(client);
    const auto begin = Clock::now();
    const auto created =
        client.products().create(large_product()).with({.timeout = 1s})(boost::asio::use_future).get();
    const auto took = Clock::now() - begin;
    ASSERT_FALSE(created.has_value());
    EXPECT_EQ(created.error().code(), Errc::timeout) << created.error().message();
    EXPECT_GE(took, 1s);
    EXPECT_LT(took, soon);
    expect_others_served(client);
    EXPECT_EQ(writes, 1);
    EXPECT_EQ(server.connections(), 1);
  }
}

TEST_F(FlowControl, an_attempt_without_room_is_made_again_only_where_that_does_no_harm) {
  std::atomic<int> writes{0};
  const ScriptedHttp2Server server(authority_, answer_version, without_room([&] { ++writes; }));
  const Client client(to(server).attempt_timeout(500ms));
  expect_others_served(client);
  const auto created = client.products().create(large_product())(boost::asio::use_future).get();
  ASSERT_FALSE(created.has_value());
  EXPECT_EQ(created.error().code(), Errc::timeout) << created.error().message();
  EXPECT_EQ(writes, 1);
  Product known = large_product();
  known.product_id = "6e8bc1c0-0000-4000-8000-000000000001";
  const auto updated = client.products().update(std::move(known))(boost::asio::use_future).get();
  ASSERT_FALSE(updated.has_value());
  EXPECT_EQ(updated.error().code(), Errc::timeout) << updated.error().message();
  EXPECT_EQ(writes, 1 + 3);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(FlowControl, while_an_upload_stalls_its_connection_serves_others) {
  std::promise<void> reached;
  const ScriptedHttp2Server server(authority_, answer_version, without_room([&] { reached.set_value(); }));
  const Client client(to(server));
  std::stop_source stop;
  auto stalled = client.products().create(large_product()).stop_on(stop.get_token())(boost::asio::use_future);
  reached.get_future().get();
  expect_others_served(client);
  EXPECT_EQ(stalled.wait_for(0s), std::future_status::timeout);
  stop.request_stop();
  EXPECT_EQ(stalled.get().error().code(), Errc::cancelled);
  expect_others_served(client);
  EXPECT_EQ(server.requests(), 1 + 20);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(FlowControl, a_stalled_upload_waits_without_work) {
  const ScriptedHttp2Server server(authority_, answer_version, without_room([] {}));
  const Client client(to(server));
  // Of the whole process: server and client.
  const std::clock_t begin = std::clock();
  EXPECT_FALSE(client.products().create(large_product()).with({.timeout = 1s}).get().has_value());
  const double worked = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  EXPECT_LT(worked, 0.5) << "of one second";
}

/// Begins a large answer to the first request for a product, and leaves it at a half.
testing::Http2Script half_at_first(std::promise<void>& halfway) {
  return [&halfway, is_first = true](const Http2Request& request, Http2Stream& stream) mutable {
    if (!request.path.starts_with("/api/Product/")) return stream.answer(200, "\"1\"");
    if (!std::exchange(is_first, false)) return stream.answer(200, large_answer);
    stream.begin(
        200, {{"content-type", "application/json"}, {"content-length", std::to_string(large_answer.size())}});
    stream.data(large_answer.substr(0, large_answer.size() / 2));
    halfway.set_value();
  };
}

TEST_F(FlowControl, while_an_answer_stalls_its_connection_serves_others) {
  std::promise<void> halfway;
  const ScriptedHttp2Server server(authority_, half_at_first(halfway));
  const Client client(to(server));
  std::stop_source stop;
  auto stalled = client.products().find("PN-1").stop_on(stop.get_token())(boost::asio::use_future);
  halfway.get_future().get();
  expect_others_served(client);
  const auto whole = client.products().find("PN-1")(boost::asio::use_future).get();
  ASSERT_TRUE(whole.has_value()) << whole.error().message();
  EXPECT_EQ((*whole)->description->size(), 4 * first_window);
  EXPECT_EQ(stalled.wait_for(0s), std::future_status::timeout);
  stop.request_stop();
  EXPECT_EQ(stalled.get().error().code(), Errc::cancelled);
  expect_others_served(client);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(FlowControl, an_answer_that_stalls_ends_at_the_deadline) {
  std::promise<void> halfway;
  const ScriptedHttp2Server server(authority_, half_at_first(halfway));
  const Client client(to(server));
  const auto begin = Clock::now();
  const auto found = client.products().find("PN-1").with({.timeout = 300ms})(boost::asio::use_future).get();
  const auto took = Clock::now() - begin;
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code(), Errc::timeout) << found.error().message();
  EXPECT_GE(took, 300ms);
  EXPECT_LT(took, soon);
  expect_others_served(client);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(FlowControl, an_answer_that_stalls_is_asked_for_again_over_the_same_connection) {
  std::promise<void> halfway;
  const ScriptedHttp2Server server(authority_, half_at_first(halfway));
  const Client client(to(server));
  const auto found =
      client.products().find("PN-1").with({.attempt_timeout = 1s})(boost::asio::use_future).get();
  ASSERT_TRUE(found.has_value()) << found.error().message();
  EXPECT_EQ((*found)->description->size(), 4 * first_window);
  EXPECT_EQ(server.requests(), 2);
  EXPECT_EQ(server.connections(), 1);
}

}  // namespace
}  // namespace wats
