// What the tests of the level on Redis share: a server, settings, a listener that writes down what it is
// told.
#pragma once

#include "tests/support/redis_server.hpp"
#include "tests/support/shared_files.hpp"
#include "wats/cache_redis/redis_level.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace wats::cache::test {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

/// Far beyond anything that is waited for.
inline constexpr std::chrono::seconds ample(30);

inline constexpr Tag product("product", "PN-7");
inline constexpr Tag unit("unit", "SN-1");

/// Looks until it holds; false: it did not within ample time.
inline bool comes_true(const std::function<bool()>& holds) {
  for (const auto limit = Steady::now() + ample; !holds();) {
    if (Steady::now() > limit) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

class Ear final : public ChangeListener {
 public:
  class Change {
   public:
    std::vector<Tag> tags;
    bool all = false;
    Duration settling{0};
    Steady::time_point at;
  };

  void changed(std::span<const Tag> tags, Duration settling) noexcept override {
    add({{tags.begin(), tags.end()}, false, settling, Steady::now()});
  }
  void changed_all(Duration settling) noexcept override { add({{}, true, settling, Steady::now()}); }

  [[nodiscard]] std::vector<Change> heard() const {
    const std::lock_guard lock(mutex_);
    return changes_;
  }
  /// Waits for it.
  [[nodiscard]] std::optional<Change> hears(Tag tag) {
    return wait_for([tag](const Change& change) {
      return std::find(change.tags.begin(), change.tags.end(), tag) != change.tags.end();
    });
  }
  [[nodiscard]] std::optional<Change> hears_of_all() {
    return wait_for([](const Change& change) { return change.all; });
  }
  void forget() {
    const std::lock_guard lock(mutex_);
    changes_.clear();
  }

 private:
  void add(Change change) {
    {
      const std::lock_guard lock(mutex_);
      changes_.push_back(std::move(change));
    }
    more_.notify_all();
  }
  std::optional<Change> wait_for(const std::function<bool(const Change&)>& wanted) {
    std::unique_lock lock(mutex_);
    std::optional<Change> found;
    more_.wait_for(lock, ample, [&] {
      for (const auto& change : changes_) {
        if (wanted(change)) found = change;
      }
      return found.has_value();
    });
    return found;
  }

  mutable std::mutex mutex_;
  std::condition_variable more_;
  std::vector<Change> changes_;
};

class OnRedis : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::RedisServer::program().empty()) {
      server_.emplace();
      return;
    }
    const std::string missing = "redis-server is not installed; Debian's package is redis-server";
    if (testing::shared_files_are_required()) FAIL() << missing << ", and WATS_REQUIRE_SHARED is set";
    GTEST_SKIP() << missing;
  }

  /// With time for a machine that is busy.
  [[nodiscard]] RedisSettings settings() const {
    RedisSettings settings;
    settings.port = server_->port();
    settings.site_key = "the secret of these tests";
    settings.time_limit = 500ms;
    return settings;
  }
  /// Connected.
  [[nodiscard]] std::shared_ptr<SecondLevel> open() const { return open(settings()); }
  [[nodiscard]] static std::shared_ptr<SecondLevel> open(RedisSettings settings) {
    auto level = open_redis(std::move(settings));
    EXPECT_TRUE(is_available(*level));
    return level;
  }
  [[nodiscard]] static bool is_available(const SecondLevel& level) {
    return comes_true([&] { return level.stats().is_available; });
  }
  [[nodiscard]] static bool is_away(const SecondLevel& level) {
    return comes_true([&] { return !level.stats().is_available; });
  }

  [[nodiscard]] static std::optional<Record> find(SecondLevel& level, const std::string& key) {
    const auto answer = std::make_shared<std::promise<std::optional<Record>>>();
    auto found = answer->get_future();
    level.find(key, [answer](std::optional<Record> record) { answer->set_value(std::move(record)); });
    if (found.wait_for(ample) != std::future_status::ready) {
      ADD_FAILURE() << "a find is never answered";
      return {};
    }
    return found.get();
  }
  [[nodiscard]] static Record record(std::string bytes, std::initializer_list<Tag> tags = {}) {
    Record record;
    record.bytes = std::move(bytes);
    record.born = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    record.ttl = 60s;
    record.kept_stale = 60s;
    record.tags = tags;
    return record;
  }
  /// Stored, as loaded just now, when this returns. Loads are repeated as their callers would: one that began
  /// before the level had heard all changes is not kept.
  static void keep(SecondLevel& level, const std::string& key, const Record& record) {
    EXPECT_TRUE(comes_true([&] {
      level.store(key, record, level.stamp());
      return find(level, key).has_value();
    })) << key;
  }
  /// When it has heard all there is up to now.
  void synchronize(SecondLevel& level) const {
    const Stamp now = level.stamp();
    const auto other = open();
    other->changed(std::vector{Tag("only", "to be heard")}, 0s, nullptr);
    EXPECT_TRUE(comes_true([&] { return level.stamp() > now; }));
  }

  [[nodiscard]] static std::vector<Tag> one(Tag tag) { return {tag}; }

  std::optional<testing::RedisServer> server_;
};

}  // namespace wats::cache::test
