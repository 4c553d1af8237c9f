// Requests whose bodies come from a source instead of memory.
#include "tests/support/big_bodies.hpp"
#include "tests/support/scripts.hpp"
#include "wats/client.hpp"

#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace wats {
namespace {

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

}  // namespace
}  // namespace wats
