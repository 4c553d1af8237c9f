// What calls under way cost in memory: ten thousand that wait for their turn, and those that are sent.
#include "tests/support/scripted_server.hpp"
#include "wats/client.hpp"

#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <malloc.h>
#include <thread>

namespace wats {
namespace {

using namespace std::chrono_literals;
using testing::ScriptedServer;

std::size_t in_use() {
  const auto info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

class WaitingCost : public ::testing::Test {
 protected:
  static constexpr std::size_t in_flight = 64;

  void ask(std::size_t calls) {
    for (std::size_t i = 0; i < calls; ++i) {
      client.products().find("PN-" + std::to_string(i))([this](const Result<Answer<Product>>&) { ++ended; });
    }
    // Behind them on the same loop: once this one is over, all of them have asked for their turn.
    EXPECT_FALSE(
        client.server().version().with({.timeout = 10ms})(boost::asio::use_future).get().has_value());
  }

  std::atomic<std::size_t> ended{0};
  const ScriptedServer silent{[](const std::string&, ScriptedServer::Socket&) { return true; }};
  const Client client{
      ClientOptions().base_url(silent.base_url()).no_cache().max_in_flight(in_flight).timeout(10min)};
};

TEST_F(WaitingCost, of_a_call_in_the_queue_is_below_2_kib) {
  ask(in_flight);
  const std::size_t before = in_use();
  constexpr std::size_t calls = 10'000;
  ask(calls);
  const std::size_t each = (in_use() - before) / calls;
  RecordProperty("bytes", static_cast<int>(each));
  EXPECT_LT(each, 2048U);
  client.close();
  EXPECT_EQ(ended, calls + in_flight);
}

TEST_F(WaitingCost, of_a_call_that_is_sent_is_below_64_kib) {
  ask(1);
  const std::size_t before = in_use();
  ask(in_flight - 1);
  const auto limit = std::chrono::steady_clock::now() + 10s;
  while (silent.requests() < static_cast<int>(in_flight) && std::chrono::steady_clock::now() < limit)
    std::this_thread::sleep_for(1ms);
  ASSERT_GE(silent.requests(), static_cast<int>(in_flight));
  const std::size_t each = (in_use() - before) / (in_flight - 1);
  RecordProperty("bytes", static_cast<int>(each));
  EXPECT_LT(each, 65'536U);
  client.close();
  EXPECT_EQ(ended, in_flight);
}

}  // namespace
}  // namespace wats
