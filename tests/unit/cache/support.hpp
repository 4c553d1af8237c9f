// What the tests of the cache share: a clock that moves by hand and a waiter that writes down what it is
// told.
#pragma once

#include "wats/cache/cache.hpp"

#include <chrono>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace wats::cache::test {

using namespace std::chrono_literals;

using IntCache = Cache<std::string, int>;

/// Outlives the caches that read it.
class FakeClock {
 public:
  FakeClock() = default;
  FakeClock(const FakeClock&) = delete;
  FakeClock& operator=(const FakeClock&) = delete;
  ~FakeClock() = default;

  [[nodiscard]] TimePoint now() const { return now_; }
  void advance(Duration by) { now_ += by; }
  [[nodiscard]] std::function<TimePoint()> function() const {
    return [this] { return now_; };
  }

 private:
  TimePoint now_{1h};
};

class Recorder final : public IntCache::Waiter {
 public:
  void landed(const IntCache::Landing& landing) noexcept override { landings.push_back(landing); }

  std::vector<IntCache::Landing> landings;
};

inline IntCache::Pointer number(int value) {
  return std::make_shared<const int>(value);
}

inline std::span<const Tag> one(const Tag& tag) {
  return {&tag, 1};
}

inline TagSet set_of(std::initializer_list<Tag> tags) {
  TagSet set;
  for (const Tag tag : tags) set.add(tag);
  return set;
}

inline StoreOptions tagged(std::initializer_list<Tag> tags) {
  StoreOptions options;
  options.tags = set_of(tags);
  return options;
}

}  // namespace wats::cache::test
