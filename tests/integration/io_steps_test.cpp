// An exchange that fails at each step in turn: the network is cut after every byte that the client says, and
// after every byte that it hears, in the open, and in steps through TLS handshake and HTTP/2 frames.
#include "tests/support/fault_proxy.hpp"
#include "tests/support/open_files.hpp"
#include "tests/support/scripted_http2_server.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/support/test_authority.hpp"
#include "wats/client.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <utility>

namespace wats {
namespace {

using namespace std::chrono_literals;
using testing::FaultProxy;
using testing::Http2Request;
using testing::Http2Stream;
using testing::ScriptedHttp2Server;
using testing::ScriptedServer;
using testing::TestAuthority;
using testing::Weather;

ClientOptions without_delay(ClientOptions options, int attempts = 3) {
  RetrySettings retry;
  retry.base_delay = 1ms;
  retry.attempts = attempts;
  BreakerSettings breaker;
  // What is looked at is one exchange after the other.
  breaker.enabled = false;
  retry.budget = 1'000'000;
  return options.no_cache().timeout(20s).retry(retry).breaker(breaker);
}

Result<Answer<Product>> create(const Client& client) {
  return client.products().create(Product("PN-1")).get();
}

/// Cuts the network after each of *steps* bytes, in one direction, and looks at what becomes of a write that
/// must not be done twice, over a connection of its own. *effects* is counted by the server.
class Cutting {
 public:
  Cutting(const ClientOptions& options, FaultProxy& proxy, const std::atomic<int>& effects)
      : options_(options), proxy_(proxy), effects_(effects) {}

  /// How many bytes a whole exchange takes in each direction.
  [[nodiscard]] std::pair<std::size_t, std::size_t> measure() const {
    const Client client(options_);
    EXPECT_TRUE(create(client).has_value());
    return {proxy_.passed_to_server(), proxy_.passed_to_client()};
  }

  /// Whether the write succeeded all the same.
  bool after(const Weather& weather, std::size_t bytes, const std::string& direction) const {
    proxy_.set(weather);
    const int before = effects_;
    const Client client(options_);
    const auto result = create(client);
    const std::string where = direction + " after " + std::to_string(bytes) + " bytes";
    EXPECT_LE(effects_ - before, 1) << where;
    if (!result) {
      EXPECT_TRUE(result.error().code() == Errc::connection_lost ||
                  result.error().code() == Errc::tls_failed || result.error().code() == Errc::cannot_connect)
          << where << ": " << result.error().what();
    }
    // The same client goes on as soon as the network does. With a read: a connection that was kept may still
    // be cut, and a write may then have had its effect.
    proxy_.set({});
    const auto again = client.products().find("PN-1").get();
    EXPECT_TRUE(again.has_value()) << where << ": " << (again ? "" : again.error().what());
    return result.has_value();
  }

 private:
  ClientOptions options_;
  FaultProxy& proxy_;
  const std::atomic<int>& effects_;
};

/// The part of the cuts that let no answer through.
double cut_everywhere(const Cutting& cutting, std::size_t step) {
  const auto [to_server, to_client] = cutting.measure();
  EXPECT_GT(to_server, 50U);
  EXPECT_GT(to_client, 50U);
  EXPECT_TRUE(cutting.after({}, 0, "nowhere"));
  const std::size_t files = testing::open_files();
  int cuts = 0;
  int failures = 0;
  for (std::size_t bytes = 0; bytes < to_server; bytes += step, ++cuts) {
    Weather weather;
    weather.cut_to_server = bytes;
    if (!cutting.after(weather, bytes, "to the server")) ++failures;
  }
  for (std::size_t bytes = 0; bytes < to_client; bytes += step, ++cuts) {
    Weather weather;
    weather.cut_to_client = bytes;
    if (!cutting.after(weather, bytes, "to the client")) ++failures;
  }
  // The server's side of the last connections may still be closing.
  EXPECT_LE(testing::open_files(), files + 20);
  return static_cast<double>(failures) / cuts;
}

TEST(IoSteps, a_write_is_cut_at_every_byte_in_the_open) {
  std::atomic<int> effects{0};
  const ScriptedServer server([&](const std::string& /*head*/, ScriptedServer::Socket& socket) {
    ++effects;
    return ScriptedServer::send(socket, ScriptedServer::answer("200 OK", R"({"partNumber":"PN-1"})"));
  });
  FaultProxy proxy(server.base_url());
  const auto options =
      without_delay(ClientOptions().base_url("http://127.0.0.1:" + std::to_string(proxy.port())));
  EXPECT_EQ(cut_everywhere(Cutting(options, proxy, effects), 1), 1.0);
}

TEST(IoSteps, a_write_is_cut_all_along_the_handshake_and_its_frames) {
  const TestAuthority authority;
  std::atomic<int> effects{0};
  const ScriptedHttp2Server server(authority, [&](const Http2Request& /*request*/, Http2Stream& stream) {
    ++effects;
    stream.answer(200, R"({"partNumber":"PN-1"})");
  });
  FaultProxy proxy(server.base_url());
  const auto options = without_delay(ClientOptions()
                                         .base_url("https://127.0.0.1:" + std::to_string(proxy.port()))
                                         .ca_file(authority.ca_file()));
  // The last frames and tickets are nothing that the answer needs.
  EXPECT_GT(cut_everywhere(Cutting(options, proxy, effects), 23), 0.5);
}

TEST(IoSteps, a_read_cut_at_any_byte_is_asked_again_and_answered) {
  const ScriptedServer server([&](const std::string& /*head*/, ScriptedServer::Socket& socket) {
    return ScriptedServer::send(socket, ScriptedServer::answer("200 OK", R"({"partNumber":"PN-1"})"));
  });
  FaultProxy bad(server.base_url());
  const auto options =
      without_delay(ClientOptions().base_url("http://127.0.0.1:" + std::to_string(bad.port())), 10);
  for (std::size_t bytes = 0; bytes < 100; bytes += 3) {
    Weather weather;
    weather.cut_to_client = bytes;
    bad.set(weather);
    const Client client(options);
    auto call = client.products().find("PN-1");
    // The first attempt meets the cut; the network is mended once its connection has been taken.
    const int before = bad.connections();
    std::thread mender([&] {
      while (bad.connections() == before) std::this_thread::yield();
      bad.set({});
    });
    const auto result = std::move(call).get();
    mender.join();
    EXPECT_TRUE(result.has_value()) << bytes << ": " << (result ? "" : result.error().what());
  }
}

}  // namespace
}  // namespace wats
