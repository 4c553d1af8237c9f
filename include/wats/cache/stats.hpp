// What a cache has done since it was made.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace wats::cache {

/// Why an entry left the cache.
enum class Cause : std::uint8_t { capacity, expired, invalidated, replaced, erased, cleared };
inline constexpr std::size_t cause_count = 6;

struct Removed {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
};

/// Exact counts: each event is counted once, and inserts - all removed entries == entries in every snapshot.
/// The parts of the cache are read one after the other, not at one instant.
struct Stats {
  /// Lookups answered from a stored value.
  std::uint64_t fresh = 0;
  /// Lookups that joined a load under way.
  std::uint64_t joined = 0;
  /// Lookups that found nothing good enough.
  std::uint64_t misses = 0;
  /// Loads begun (tickets given out).
  std::uint64_t loads = 0;
  /// Loads that ended with a failure.
  std::uint64_t load_failures = 0;
  /// Loads whose ticket was dropped.
  std::uint64_t abandoned = 0;
  /// Values stored.
  std::uint64_t inserts = 0;
  /// Values that were to be stored but were too heavy, or older than a change of their tags or than a
  /// clear().
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
