// How downloads end whose sink is still at work.
#include "tests/support/big_bodies.hpp"
#include "tests/support/foreign.hpp"
#include "tests/support/scripts.hpp"
#include "tests/support/sinks.hpp"
#include "wats/client.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace wats {
namespace {

using namespace std::chrono_literals;
using testing::CountingSink;
using testing::head_of;
using testing::into;
using testing::mebibyte;
using testing::pattern;
using testing::ScriptedServer;
using testing::send_pattern;
using testing::to;
using Socket = ScriptedServer::Socket;

/// Is held in the first piece.
class HeldSink final : public CountingSink {
 public:
  HeldSink(std::promise<void>& writing, std::future<void> may_go_on)
      : writing_(writing), may_go_on_(std::move(may_go_on)) {}
  [[nodiscard]] Result<void> write(std::string_view piece) override {
    if (may_go_on_.valid()) {
      writing_.set_value();
      may_go_on_.get();
    }
    return CountingSink::write(piece);
  }

 private:
  std::promise<void>& writing_;
  std::future<void> may_go_on_;
};

testing::HeldCoroutine wait_for(Call<RawAnswer> call) {
  auto answered = co_await std::move(call);
  static_cast<void>(answered);
}

/// A download whose sink is held in its first piece.
class HeldDownload : public ::testing::Test {
 protected:
  /// The sink uses what belongs to the test: it must not outlive the call.
  [[nodiscard]] std::shared_ptr<BodySink> held() {
    return to_function([this](std::string_view) -> Result<void> {
      if (has_returned_) return {};
      writing_.set_value();
      may_go_on_.get_future().wait();
      has_returned_ = true;
      return {};
    });
  }

  std::promise<void> peer_has_gone_;
  ScriptedServer server_{[this](const std::string&, Socket& socket) {
    while (ScriptedServer::send(socket, "")) {
      if (!send_pattern(socket, 64 * mebibyte)) break;
    }
    peer_has_gone_.set_value();
    return false;
  }};
  std::promise<void> writing_;
  std::promise<void> may_go_on_;
  std::atomic<bool> has_returned_{false};
};

TEST_F(HeldDownload, is_cancelled_at_once_on_the_wire_and_over_when_its_sink_has_returned) {
  Client client(to(server_));
  boost::asio::cancellation_signal signal;
  std::promise<Result<Answer<RawAnswer>>> over;
  client.raw().send(into(held()))(
      boost::asio::bind_cancellation_slot(signal.slot(), [&](Result<Answer<RawAnswer>> answer) {
        EXPECT_TRUE(has_returned_);
        over.set_value(std::move(answer));
      }));
  writing_.get_future().wait();
  signal.emit(boost::asio::cancellation_type::terminal);
  peer_has_gone_.get_future().wait();
  may_go_on_.set_value();
  const auto answer = over.get_future().get();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), Errc::cancelled);
}

TEST_F(HeldDownload, ends_with_the_client_when_its_sink_has_returned) {
  std::optional<Client> client(to(server_));
  auto over = client->raw().send(into(held()))(boost::asio::use_future);
  writing_.get_future().wait();
  std::thread closing([&] {
    client.reset();
    EXPECT_TRUE(has_returned_);
  });
  peer_has_gone_.get_future().wait();
  may_go_on_.set_value();
  closing.join();
  EXPECT_EQ(over.get().error().code(), Errc::closed);
}

TEST_F(HeldDownload, that_tells_whether_a_server_is_back_keeps_nobody_out) {
  std::atomic<bool> is_well{false};
  const ScriptedServer server([&](const std::string& head, Socket& socket) {
    if (!is_well) return ScriptedServer::send(socket, ScriptedServer::answer("503 Service Unavailable", ""));
    if (head.starts_with("GET /big")) return send_pattern(socket, 4 * mebibyte);
    return ScriptedServer::send(socket, ScriptedServer::answer("200 OK", "\"1\""));
  });
  BreakerSettings breaker;
  breaker.open_for = 1ms;
  Client client(to(server).breaker(breaker));
  while (client.stats().condition().breaker_opened == 0)
    EXPECT_FALSE(client.server().version().with({.attempts = 1}).get());
  is_well = true;
  // Asked until it is let through, as the one that tries.
  std::future<Result<Answer<RawAnswer>>> download;
  auto writing = writing_.get_future();
  do {
    download = client.raw().send(into(held()))(boost::asio::use_future);
  } while (writing.wait_for(100ms) != std::future_status::ready);
  EXPECT_TRUE(client.server().version().with({.attempts = 1}).get());
  may_go_on_.set_value();
  EXPECT_TRUE(download.get());
  peer_has_gone_.set_value();
}

TEST_F(HeldDownload, lets_go_of_the_wire_when_the_coroutine_that_waits_is_destroyed) {
  Client client(to(server_));
  const auto waiting = wait_for(client.raw().send(into(held())));
  writing_.get_future().wait();
  waiting.handle.destroy();
  peer_has_gone_.get_future().wait();
  may_go_on_.set_value();
}

TEST_F(HeldDownload, whose_attempt_ran_out_of_time_begins_again_after_the_piece_it_is_held_in) {
  std::atomic<int> asked{0};
  const ScriptedServer server([&](const std::string&, Socket& socket) {
    // The first answer never ends.
    if (++asked == 1) return ScriptedServer::send(socket, head_of(mebibyte) + pattern(0, 1'000));
    may_go_on_.set_value();
    return send_pattern(socket, mebibyte);
  });
  const auto sink = std::make_shared<HeldSink>(writing_, may_go_on_.get_future());
  Client client(to(server));
  const auto answer = client.raw().send(into(sink)).with({.attempt_timeout = 300ms}).get();
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(sink->begun, 2);
  EXPECT_EQ(sink->finished, 1);
  EXPECT_TRUE(sink->body == pattern(0, mebibyte));
  peer_has_gone_.set_value();
}

TEST_F(HeldDownload, ends_by_its_deadline_when_its_sink_has_returned) {
  Client client(to(server_));
  std::thread releasing([&] {
    peer_has_gone_.get_future().wait();
    may_go_on_.set_value();
  });
  const auto answer = client.raw().send(into(held())).with({.timeout = 300ms}).get();
  EXPECT_TRUE(has_returned_);
  releasing.join();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), Errc::timeout);
}

}  // namespace
}  // namespace wats
