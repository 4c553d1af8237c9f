// A second level in memory, for tests: does what it is told, notes what it was asked, and can be slow.
#pragma once

#include "wats/cache/second_level.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wats::testing {

class MemoryLevel final : public cache::SecondLevel {
 public:
  [[nodiscard]] std::string identity(std::string_view secret) const override {
    return std::to_string(std::hash<std::string_view>()(secret));
  }
  [[nodiscard]] cache::Duration patience() const noexcept override { return patience_.load(); }
  [[nodiscard]] std::optional<cache::Duration> oldest_to_show() const noexcept override {
    const auto limit = oldest_.load();
    return limit > limit.zero() ? std::optional(limit) : std::nullopt;
  }
  [[nodiscard]] cache::Stamp stamp() const noexcept override { return tags_.stamp(); }

  void find(std::string key, Found found) override {
    std::optional<cache::Record> record;
    {
      const std::lock_guard lock(mutex_);
      ++stats_.missed;
      if (holds_) {
        held_.push_back(std::move(found));
        return;
      }
      if (const auto at = records_.find(key); at != records_.end()) {
        --stats_.missed;
        ++stats_.found;
        record = at->second;
      }
    }
    found(std::move(record));
  }
  void store(std::string key, cache::Record record, cache::Stamp since) override {
    const std::lock_guard lock(mutex_);
    if (tags_.changed_since(record.tags, since)) {
      ++stats_.dropped;
      return;
    }
    ++stats_.stored;
    records_.insert_or_assign(std::move(key), std::move(record));
  }
  void erase(std::string key) override {
    const std::lock_guard lock(mutex_);
    records_.erase(key);
  }
  void changed(std::span<const cache::Tag> tags, cache::Duration settling,
               const cache::ChangeListener* from) override {
    tags_.invalidate(tags);
    {
      const std::lock_guard lock(mutex_);
      std::erase_if(records_, [&](const auto& each) {
        return std::any_of(tags.begin(), tags.end(), [&](cache::Tag tag) {
          return std::find(each.second.tags.begin(), each.second.tags.end(), tag) != each.second.tags.end();
        });
      });
    }
    if (on_change) on_change();
    for (const auto& each : others(from)) each->changed(tags, settling);
  }
  void changed_all(cache::Duration settling, const cache::ChangeListener* from) override {
    tags_.invalidate_all();
    {
      const std::lock_guard lock(mutex_);
      records_.clear();
    }
    for (const auto& each : others(from)) each->changed_all(settling);
  }
  void listen(std::weak_ptr<cache::ChangeListener> listener) override {
    const std::lock_guard lock(mutex_);
    listeners_.push_back(std::move(listener));
  }
  [[nodiscard]] cache::SecondLevelStats stats() const override {
    const std::lock_guard lock(mutex_);
    cache::SecondLevelStats stats = stats_;
    stats.entries = records_.size();
    return stats;
  }

  // For tests.
  /// Makes every record so much older.
  void age(std::chrono::milliseconds by) {
    edit([by](cache::Record& record) { record.born -= by; });
  }
  void edit(const std::function<void(cache::Record&)>& change) {
    const std::lock_guard lock(mutex_);
    for (auto& [key, record] : records_) change(record);
  }
  [[nodiscard]] std::vector<std::string> keys() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> keys;
    for (const auto& [key, record] : records_) keys.push_back(key);
    return keys;
  }
  /// From now on finds are not answered.
  void hold() {
    const std::lock_guard lock(mutex_);
    holds_ = true;
  }
  /// How many wait for an answer.
  [[nodiscard]] std::size_t held() const {
    const std::lock_guard lock(mutex_);
    return held_.size();
  }
  /// Answers those who wait, and all who come.
  void release(const std::optional<cache::Record>& record) {
    std::vector<Found> held;
    {
      const std::lock_guard lock(mutex_);
      holds_ = false;
      held.swap(held_);
    }
    for (const auto& found : held) found(record);
  }
  /// Any of the records.
  [[nodiscard]] cache::Record any() const {
    const std::lock_guard lock(mutex_);
    return records_.begin()->second;
  }
  void set_patience(cache::Duration limit) { patience_ = limit; }
  void set_oldest(cache::Duration limit) { oldest_ = limit; }

  /// Called when a change has been taken in; set before anybody changes anything.
  std::function<void()> on_change;

 private:
  [[nodiscard]] std::vector<std::shared_ptr<cache::ChangeListener>> others(
      const cache::ChangeListener* from) const {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<cache::ChangeListener>> all;
    for (const auto& weak : listeners_) {
      if (auto each = weak.lock(); each && each.get() != from) all.push_back(std::move(each));
    }
    return all;
  }

  cache::TagTable tags_;
  std::atomic<cache::Duration> patience_{std::chrono::seconds(10)};
  std::atomic<cache::Duration> oldest_{cache::Duration::zero()};
  mutable std::mutex mutex_;  // guards what follows
  std::map<std::string, cache::Record> records_;
  std::vector<std::weak_ptr<cache::ChangeListener>> listeners_;
  cache::SecondLevelStats stats_;
  bool holds_ = false;
  std::vector<Found> held_;
};

}  // namespace wats::testing
