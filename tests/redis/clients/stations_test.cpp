// Two clients that share a Redis: what one changes the other does not show for long, whatever becomes of
// Redis.
#include "tests/support/redis_server.hpp"
#include "tests/support/server_fixture.hpp"
#include "tests/support/shared_files.hpp"
#include "wats/cache_redis/redis_level.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace wats {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

/// What has been written, and when that was over.
class Truth {
 public:
  void finished(int version) {
    const std::lock_guard lock(mutex_);
    finished_.emplace_back(Steady::now(), version);
  }
  /// The newest that was over at a moment; 0: none.
  [[nodiscard]] int at(Steady::time_point moment) const {
    const std::lock_guard lock(mutex_);
    int newest = 0;
    for (const auto& [when, version] : finished_) {
      if (when <= moment) newest = version;
    }
    return newest;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::pair<Steady::time_point, int>> finished_;
};

class Stations : public testing::ServerFixture {
 protected:
  static constexpr std::size_t products = 4;
  static constexpr auto oldest = 300ms;
  /// The bound that is stated, and time for a machine that is busy.
  static constexpr auto bound = oldest + 1s;

  void SetUp() override {
    if (testing::RedisServer::program().empty()) {
      const std::string missing = "redis-server is not installed; Debian's package is redis-server";
      if (testing::shared_files_are_required()) FAIL() << missing << ", and WATS_REQUIRE_SHARED is set";
      GTEST_SKIP() << missing;
    }
    ServerFixture::SetUp();
    redis_.emplace();
  }

  [[nodiscard]] std::shared_ptr<cache::SecondLevel> level() const {
    cache::RedisSettings settings;
    settings.port = redis_->port();
    settings.site_key = "the secret of these tests";
    settings.oldest_while_away = oldest;
    auto level = cache::open_redis(std::move(settings));
    while (level->oldest_to_show()) std::this_thread::sleep_for(1ms);
    return level;
  }
  [[nodiscard]] Client station(std::shared_ptr<cache::SecondLevel> level) const {
    CacheSettings cache;
    cache.second_level = std::move(level);
    return Client(options().cache(std::move(cache)));
  }
  [[nodiscard]] static std::string name_of(std::size_t product) { return "PN-" + std::to_string(product); }
  /// What its description says; -1: the call failed.
  [[nodiscard]] static int version_of(const Client& client, std::size_t product) {
    const auto answer = client.products().find(name_of(product)).get();
    if (!answer) return -1;
    const auto& text = (*answer)->description;
    return text.has_value() ? std::stoi(*text) : 0;
  }

  std::optional<testing::RedisServer> redis_;
};

TEST_F(Stations, find_what_the_other_was_answered) {
  add_product("PN-0");
  const Client one = station(level());
  const Client other = station(level());
  // The first answer may still be on its way to Redis when the other asks.
  Origin origin = Origin::server;
  while (origin == Origin::server) {
    other.clear_cache();
    ASSERT_TRUE(one.products().find("PN-0").with({.cache = CacheMode::fresh}).get());
    origin = other.products().find("PN-0").value().provenance().origin;
  }
  EXPECT_EQ(origin, Origin::second_level);
  EXPECT_GT(other.stats().second_level()->found, 0U);
}

TEST_F(Stations, show_no_state_older_than_the_bound_while_redis_goes_and_comes_back) {
  std::vector<Product> records;
  for (std::size_t i = 0; i < products; ++i) records.push_back(add_product(name_of(i)));
  const auto first = level();
  const auto second = level();
  const Client writer = station(first);
  const Client reader = station(second);
  std::array<Truth, products> truth;
  std::atomic<bool> stop = false;
  std::atomic<int> failed = 0;
  std::atomic<int> own_stale = 0;
  std::atomic<int> stale = 0;
  std::atomic<int> reads = 0;

  std::thread writes([&] {
    for (int version = 1; !stop; ++version) {
      const std::size_t which = static_cast<std::size_t>(version) % products;
      records[which].description = std::to_string(version);
      if (!writer.products().update(records[which]).get()) ++failed;
      truth[which].finished(version);
      const int seen = version_of(writer, which);
      failed += seen < 0 ? 1 : 0;
      own_stale += seen >= 0 && seen < version ? 1 : 0;
      std::this_thread::sleep_for(10ms);
    }
  });
  std::thread looks([&] {
    for (std::size_t i = 0; !stop; ++i) {
      const std::size_t which = i % products;
      const int least = truth[which].at(Steady::now() - bound);
      const int seen = version_of(reader, which);
      failed += seen < 0 ? 1 : 0;
      stale += seen >= 0 && seen < least ? 1 : 0;
      ++reads;
      if (i % 64 == 0) std::this_thread::sleep_for(1ms);
    }
  });
  std::this_thread::sleep_for(500ms);
  redis_->stop();
  std::this_thread::sleep_for(2s);
  redis_->start();
  std::this_thread::sleep_for(2500ms);
  redis_->pause();
  std::this_thread::sleep_for(1500ms);
  redis_->resume();
  std::this_thread::sleep_for(2s);
  stop = true;
  writes.join();
  looks.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(own_stale, 0);
  EXPECT_EQ(stale, 0);
  EXPECT_GT(reads, 100);

  // Nobody writes any more, and Redis is back: one refresh, and all is answered from memory again.
  while (second->oldest_to_show()) std::this_thread::sleep_for(1ms);
  for (std::size_t i = 0; i < products; ++i) EXPECT_GE(version_of(reader, i), 0);
  for (std::size_t i = 0; i < products; ++i)
    EXPECT_EQ(reader.products().find(name_of(i)).value().provenance().origin, Origin::memory);
}

}  // namespace
}  // namespace wats
