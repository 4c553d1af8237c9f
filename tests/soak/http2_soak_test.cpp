// Calls over TLS and HTTP/2, many on few connections, which are answered, reset, cut and taken back at
// random. WATS_SOAK_SECONDS sets how long (default 5).
#include "tests/support/open_files.hpp"
#include "tests/support/scripted_http2_server.hpp"
#include "tests/support/test_authority.hpp"
#include "wats/client.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace wats {
namespace {

using namespace std::chrono_literals;
using testing::Http2Request;
using testing::Http2Stream;

constexpr std::uint32_t no_error = 0;
constexpr std::uint32_t internal_error = 2;
constexpr std::uint32_t refused_stream = 7;

/// Which writes were processed, each with a number of its own. *Thread safety*: any thread.
class Writes {
 public:
  void count(const Http2Request& request) {
    if (!request.path.starts_with("/once/")) return;
    const std::lock_guard lock(mutex_);
    if (!seen_.insert(request.path).second) ++repeated_;
  }
  [[nodiscard]] std::size_t seen() const {
    const std::lock_guard lock(mutex_);
    return seen_.size();
  }
  [[nodiscard]] int repeated() const {
    const std::lock_guard lock(mutex_);
    return repeated_;
  }

 private:
  mutable std::mutex mutex_;
  std::set<std::string> seen_;
  int repeated_ = 0;
};

TEST(Http2Soak, every_call_ends_once_and_no_write_is_done_twice) {
  const char* const told = std::getenv("WATS_SOAK_SECONDS");
  const std::chrono::seconds length(told == nullptr ? 5 : std::strtol(told, nullptr, 10));
  const testing::TestAuthority authority;
  Writes writes;
  std::atomic<unsigned> turn{0};
  const testing::ScriptedHttp2Server server(authority, [&](const Http2Request& request, Http2Stream& stream) {
    const unsigned now = turn++ % 31;
    // Refused means not processed: it may come again.
    if (now == 3) return stream.reset(refused_stream);
    writes.count(request);
    if (now == 5) return stream.reset(internal_error);
    if (now == 7) return stream.answer(500, "\"bad day\"");
    if (now == 11) return stream.keep_silent();
    if (now == 17) stream.go_away(no_error, true);
    if (now == 23) {
      stream.begin(200, {{"content-type", "application/json"}});
      stream.data("\"half");
      return stream.abort();
    }
    stream.answer(200, '"' + std::string(request.path.size() * 997 % 60'000, 'x') + '"');
  });

  std::mt19937 random(7);
  const auto pick = [&](unsigned n) { return std::uniform_int_distribution<unsigned>(0, n - 1)(random); };
  const auto end = std::chrono::steady_clock::now() + length;
  std::size_t files_early = 0;
  std::atomic<long> ended{0};
  long begun = 0;
  long once = 0;
  for (int round = 0; std::chrono::steady_clock::now() < end || round < 2; ++round) {
    BreakerSettings breaker;
    breaker.enabled = pick(2) == 0;
    breaker.open_for = 5ms;
    std::optional<Client> client(ClientOptions()
                                     .base_url(server.base_url())
                                     .ca_file(authority.ca_file())
                                     .token("abc")
                                     .timeout(300ms)
                                     .breaker(breaker)
                                     .no_cache());
    std::vector<std::stop_source> stops(8);
    for (int i = 0; i < 400; ++i) {
      RawRequest request("/read/" + std::string(pick(60), 'r'));
      if (pick(4) == 0) {
        request = RawRequest(Method::post, "/once/" + std::to_string(++once));
        // Some are larger than a window, and stall.
        request.body.assign(pick(3) == 0 ? 200'000 : 20, '1');
      }
      ++begun;
      client->raw()
          .send(std::move(request))
          .stop_on(stops[pick(8)].get_token())([&ended](const Result<Answer<RawAnswer>>&) { ++ended; });
      if (pick(40) == 0) std::exchange(stops[pick(8)], std::stop_source()).request_stop();
      if (pick(8) == 0) static_cast<void>(client->raw().get("/wait").get());
    }
    // With calls under way, or when they have ended.
    while (pick(2) == 0 && ended < begun) std::this_thread::yield();
    client.reset();
    ASSERT_EQ(ended, begun);
    if (round == 1) files_early = testing::open_files();
  }
  EXPECT_EQ(writes.repeated(), 0);
  EXPECT_GT(writes.seen(), 0U);
  // The server's sides of the last connections may still be closing.
  EXPECT_LE(testing::open_files(), files_early + 64);
  std::cout << begun << " calls, " << writes.seen() << " writes, " << server.connections()
            << " connections\n";
}

}  // namespace
}  // namespace wats
