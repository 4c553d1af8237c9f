// What is compared: shared maps of strings to shared values, and the loops that ask them.
#pragma once

#include "bench/scenarios/cache_hit/load.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace bench {

/// One thread's share of a run.
struct Work {
  const Keys& keys;
  /// Which key is asked for at each step; begun again from the front at the end. A power of two of them.
  std::span<const std::uint32_t> draws;
  std::size_t first_step;
  std::size_t operations;
  /// Each so many-th operation is a put of the key instead; 0: none.
  std::size_t write_every;
};

/// What a run found besides the right values.
struct Tally {
  std::size_t missed = 0;
  std::size_t wrong = 0;
};

/// *Thread safety*: any number of threads.
class Rival {
 public:
  Rival() = default;
  Rival(const Rival&) = delete;
  Rival& operator=(const Rival&) = delete;
  virtual ~Rival() = default;

  [[nodiscard]] virtual Tally run(const Work& work) = 0;
  /// Before each run, not timed, when all of *keys* are there.
  virtual void prepare(const Keys& keys) = 0;
  /// Puts a value under each key, numbered from *first*.
  virtual void fill(std::span<const std::string> keys, std::uint64_t first) = 0;
  /// A value under this key, in place of what is there.
  virtual void put(const std::string& key, std::uint64_t id) = 0;
  [[nodiscard]] virtual Pointer find(const std::string& key) = 0;
  [[nodiscard]] virtual std::size_t size() = 0;
};

/// The loops are compiled for each store: no virtual call an operation. A store has find(key), put(key,
/// value), size(), and prepare(keys) if it wants to.
template <class Store>
class RivalOf final : public Rival {
 public:
  explicit RivalOf(std::size_t capacity) : store_(capacity) {}

  Tally run(const Work& work) override {
    Tally tally;
    std::size_t until_write = work.write_every;
    for (std::size_t i = 0; i < work.operations; ++i) {
      const std::uint32_t number = work.draws[(work.first_step + i) & (work.draws.size() - 1)];
      if (work.write_every != 0 && --until_write == 0) {
        until_write = work.write_every;
        store_.put(work.keys[number], make_value(number));
        continue;
      }
      const Pointer value = store_.find(work.keys[number]);
      if (!value) {
        ++tally.missed;
      } else if (value->id() != number) {
        ++tally.wrong;
      }
    }
    return tally;
  }
  void prepare(const Keys& keys) override {
    if constexpr (requires { store_.prepare(keys); }) store_.prepare(keys);
  }
  void fill(std::span<const std::string> keys, std::uint64_t first) override {
    for (const auto& key : keys) store_.put(key, make_value(first++));
  }
  void put(const std::string& key, std::uint64_t id) override { store_.put(key, make_value(id)); }
  Pointer find(const std::string& key) override { return store_.find(key); }
  std::size_t size() override { return store_.size(); }

 private:
  Store store_;
};

/// One of those compared.
struct Kind {
  const char* name;
  /// The Debian package it comes from; nothing: always there.
  const char* package;
  bool evicts;
  /// A put is a removal and an insertion, between which others find nothing.
  bool has_gaps;
  bool is_ours = false;
  /// For so many entries; nullptr: the package was missing when this was built.
  std::unique_ptr<Rival> (*make)(std::size_t capacity);
};

template <class Store>
std::unique_ptr<Rival> make_rival(std::size_t capacity) {
  return std::make_unique<RivalOf<Store>>(capacity);
}

// With TTL, two tags an entry and statistics; SIEVE, as the client has it, and LRU.
[[nodiscard]] Kind cppwats();
[[nodiscard]] Kind cppwats_lru();
// unordered_map, list and one mutex.
[[nodiscard]] Kind mutex_lru();
// RocksDB's block caches.
[[nodiscard]] Kind rocksdb_lru();
[[nodiscard]] Kind rocksdb_hyper_clock();
// tbb::concurrent_hash_map, which keeps everything.
[[nodiscard]] Kind tbb_hash_map();

}  // namespace bench
