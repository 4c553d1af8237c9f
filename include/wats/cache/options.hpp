// What a cache is told when it is made, when something is looked up and when something is stored.
#pragma once

#include "wats/cache/clock.hpp"
#include "wats/cache/tags.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

namespace wats::cache {

/// What has to go when there is no room.
enum class Policy : std::uint8_t {
  /// What was used least recently.
  lru,
  /// As SIEVE has it (NSDI 2024): the oldest of what was not used since it was last looked at.
  sieve,
  /// As S3-FIFO has it (SOSP 2023): soonest what was used once only.
  s3_fifo,
};

struct Options {
  std::size_t max_entries = 10'000;
  /// Bytes of values, keys and the cache's own bookkeeping together.
  std::size_t max_bytes = std::size_t{32} << 20U;
  /// How long a value is fresh, counted from when its load began, unless it is stored with a time of its own.
  Duration ttl = std::chrono::hours(1);
  Policy policy = Policy::lru;
  /// Independently locked parts, rounded up to a power of two; 0: 1 below 1024 entries, else 16. With 1 the
  /// policy chooses among all entries, with more among those of one part.
  std::size_t shards = 0;
  /// The monotonic clock; empty: coarse_steady_now. Called from any thread, also under a lock: it must not
  /// block.
  std::function<TimePoint()> now = nullptr;
  /// See TagTable.
  std::size_t tag_slots = 65536;
};

struct LookupOptions {
  /// An entry this old or older is not good enough; 0: nothing stored is, only a load under way may be
  /// joined.
  std::optional<Duration> max_age = std::nullopt;
  /// false: a lookup that finds nothing is not counted: for who goes on with find_or_join().
  bool count_miss = true;
  /// false: starts a load of its own even if one is under way.
  bool join = true;
};

/// Beware of GCC 12: it destroys a temporary of this type twice in a full expression that has a co_await.
struct StoreOptions {
  /// Unset: the cache's ttl. Zero or less: not stored.
  std::optional<Duration> ttl = std::nullopt;
  /// What the value weighs, without key and bookkeeping; 0: sizeof(Value).
  std::size_t bytes = 0;
  /// Added to the tags that were known before the load.
  TagSet tags = {};
  /// false: handed to everybody who waits, but not stored.
  bool keep = true;
};

}  // namespace wats::cache
