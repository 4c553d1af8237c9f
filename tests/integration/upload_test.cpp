// Requests whose bodies come from a source instead of memory.
#include "tests/support/big_bodies.hpp"
#include "tests/support/scripts.hpp"
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
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace wats {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::mebibyte;
using testing::pattern;
using testing::ScriptedServer;
using testing::TemporaryFolder;
using testing::to;
using Socket = ScriptedServer::Socket;

/// Does as a test tells it.
class ToldSource final : public BodySource {
 public:
  using Read = std::function<Result<std::size_t>(std::span<char>)>;
  ToldSource(std::optional<std::uint64_t> size, Read read) : size_(size), read_(std::move(read)) {}
  [[nodiscard]] std::optional<std::uint64_t> size() const noexcept override { return size_; }
  [[nodiscard]] Result<void> begin() override { return {}; }
  [[nodiscard]] Result<std::size_t> read(std::span<char> room) override { return read_(room); }

 private:
  std::optional<std::uint64_t> size_;
  Read read_;
};

class Upload : public ::testing::Test {
 protected:
  [[nodiscard]] RawRequest from(std::shared_ptr<BodySource> source) const {
    RawRequest request(Method::post, "/upload");
    request.source = std::move(source);
    request.content_type = "application/zip";
    return request;
  }
  [[nodiscard]] std::string body() {
    const std::lock_guard lock(mutex_);
    return body_;
  }
  [[nodiscard]] std::string head() {
    const std::lock_guard lock(mutex_);
    return head_;
  }

  std::mutex mutex_;
  std::string head_;
  std::string body_;
  ScriptedServer server_{[this](const std::string& head, Socket& socket) {
                           {
                             const std::lock_guard lock(mutex_);
                             head_ = head;
                           }
                           return ScriptedServer::send(socket, ScriptedServer::answer("200 OK", "{}"));
                         },
                         [this](const std::string& piece) {
                           const std::lock_guard lock(mutex_);
                           body_ += piece;
                         }};
  Client client_{to(server_)};
};

TEST_F(Upload, of_a_file_sends_it_as_it_is) {
  constexpr std::size_t size = 5 * mebibyte + 17;
  const TemporaryFolder folder;
  std::ofstream(folder.file("big.zip"), std::ios::binary) << pattern(0, size);
  const auto source = from_file(folder.file("big.zip"));
  ASSERT_TRUE(source);
  auto request = from(*source);
  BodyProgress last;
  request.on_progress = [&](const BodyProgress& progress) { last = progress; };
  const auto answer = client_.raw().send(std::move(request)).get();
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ((*answer)->body, "{}");
  EXPECT_TRUE(body() == pattern(0, size));
  EXPECT_THAT(head(), HasSubstr("Content-Length: " + std::to_string(size) + "\r\n"));
  EXPECT_THAT(head(), HasSubstr("Content-Type: application/zip\r\n"));
  EXPECT_THAT(head(), HasSubstr("Accept: application/json\r\n"));
  EXPECT_EQ(last.sent, size);
  EXPECT_EQ(last.to_send, size);

  // The same handle goes on with a usual request.
  RawRequest usual(Method::post, "/usual");
  usual.body = "[1]";
  ASSERT_TRUE(client_.raw().send(usual).get());
  EXPECT_TRUE(body() == pattern(0, size) + "[1]");
  EXPECT_THAT(head(), HasSubstr("Content-Type: application/json\r\n"));
}

TEST_F(Upload, of_unknown_size_goes_in_chunks) {
  std::size_t at = 0;
  const auto source = std::make_shared<ToldSource>(std::nullopt, [&](std::span<char> room) {
    const auto piece = pattern(at, std::min<std::size_t>({room.size(), 10'000, 1'000'000 - at}));
    std::copy(piece.begin(), piece.end(), room.begin());
    at += piece.size();
    return Result<std::size_t>(piece.size());
  });
  const auto answer = client_.raw().send(from(source)).get();
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_THAT(head(), HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_TRUE(body() == pattern(0, 1'000'000));
}

TEST_F(Upload, ends_with_the_error_of_its_source) {
  const auto broken = client_.raw()
                          .send(from(std::make_shared<ToldSource>(
                              100, [](std::span<char>) { return fail(Errc::io_error, "bad sector"); })))
                          .get();
  ASSERT_FALSE(broken);
  EXPECT_THAT(broken.error().what(), HasSubstr("bad sector"));

  const auto small =
      client_.raw()
          .send(from(std::make_shared<ToldSource>(
              100, [n = 0](std::span<char>) mutable { return Result<std::size_t>(n++ == 0 ? 40 : 0); })))
          .get();
  ASSERT_FALSE(small);
  EXPECT_THAT(small.error().what(), HasSubstr("ended after 40 of 100 bytes"));
  EXPECT_EQ(server_.requests(), 0);

  EXPECT_FALSE(from_file("/no/such/file"));
  RawRequest reading("/upload");
  reading.source = std::make_shared<ToldSource>(0, [](std::span<char>) { return Result<std::size_t>(0); });
  EXPECT_EQ(client_.raw().send(std::move(reading)).get().error().code(), Errc::invalid_argument);
  auto split = from(nullptr);
  split.content_type = "text/plain\r\nX-Other: 1";
  EXPECT_EQ(client_.raw().send(std::move(split)).get().error().code(), Errc::invalid_argument);
}

TEST_F(Upload, that_waits_for_its_source_keeps_no_other_call_waiting) {
  std::promise<void> may_go_on;
  auto going_on = may_go_on.get_future();
  bool has_ended = false;
  const auto source = std::make_shared<ToldSource>(3, [&](std::span<char> room) {
    going_on.wait();
    if (std::exchange(has_ended, true)) return Result<std::size_t>(0);
    std::copy_n("abc", 3, room.begin());
    return Result<std::size_t>(3);
  });
  auto upload = client_.raw().send(from(source))(boost::asio::use_future);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(client_.raw().get("/small")(boost::asio::use_future).get());
  may_go_on.set_value();
  EXPECT_TRUE(upload.get());
  EXPECT_EQ(body(), "abc");
}

TEST_F(Upload, may_have_a_sink_for_its_answer) {
  auto request = from(std::make_shared<ToldSource>(3, [](std::span<char> room) {
    std::copy_n("abc", 3, room.begin());
    return Result<std::size_t>(3);
  }));
  std::string taken;
  request.sink = to_function([&](std::string_view piece) -> Result<void> {
    taken += piece;
    return {};
  });
  ASSERT_TRUE(client_.raw().send(std::move(request)).get());
  EXPECT_EQ(body(), "abc");
  EXPECT_EQ(taken, "{}");
}

TEST_F(Upload, that_is_refused_while_it_waits_for_its_source_is_told_at_once) {
  boost::asio::io_context io;
  boost::asio::ip::tcp::acceptor acceptor(io, {boost::asio::ip::address_v4::loopback(), 0});
  std::thread refusing([&] {
    Socket socket(io);
    acceptor.accept(socket);
    boost::asio::streambuf buffer;
    boost::asio::read_until(socket, buffer, "\r\n\r\n");
    ScriptedServer::send(socket, ScriptedServer::answer("413 Too Large", "", "Connection: close\r\n"));
    boost::system::error_code gone;
    boost::asio::read(socket, buffer, gone);
  });
  std::promise<void> may_go_on;
  auto going_on = may_go_on.get_future();
  const auto source = std::make_shared<ToldSource>(1'000'000, [&, n = 0](std::span<char> room) mutable {
    if (n++ > 0) going_on.wait();
    room[0] = 'a';
    return Result<std::size_t>(1);
  });
  std::promise<int> refused;
  const Client client(
      ClientOptions()
          .base_url("http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()))
          .token("abc")
          .no_cache()
          .on_attempt([&](const AttemptReport& attempt) { refused.set_value(attempt.status); }));
  auto upload = client.raw().send(from(source))(boost::asio::use_future);
  EXPECT_EQ(refused.get_future().get(), 413);
  may_go_on.set_value();
  const auto answer = upload.get();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), Errc::rejected);
  refusing.join();
}

TEST(UploadsAndTheBreaker, one_that_tries_whether_the_server_is_back_closes_it) {
  std::atomic<bool> is_well{false};
  const ScriptedServer server([&](const std::string&, Socket& socket) {
    return ScriptedServer::send(socket,
                                ScriptedServer::answer(is_well ? "200 OK" : "503 Service Unavailable", "{}"));
  });
  BreakerSettings breaker;
  breaker.open_for = 1ms;
  const Client client(to(server).breaker(breaker));
  const auto upload = [&] {
    RawRequest request(Method::post, "/upload");
    request.source = std::make_shared<ToldSource>(0, [](std::span<char>) { return Result<std::size_t>(0); });
    return client.raw().send(std::move(request)).with({.attempts = 1}).get();
  };
  // Those that fail count, as all do.
  int asked = 0;
  while (client.stats().condition().breaker_opened == 0) {
    EXPECT_FALSE(upload());
    ++asked;
  }
  EXPECT_EQ(asked, 10);
  is_well = true;
  while (!upload()) std::this_thread::sleep_for(1ms);
  EXPECT_TRUE(client.raw().get("/else").get());
  EXPECT_EQ(client.stats().condition().breaker, policy::BreakerState::closed);
}

TEST_F(Upload, that_has_no_thread_for_its_source_ends_by_its_deadline_all_the_same) {
  std::promise<void> may_go_on;
  const auto going_on = may_go_on.get_future().share();
  std::vector<std::future<Result<Answer<RawAnswer>>>> blocked;
  std::atomic<int> at_work{0};
  const auto blocking = [&] {
    return std::make_shared<ToldSource>(1, [&, going_on](std::span<char> room) {
      ++at_work;
      going_on.wait();
      room[0] = 'a';
      return Result<std::size_t>(1);
    });
  };
  for (int i = 0; i < 4; ++i)
    blocked.push_back(client_.raw().send(from(blocking()))(boost::asio::use_future));
  while (at_work < 4) std::this_thread::yield();
  const auto late = client_.raw().send(from(blocking())).with({.timeout = 100ms}).get();
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), Errc::timeout);
  EXPECT_EQ(at_work, 4);
  may_go_on.set_value();
  for (auto& upload : blocked) EXPECT_TRUE(upload.get());
}

}  // namespace
}  // namespace wats
