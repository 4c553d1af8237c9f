// RocksDB's block caches, each entry counted as 1 so that the capacity is a number of entries; 16 shards, as
// ours has. The value is a shared pointer on the heap, since they know void* only.
#include "bench/scenarios/cache_hit/rival.hpp"

#ifdef WATS_WITH_ROCKSDB

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <rocksdb/cache.h>
#include <rocksdb/slice.h>

namespace bench {
namespace {

constexpr int shard_bits = 4;

class RocksCache {
 public:
  Pointer find(const rocksdb::Slice& key) {
    rocksdb::Cache::Handle* const handle = cache_->Lookup(key);
    if (handle == nullptr) return nullptr;
    Pointer value = *static_cast<const Pointer*>(cache_->Value(handle));
    cache_->Release(handle);
    return value;
  }
  void insert(const rocksdb::Slice& key, Pointer value) {
    const auto deleter = [](const rocksdb::Slice&, void* dead) { delete static_cast<Pointer*>(dead); };
    const auto status = cache_->Insert(key, new Pointer(std::move(value)), 1, deleter);
    if (status.ok()) return;
    std::fprintf(stderr, "RocksDB refuses: %s\n", status.ToString().c_str());
    std::exit(1);
  }
  void erase(const rocksdb::Slice& key) { cache_->Erase(key); }
  [[nodiscard]] std::size_t size() const { return cache_->GetUsage(); }

 protected:
  explicit RocksCache(std::shared_ptr<rocksdb::Cache> cache) : cache_(std::move(cache)) {}

 private:
  std::shared_ptr<rocksdb::Cache> cache_;
};

class RocksLru : private RocksCache {
 public:
  explicit RocksLru(std::size_t capacity)
      : RocksCache(rocksdb::NewLRUCache(capacity, shard_bits, false, 0.0, nullptr,
                                        rocksdb::kDefaultToAdaptiveMutex,
                                        rocksdb::kDontChargeCacheMetadata)) {}
  Pointer find(const std::string& key) { return RocksCache::find(key); }
  void put(const std::string& key, Pointer value) { insert(key, std::move(value)); }
  using RocksCache::size;
};

/// It takes keys of 16 bytes only, and in this version an insertion does not replace what is there. So a hash
/// of the string stands for it and is never compared with it, which a program could not do: for the
/// benchmark it is the least that can be asked.
class HyperClock : private RocksCache {
 public:
  explicit HyperClock(std::size_t capacity)
      : RocksCache(rocksdb::HyperClockCacheOptions(capacity, 1, shard_bits, false, nullptr,
                                                   rocksdb::kDontChargeCacheMetadata)
                       .MakeSharedCache()) {}
  Pointer find(const std::string& key) {
    const Short hash(key);
    return RocksCache::find(hash.slice());
  }
  void put(const std::string& key, Pointer value) {
    const Short hash(key);
    erase(hash.slice());
    insert(hash.slice(), std::move(value));
  }
  using RocksCache::size;

 private:
  class Short {
   public:
    explicit Short(const std::string& key) {
      const std::uint64_t hash = std::hash<std::string>{}(key);
      const std::array<std::uint64_t, 2> words = {hash, hash * 0x9e3779b97f4a7c15U};
      std::memcpy(bytes_.data(), words.data(), bytes_.size());
    }
    [[nodiscard]] rocksdb::Slice slice() const { return {bytes_.data(), bytes_.size()}; }

   private:
    std::array<char, 16> bytes_{};
  };
};

constexpr auto make_lru = make_rival<RocksLru>;
constexpr auto make_hyper_clock = make_rival<HyperClock>;

}  // namespace
}  // namespace bench

#else

namespace bench {
namespace {
constexpr std::unique_ptr<Rival> (*make_lru)(std::size_t) = nullptr;
constexpr std::unique_ptr<Rival> (*make_hyper_clock)(std::size_t) = nullptr;
}  // namespace
}  // namespace bench

#endif

namespace bench {

Kind rocksdb_lru() {
  return {.name = "rocksdb_lru",
          .package = "librocksdb-dev",
          .evicts = true,
          .has_gaps = false,
          .make = make_lru};
}

Kind rocksdb_hyper_clock() {
  return {.name = "hyper_clock",
          .package = "librocksdb-dev",
          .evicts = true,
          .has_gaps = true,
          .make = make_hyper_clock};
}

}  // namespace bench
