// What a cache hit costs, beside the least that a C++ programmer would write: a mutex around a hash map.
#include "wats/cache/cache.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <random>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

namespace {

// While a process has one thread, libstdc++ leaves out the atomics of shared_ptr and the mutexes are cheaper:
// a program that needs a cache has several.
class MultiThreaded {
 private:
  std::atomic<bool> over_{false};
  std::jthread other_{[this](const std::stop_token&) { over_.wait(false); }};

 public:
  ~MultiThreaded() {
    over_ = true;
    over_.notify_all();
  }
};
const MultiThreaded multi_threaded;

class Value {
 public:
  explicit Value(std::size_t number) : id(number) {}
  std::size_t id;
};
using Pointer = std::shared_ptr<const Value>;

std::string key_of(std::size_t number) {
  std::string text = std::to_string(number);
  return "/api/product/PN-" + std::string(8 - std::min<std::size_t>(8, text.size()), '0') + text +
         "/line-3/station";
}

class Keys {
 public:
  explicit Keys(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) keys_.push_back(key_of(i));
    // Drawn beforehand: the generator is not what is measured.
    std::mt19937_64 random(42);
    for (std::size_t i = 0; i < steps; ++i) order_.push_back(static_cast<std::uint32_t>(random() % count));
  }
  [[nodiscard]] std::size_t draw(std::size_t step) const { return order_[step % steps]; }
  [[nodiscard]] const std::string& operator[](std::size_t number) const { return keys_[number]; }
  [[nodiscard]] std::size_t size() const { return keys_.size(); }

 private:
  static constexpr std::size_t steps = std::size_t{1} << 18U;
  std::vector<std::string> keys_;
  std::vector<std::uint32_t> order_;
};

class WatsCache {
 public:
  explicit WatsCache(const Keys& keys) {
    for (std::size_t i = 0; i < keys.size(); ++i) put(keys, i);
    // Makes hits look at their tags, as in a program in which something changes now and then; what shared its
    // slot has to be stored again.
    cache_.invalidate(wats::cache::Tag("something else"));
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (!find(keys[i])) put(keys, i);
    }
  }
  Pointer find(const std::string& key) { return cache_.find(std::string_view(key)).value; }

 private:
  void put(const Keys& keys, std::size_t number) {
    wats::cache::StoreOptions options;
    options.tags.add(wats::cache::Tag("product"));
    options.tags.add(wats::cache::Tag("product", keys[number]));
    cache_.put(keys[number], std::make_shared<const Value>(number), options);
  }

  wats::cache::Cache<std::string, Value> cache_{
      {.max_entries = 1'000'000, .max_bytes = std::size_t{1} << 30U, .shards = 16}};
};

class MutexAroundMap {
 public:
  explicit MutexAroundMap(const Keys& keys) {
    for (std::size_t i = 0; i < keys.size(); ++i) map_.emplace(keys[i], std::make_shared<const Value>(i));
  }
  Pointer find(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto found = map_.find(key);
    return found == map_.end() ? nullptr : found->second;
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, Pointer> map_;
};

// Both rivals of one size exist once for all threads and repetitions.
template <class Rival>
class Scene {
 public:
  explicit Scene(std::size_t count) : keys(count), rival(keys) {}
  Keys keys;
  Rival rival;

  static Scene& of(std::size_t count) {
    static std::mutex mutex;
    static std::unordered_map<std::size_t, std::unique_ptr<Scene>> scenes;
    const std::lock_guard lock(mutex);
    auto& scene = scenes[count];
    if (!scene) scene = std::make_unique<Scene>(count);
    return *scene;
  }
};

template <class Rival>
void hit(benchmark::State& state) {
  auto& scene = Scene<Rival>::of(static_cast<std::size_t>(state.range(0)));
  std::size_t step = static_cast<std::size_t>(state.thread_index()) * 1000;
  std::size_t wrong = 0;
  for ([[maybe_unused]] auto each : state) {
    const std::size_t number = scene.keys.draw(step++);
    const Pointer value = scene.rival.find(scene.keys[number]);
    wrong += !value || value->id != number ? 1 : 0;
  }
  if (wrong != 0) state.SkipWithError("a hit gave the wrong value");
}

// Wall time of one thread; with two threads it would stay the same if they did not disturb each other.
BENCHMARK(hit<WatsCache>)->Arg(1000)->Arg(100'000)->ThreadRange(1, 2)->UseRealTime();
BENCHMARK(hit<MutexAroundMap>)->Arg(1000)->Arg(100'000)->ThreadRange(1, 2)->UseRealTime();

}  // namespace
