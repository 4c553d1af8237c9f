// What a C++ programmer writes in an afternoon: unordered_map, list and one mutex.
#include "bench/scenarios/cache_hit/rival.hpp"

#include <list>
#include <mutex>
#include <string_view>
#include <unordered_map>

namespace bench {
namespace {

class MutexLru {
 public:
  explicit MutexLru(std::size_t capacity) : capacity_(capacity) {}

  Pointer find(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto found = map_.find(key);
    if (found == map_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->value;
  }
  void put(const std::string& key, Pointer value) {
    // What goes is destroyed without the lock.
    std::list<Entry> gone;
    const std::lock_guard lock(mutex_);
    if (const auto found = map_.find(key); found != map_.end()) {
      found->second->value.swap(value);
      entries_.splice(entries_.begin(), entries_, found->second);
      return;
    }
    entries_.emplace_front(key, std::move(value));
    map_.emplace(entries_.front().key, entries_.begin());
    if (map_.size() > capacity_) {
      map_.erase(entries_.back().key);
      gone.splice(gone.begin(), entries_, std::prev(entries_.end()));
    }
  }
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return map_.size();
  }

 private:
  struct Entry {
    Entry(const std::string& own_key, Pointer own_value) : key(own_key), value(std::move(own_value)) {}
    std::string key;
    Pointer value;
  };

  std::size_t capacity_;
  std::mutex mutex_;
  std::list<Entry> entries_;
  std::unordered_map<std::string_view, std::list<Entry>::iterator> map_;
};

}  // namespace

Kind mutex_lru() {
  return {.name = "mutex_lru",
          .package = nullptr,
          .evicts = true,
          .has_gaps = false,
          .make = make_rival<MutexLru>};
}

}  // namespace bench
