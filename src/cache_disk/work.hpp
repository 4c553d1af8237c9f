// What a level and its thread share; it outlives the level where its own thread lets that go.
#pragma once

#include "src/cache_disk/requests.hpp"
#include "wats/cache_disk/disk_level.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace wats::cache::detail {

class Counters {
 public:
  std::atomic<std::uint64_t> found{0};
  std::atomic<std::uint64_t> missed{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> failed{0};
  std::atomic<std::uint64_t> stored{0};
  std::atomic<std::uint64_t> dropped{0};
  std::atomic<std::uint64_t> told{0};
  std::atomic<std::uint64_t> heard{0};
  std::atomic<std::uint64_t> entries{0};
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<bool> is_available{false};
};

/// *Thread safety*: any thread.
class Listeners {
 public:
  void add(std::weak_ptr<ChangeListener> listener) {
    const std::lock_guard lock(mutex_);
    std::erase_if(listeners_, [](const auto& each) { return each.expired(); });
    listeners_.push_back(std::move(listener));
  }
  [[nodiscard]] std::vector<std::shared_ptr<ChangeListener>> but(const ChangeListener* from) const {
    std::vector<std::shared_ptr<ChangeListener>> others;
    const std::lock_guard lock(mutex_);
    for (const auto& each : listeners_) {
      auto listener = each.lock();
      if (listener && listener.get() != from) others.push_back(std::move(listener));
    }
    return others;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::weak_ptr<ChangeListener>> listeners_;
};

class Work {
 public:
  explicit Work(DiskSettings given) : settings(std::move(given)) {}

  const DiskSettings settings;
  TagTable table;
  Requests requests;
  Listeners listeners;
  Counters counters;
};

}  // namespace wats::cache::detail
