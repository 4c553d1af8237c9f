// Answers that pass through a sink instead of memory.
#include "tests/support/big_bodies.hpp"
#include "tests/support/foreign.hpp"
#include "tests/support/scripts.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wats/client.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <future>
#include <malloc.h>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace wats {
namespace {

using namespace std::chrono_literals;
using testing::content_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::head_of;
using testing::mebibyte;
using testing::pattern;
using testing::ScriptedServer;
using testing::send_pattern;
using testing::TemporaryFolder;
using testing::to;
using Socket = ScriptedServer::Socket;

RawRequest into(std::shared_ptr<BodySink> sink) {
  RawRequest request("/big");
  request.sink = std::move(sink);
  return request;
}

class CountingSink : public BodySink {
 public:
  [[nodiscard]] Result<void> begin(std::optional<std::uint64_t> size) override {
    ++begun;
    announced = size;
    body.clear();
    return {};
  }
  [[nodiscard]] Result<void> write(std::string_view piece) override {
    body += piece;
    return {};
  }
  [[nodiscard]] Result<void> finish() override {
    ++finished;
    return {};
  }

  int begun = 0;
  int finished = 0;
  std::optional<std::uint64_t> announced;
  std::string body;
};

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

/// Of the heap, large blocks too.
std::size_t held_bytes() {
  const auto heap = ::mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

TEST(Download, reaches_a_file_without_passing_through_memory) {
  constexpr std::size_t size = 48 * mebibyte;
  const ScriptedServer server([&](const std::string&, Socket& socket) { return send_pattern(socket, size); });
  const TemporaryFolder folder;
  Client client(to(server));
  auto request = into(to_file(folder.file("big.zip")));
  std::vector<BodyProgress> seen;
  std::size_t most_held = 0;
  [[maybe_unused]] const std::size_t held_before = held_bytes();
  request.on_progress = [&](const BodyProgress& progress) {
    seen.push_back(progress);
    most_held = std::max(most_held, held_bytes());
  };
  const auto answer = client.raw().send(std::move(request)).get();
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ((*answer)->status, 200);
  EXPECT_EQ((*answer)->content_type, "application/zip");
  EXPECT_EQ((*answer)->body, "");
  EXPECT_TRUE(content_of(folder.file("big.zip")) == pattern(0, size));
  EXPECT_THAT(folder.files(), ElementsAre("big.zip"));
  ASSERT_FALSE(seen.empty());
  EXPECT_EQ(seen.back().received, size);
  EXPECT_EQ(seen.back().to_receive, size);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end(), [](const BodyProgress& a, const BodyProgress& b) {
    return a.received < b.received;
  }));
#ifndef WATS_SANITIZED
  EXPECT_LT(most_held - held_before, 4 * mebibyte);
#endif
}

TEST(Download, without_a_body_still_begins_and_finishes) {
  const ScriptedServer server([](const std::string&, Socket& socket) {
    return ScriptedServer::send(socket, "HTTP/1.1 204 No Content\r\n\r\n");
  });
  Client client(to(server));
  const auto sink = std::make_shared<CountingSink>();
  ASSERT_TRUE(client.raw().send(into(sink)).get());
  EXPECT_EQ(sink->begun, 1);
  EXPECT_EQ(sink->finished, 1);
}

TEST(Download, of_nothing_is_told_its_size) {
  const ScriptedServer server([](const std::string& head, Socket& socket) {
    const std::string length = head.starts_with("HEAD") ? "1000" : "0";
    return ScriptedServer::send(socket, "HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n\r\n");
  });
  Client client(to(server));
  for (const Method method : {Method::get, Method::head}) {
    const auto sink = std::make_shared<CountingSink>();
    RawRequest request(method, "/big");
    request.sink = sink;
    const auto answer = client.raw().send(std::move(request)).get();
    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(sink->begun, 1);
    EXPECT_EQ(sink->finished, 1);
    EXPECT_EQ(sink->body, "");
    EXPECT_EQ(sink->announced, 0U) << "of a HEAD, no body comes whatever its head says";
  }
}

TEST(Download, that_nobody_takes_holds_the_server_back_and_no_other_call) {
  constexpr std::size_t size = 64 * mebibyte;
  std::atomic<std::size_t> sent{0};
  const ScriptedServer server([&](const std::string& head, Socket& socket) {
    if (head.starts_with("GET /big")) return send_pattern(socket, size, &sent);
    return ScriptedServer::send(socket, ScriptedServer::answer("200 OK", "\"1\""));
  });
  Client client(to(server));
  std::promise<void> may_go_on;
  auto going_on = may_go_on.get_future();
  std::promise<void> writing;
  bool has_waited = false;
  std::size_t received = 0;
  auto download = client.raw().send(into(to_function([&](std::string_view piece) -> Result<void> {
    if (!std::exchange(has_waited, true)) {
      writing.set_value();
      going_on.wait();
    }
    received += piece.size();
    return {};
  })))(boost::asio::use_future);
  writing.get_future().wait();
  // Until the server has not got rid of anything for a while.
  std::size_t before = 0;
  do {
    before = sent;
    std::this_thread::sleep_for(200ms);
  } while (before != sent);
  EXPECT_GT(sent, 0U);
  EXPECT_LT(sent, 24 * mebibyte);
  for (int i = 0; i < 20; ++i) {
    const auto other = client.raw().get("/small")(boost::asio::use_future).get();
    EXPECT_TRUE(other) << other.error().message();
  }
  may_go_on.set_value();
  const auto answer = download.get();
  EXPECT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(received, size);
}

TEST(Download, that_breaks_off_is_begun_again) {
  std::atomic<int> asked{0};
  const ScriptedServer server([&](const std::string&, Socket& socket) {
    if (++asked > 1) return send_pattern(socket, 3 * mebibyte);
    return ScriptedServer::send(socket, head_of(3 * mebibyte) + pattern(0, 2 * mebibyte)) && false;
  });
  Client client(to(server));
  const auto sink = std::make_shared<CountingSink>();
  const auto answer = client.raw().send(into(sink)).get();
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(sink->finished, 1);
  EXPECT_EQ(sink->announced, 3 * mebibyte);
  EXPECT_TRUE(sink->body == pattern(0, 3 * mebibyte));
}

TEST(Download, into_a_function_can_not_begin_again) {
  std::promise<void> written;
  std::atomic<int> asked{0};
  const ScriptedServer server([&](const std::string&, Socket& socket) {
    if (!ScriptedServer::send(socket, head_of(mebibyte) + pattern(0, 1'000))) return false;
    // Breaks off once that has been written.
    if (++asked == 1) written.get_future().wait();
    return asked > 1;
  });
  Client client(to(server));
  std::size_t received = 0;
  const auto answer = client.raw()
                          .send(into(to_function([&](std::string_view piece) -> Result<void> {
                            received += piece.size();
                            if (received == 1'000) written.set_value();
                            return {};
                          })))
                          .get();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), Errc::connection_lost);
  EXPECT_THAT(answer.error().what(), HasSubstr("can't begin again"));
  EXPECT_EQ(received, 1'000U);
}

TEST(Download, ends_with_the_error_of_its_sink_and_harms_nobody) {
  const ScriptedServer server([&](const std::string& head, Socket& socket) {
    if (head.starts_with("GET /big")) return send_pattern(socket, 8 * mebibyte);
    return ScriptedServer::send(socket, ScriptedServer::answer("200 OK", "\"1\""));
  });
  const TemporaryFolder folder;
  Client client(to(server));
  const auto full = client.raw()
                        .send(into(to_function([](std::string_view) -> Result<void> {
                          return fail(Errc::io_error, "the disk is full");
                        })))
                        .get();
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code(), Errc::io_error);
  EXPECT_THAT(full.error().what(), HasSubstr("the disk is full"));
  EXPECT_EQ(full.error().attempts(), 1);

  const auto thrown =
      client.raw()
          .send(into(to_function([](std::string_view) -> Result<void> { throw std::runtime_error("oops"); })))
          .get();
  ASSERT_FALSE(thrown);
  EXPECT_THAT(thrown.error().what(), HasSubstr("oops"));

  const auto strange =
      client.raw().send(into(to_function([](std::string_view) -> Result<void> { throw 42; }))).get();
  ASSERT_FALSE(strange);
  EXPECT_EQ(strange.error().code(), Errc::io_error);

  const auto large = client.raw().send(into(to_file(folder.file("big.zip"), mebibyte))).get();
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code(), Errc::answer_too_large);

  const auto nowhere = client.raw().send(into(to_file(folder.file("no/such/folder")))).get();
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error().what(), HasSubstr("no/such/folder: No such file or directory"));

  EXPECT_TRUE(folder.files().empty());
  EXPECT_TRUE(client.raw().get("/small").get());
  EXPECT_EQ(client.stats().condition().breaker_opened, 0U);
}

TEST(Download, of_an_error_leaves_the_sink_alone) {
  const ScriptedServer server([](const std::string&, Socket& socket) {
    return ScriptedServer::send(socket, ScriptedServer::answer("404 Not Found", R"({"message":"no such"})"));
  });
  const TemporaryFolder folder;
  std::ofstream(folder.file("kept")) << "as it was";
  Client client(to(server));
  const auto answer = client.raw().send(into(to_file(folder.file("kept")))).get();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), Errc::not_found);
  EXPECT_EQ(answer.error().server_text(), "no such");
  EXPECT_THAT(folder.files(), ElementsAre("kept"));
  EXPECT_EQ(content_of(folder.file("kept")), "as it was");
}

TEST(Download, that_runs_out_of_time_leaves_nothing_behind) {
  const ScriptedServer server([](const std::string&, Socket& socket) {
    // The rest never comes.
    return ScriptedServer::send(socket, head_of(mebibyte) + pattern(0, 1'000));
  });
  const TemporaryFolder folder;
  Client client(to(server));
  const auto answer = client.raw().send(into(to_file(folder.file("big.zip")))).with({.timeout = 200ms}).get();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), Errc::timeout);
  EXPECT_TRUE(folder.files().empty());
}

TEST(Download, into_what_is_no_file_does_not_replace_it) {
  const ScriptedServer server(
      [](const std::string&, Socket& socket) { return send_pattern(socket, mebibyte); });
  const TemporaryFolder folder;
  std::ofstream(folder.file("target")) << "old";
  std::filesystem::create_symlink("target", folder.file("link"));
  std::filesystem::create_symlink("/dev/null", folder.file("null"));
  Client client(to(server));
  ASSERT_TRUE(client.raw().send(into(to_file(folder.file("link")))).get());
  EXPECT_TRUE(std::filesystem::is_symlink(folder.file("link")));
  EXPECT_TRUE(content_of(folder.file("target")) == pattern(0, mebibyte));
  ASSERT_TRUE(client.raw().send(into(to_file(folder.file("null")))).get());
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  EXPECT_TRUE(std::filesystem::is_symlink(folder.file("null")));
}

TEST(Download, touches_nothing_but_its_file) {
  const ScriptedServer server(
      [](const std::string&, Socket& socket) { return send_pattern(socket, mebibyte); });
  const TemporaryFolder folder;
  std::ofstream(folder.file("big.zip")) << "old";
  std::ofstream(folder.file("big.zip.part")) << "somebody's";
  using std::filesystem::perms;
  std::filesystem::permissions(folder.file("big.zip"), perms::owner_read | perms::owner_write);
  Client client(to(server));
  auto request = into(to_file(folder.file("big.zip")));
  bool is_private = true;
  request.on_progress = [&](const BodyProgress&) {
    for (const auto& name : folder.files()) {
      const auto rights = std::filesystem::status(folder.file(name)).permissions();
      is_private &=
          name == "big.zip.part" || (rights & (perms::group_all | perms::others_all)) == perms::none;
    }
  };
  ASSERT_TRUE(client.raw().send(std::move(request)).get());
  EXPECT_TRUE(is_private);
  EXPECT_EQ(std::filesystem::status(folder.file("big.zip")).permissions(),
            perms::owner_read | perms::owner_write);
  EXPECT_TRUE(content_of(folder.file("big.zip")) == pattern(0, mebibyte));
  EXPECT_EQ(content_of(folder.file("big.zip.part")), "somebody's");
  EXPECT_EQ(folder.files().size(), 2U);
}

TEST(Download, that_is_sent_elsewhere_takes_the_body_from_there) {
  const ScriptedServer server([](const std::string& head, Socket& socket) {
    if (head.starts_with("GET /there"))
      return ScriptedServer::send(socket, ScriptedServer::answer("200 OK", "there"));
    return ScriptedServer::send(socket,
                                ScriptedServer::answer("302 Found", "not here", "Location: /there\r\n"));
  });
  Client client(to(server));
  const auto sink = std::make_shared<CountingSink>();
  ASSERT_TRUE(client.raw().send(into(sink)).get());
  EXPECT_EQ(sink->begun, 1);
  EXPECT_EQ(sink->body, "there");
}

TEST(Download, may_own_the_last_copy_of_its_client) {
  const ScriptedServer server(
      [](const std::string&, Socket& socket) { return send_pattern(socket, mebibyte); });
  auto client = std::make_unique<Client>(to(server));
  const auto& raw = client->raw();
  auto sink = to_function([copy = *client](std::string_view) -> Result<void> { return {}; });
  auto call = raw.send(into(std::move(sink)));
  client.reset();
  EXPECT_TRUE(std::move(call)(boost::asio::use_future).get());
}

// --- ends

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
