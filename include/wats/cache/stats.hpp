// What a cache has done since it was made.
#pragma once

#include "wats/cache/clock.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace wats::cache {

/// Why an entry left the cache. expired: its time to live, or since it was used last.
enum class Cause : std::uint8_t { capacity, expired, invalidated, replaced, erased, cleared };
inline constexpr std::size_t cause_count = 6;

struct Removed {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
};

/// Exact counts: each event is counted once, and inserts - all removed entries == entries in every snapshot.
/// The parts of the cache are read one after the other, not at one instant.
struct Stats {
  /// Lookups answered from a stored value that was fresh, from one that was not, and from knowing that there
  /// is none.
  std::uint64_t fresh = 0;
  std::uint64_t stale = 0;
  std::uint64_t negative = 0;
  /// Lookups that joined a load under way.
  std::uint64_t joined = 0;
  /// Lookups that found nothing good enough: fresh, stale, negative, joined and these are all there were.
  std::uint64_t misses = 0;
  /// Loads begun (tickets given out), and those of them that refresh behind an answer.
  std::uint64_t loads = 0;
  std::uint64_t refreshes = 0;
  /// Loads that ended with a failure.
  std::uint64_t load_failures = 0;
  /// Loads whose ticket was dropped.
  std::uint64_t abandoned = 0;
  /// Loads that failed, and callers who waited for soft_timeout, that ended with a stale value.
  std::uint64_t rescued = 0;
  /// Of all loads that brought a value or a failure, together.
  Duration load_time{0};
  /// Values stored.
  std::uint64_t inserts = 0;
  /// Values that were to be stored but were too heavy, expired already, older than a change of their tags,
  /// than a put(), erase() or clear(), read while a tag settled, or found no memory.
  std::uint64_t refused = 0;
  /// Stored now, including what is expired or invalidated and not yet removed.
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;

  std::array<Removed, cause_count> removed_by;

  [[nodiscard]] const Removed& removed(Cause cause) const {
    return removed_by[static_cast<std::size_t>(cause)];
  }
  [[nodiscard]] Removed& removed(Cause cause) { return removed_by[static_cast<std::size_t>(cause)]; }
};

}  // namespace wats::cache
