// What the tests of the disk level share: a clock that moves by hand, a level that is asked and waited for.
#pragma once

#include "tests/support/temporary_folder.hpp"
#include "wats/cache_disk/disk_level.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wats::cache::test {

using namespace std::chrono_literals;

/// *Thread safety*: any thread.
class WallClock {
 public:
  [[nodiscard]] WallTime now() const { return WallTime{std::chrono::milliseconds{now_}}; }
  void advance(std::chrono::milliseconds by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_{1'800'000'000'000};
};

/// What was reported. *Thread safety*: any thread.
class Reports {
 public:
  void add(std::string_view line) {
    const std::lock_guard lock(mutex_);
    lines_.emplace_back(line);
  }
  [[nodiscard]] std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

/// Writes down what it hears.
class Ear final : public ChangeListener {
 public:
  void changed(std::span<const Tag> tags, Duration settling) noexcept override {
    const std::lock_guard lock(mutex_);
    for (const Tag tag : tags) heard_.emplace_back(tag.hash(), settling);
  }
  void changed_all(Duration settling) noexcept override {
    const std::lock_guard lock(mutex_);
    heard_.emplace_back(0, settling);
  }
  using Heard = std::vector<std::pair<std::uint64_t, Duration>>;
  [[nodiscard]] Heard heard() const {
    const std::lock_guard lock(mutex_);
    return heard_;
  }

 private:
  mutable std::mutex mutex_;
  Heard heard_;
};

inline std::optional<Record> find(SecondLevel& level, std::string key) {
  std::promise<std::optional<Record>> found;
  auto answer = found.get_future();
  level.find(std::move(key), [&found](std::optional<Record> record) { found.set_value(std::move(record)); });
  return answer.get();
}

/// The body under a key, "-" without one.
inline std::string body(SecondLevel& level, std::string key) {
  const auto record = find(level, std::move(key));
  return record ? record->bytes : "-";
}

/// Until everything given before is done.
inline void settle(SecondLevel& level) {
  static_cast<void>(find(level, "no such key"));
}

inline void change(SecondLevel& level, Tag tag, Duration settling = 0s,
                   const ChangeListener* from = nullptr) {
  level.changed({&tag, 1}, settling, from);
}

/// A folder, a clock, and levels over them.
class Place {
 public:
  [[nodiscard]] DiskSettings settings() {
    DiskSettings settings(path());
    settings.wall_now = [this] { return clock.now(); };
    settings.report = [this](std::string_view line) { reports.add(line); };
    return settings;
  }
  [[nodiscard]] std::shared_ptr<SecondLevel> open() { return open_disk(settings()); }
  [[nodiscard]] std::filesystem::path path() const { return folder.path() / "answers"; }
  [[nodiscard]] std::filesystem::path file() const { return path() / "answers.db"; }

  [[nodiscard]] Record record(std::string bytes, std::initializer_list<Tag> tags = {}) const {
    Record record;
    record.bytes = std::move(bytes);
    record.born = clock.now();
    record.ttl = 1min;
    record.kept_stale = 1h;
    record.tags = tags;
    return record;
  }
  void put(SecondLevel& level, std::string key, std::string bytes,
           std::initializer_list<Tag> tags = {}) const {
    level.store(std::move(key), record(std::move(bytes), tags), level.stamp());
  }

  testing::TemporaryFolder folder;
  WallClock clock;
  Reports reports;
};

}  // namespace wats::cache::test
