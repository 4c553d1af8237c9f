// Answers that pass through a sink instead of memory.
#include "tests/support/big_bodies.hpp"
#include "tests/support/scripts.hpp"
#include "tests/support/sinks.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wats/client.hpp"

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
using testing::CountingSink;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::head_of;
using testing::into;
using testing::mebibyte;
using testing::pattern;
using testing::ScriptedServer;
using testing::send_pattern;
using testing::TemporaryFolder;
using testing::to;
using Socket = ScriptedServer::Socket;

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

}  // namespace
}  // namespace wats
