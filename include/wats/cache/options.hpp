// What a cache is told when it is made, when something is looked up and when something is stored.
#pragma once

#include "wats/cache/clock.hpp"
#include "wats/cache/runner.hpp"
#include "wats/cache/tags.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
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

/// What is shown and done when a value is no longer fresh. An entry whose tags were invalidated is never
/// shown again, whatever is said here.
struct Staleness {
  /// So long after its time a value is still given at once, while a load behind refreshes it.
  Duration while_revalidate{0};
  /// So long after its time a value is given when its load fails or takes longer than soft_timeout.
  Duration if_error{0};
  /// So long after its time a value stored with StoreOptions::to_validate is kept, for who looks at it to
  /// have it confirmed instead of loaded.
  Duration to_validate{0};
  /// From this part of its time to live on a fresh value that is asked for is refreshed behind; 0: never.
  double eager_refresh = 0;
  /// A caller who could be given a stale value waits so long for the new one; the load goes on behind.
  /// Zero: as long as it takes. With one of the two timeouts every load of a blocking get() is done by the
  /// runner.
  Duration soft_timeout{0};
  /// So long a caller waits in any case; then it fails, and the load goes on behind. Zero: as long as it
  /// takes.
  Duration hard_timeout{0};
  /// After a refresh failed the next one waits so long, twice as long each time, up to the longest.
  Duration back_off = std::chrono::seconds(1);
  Duration longest_back_off = std::chrono::minutes(1);

  /// How long after its time a value is kept; *can_be_validated*: one that StoreOptions::to_validate is for.
  [[nodiscard]] Duration kept(bool can_be_validated = true) const noexcept {
    const Duration shown = while_revalidate > if_error ? while_revalidate : if_error;
    return can_be_validated && to_validate > shown ? to_validate : shown;
  }
};

/// Negative durations count as zero, and those over 50 years as 50 years.
struct Options {
  std::size_t max_entries = 10'000;
  /// Bytes of values, keys and the cache's own bookkeeping together. No entry may weigh 4 GiB.
  std::size_t max_bytes = std::size_t{32} << 20U;
  /// How long a value is fresh, counted from when its load began, unless it is stored with a time of its own;
  /// at most 200 years.
  Duration ttl = std::chrono::hours(1);
  /// Each value lives up to this part of its time to live shorter, by chance, so that what was stored
  /// together does not expire together: 0 to 1.
  double jitter = 0;
  /// What nobody asked for during this time expires; zero: never. Another 8 bytes an entry.
  Duration idle_ttl{0};
  /// How long it is remembered, at most, that there is no value: that a null pointer was loaded or put. Zero:
  /// not at all.
  Duration negative_ttl{0};
  Staleness stale = {};
  Policy policy = Policy::lru;
  /// Independently locked parts, rounded up to a power of two; 0: 1 below 1024 entries, else 16. With 1 the
  /// policy chooses among all entries, with more among those of one part.
  std::size_t shards = 0;
  /// The monotonic clock; empty: coarse_steady_now. Called from any thread, also under a lock: it must not
  /// block.
  std::function<TimePoint()> now = nullptr;
  /// Does what nobody waits for; empty: make_thread_runner(), when it is needed first.
  std::shared_ptr<Runner> runner = nullptr;
  /// See TagTable.
  std::size_t tag_slots = 65536;
};

struct LookupOptions {
  /// An entry this old or older is not good enough; 0: nothing stored is, only a load under way may be
  /// joined.
  std::optional<Duration> max_age = std::nullopt;
  /// What expired less than this ago is good enough too; at most what Options::stale keeps.
  Duration max_stale{0};
  /// false: a lookup that finds nothing is not counted: for who goes on with find_or_join().
  bool count_miss = true;
  /// false: starts a load of its own even if one is under way.
  bool join = true;
};

/// Beware of GCC 12: it destroys a temporary of this type twice in a full expression that has a co_await.
struct StoreOptions {
  /// Unset: what Hooks::ttl or Options say. Zero or less: not stored.
  std::optional<Duration> ttl = std::nullopt;
  /// What the value weighs, without key and bookkeeping; 0: what Hooks::weigh says.
  std::size_t bytes = 0;
  /// Added to the tags that were known before the load.
  TagSet tags = {};
  /// So long ago the value was true already when its load began here: for what another store had kept. Its
  /// time to live counts from then on.
  Duration age{0};
  /// It can be confirmed later: kept for Staleness::to_validate.
  bool to_validate = false;
  /// For put(): the stamp taken when the value was asked for; unset: it is true now.
  std::optional<Stamp> since = std::nullopt;
  /// For put(): when that was, by the cache's clock. What was asked for while one of its tags was settling is
  /// not stored, however late it comes.
  std::optional<TimePoint> began = std::nullopt;
  /// false: handed to everybody who waits, but not stored; what was stored before goes.
  bool keep = true;
  /// Its time was over where it comes from: handed on as such, and nothing is stored or goes.
  bool is_stale = false;
};

}  // namespace wats::cache
