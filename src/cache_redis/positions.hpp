// Where in the log of changes each tag was last changed: decides whether a stored value may be shown.
#pragma once

#include "wats/cache/tags.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace wats::cache::redis {

/// The id of an entry of the log, "ms-seq", as one number: 44 bits of milliseconds, 20 of sequence.
using Position = std::uint64_t;

/// What has this sequence or a later one can't be told apart (Redis's clock was set back a long way): nothing
/// is valid there.
inline constexpr Position last_sequence = (1U << 20U) - 1;
[[nodiscard]] constexpr bool is_exact(Position position) noexcept {
  return (position & last_sequence) != last_sequence;
}
/// By Redis's clock, since 1970.
[[nodiscard]] constexpr std::uint64_t milliseconds_of(Position position) noexcept {
  return position >> 20U;
}
/// Nothing when *id* is not the id of an entry.
[[nodiscard]] std::optional<Position> parse_position(std::string_view id) noexcept;

/// The log as far as it was heard, by slot of the tags' hashes: a collision only refuses too much.
///
/// A value carries the position that had been heard when its load began. Every change that was told to Redis
/// before that point has a lower or the same position, every later one a higher, so it is older than a change
/// exactly if its position is lower. A change of our own has no position until Redis has answered: so long it
/// is pending, and what it concerns is not valid at all.
///
/// *Thread safety*: stamp() from any thread; all else under the owner's lock.
class Positions {
 public:
  Positions();

  /// What was heard, as a number that never goes back, even if the log does.
  [[nodiscard]] Stamp stamp() const noexcept { return stamp_.load(std::memory_order_acquire); }
  /// The position that belongs to it. Nothing: it was taken before the log was lost.
  [[nodiscard]] std::optional<Position> at(Stamp stamp) const noexcept;

  /// A change of our own begins; all of it or some tags.
  void begin(std::span<const Tag> tags) noexcept;
  void begin_all() noexcept { ++pending_all_; }
  /// Redis has it; once for each begin().
  void end(std::span<const Tag> tags, Position at) noexcept;
  void end_all(Position at) noexcept;
  /// It was taken up into another one that is pending.
  void forget(std::span<const Tag> tags) noexcept;
  void forget_all() noexcept { --pending_all_; }

  /// An entry was read: first what it says, then that it was heard.
  void changed(std::span<const Tag> tags, Position at) noexcept;
  void changed_all(Position at) noexcept;
  void heard(Position at) noexcept;
  /// The last entry heard; 0: none yet.
  [[nodiscard]] Position seen() const noexcept { return seen_; }

  /// The log is read from its entry *first* on, and what was known is of no use: values from before it are
  /// not valid, stamps from before this call neither. What is pending stays so.
  void start_at(Position first) noexcept;

  /// Whether what was loaded at this position has not been changed since.
  [[nodiscard]] bool valid(std::span<const Tag> tags, Position position) const noexcept;

 private:
  class Slot {
   public:
    Position changed = 0;
    std::uint32_t pending = 0;
  };
  static constexpr std::size_t slots = 65536;

  [[nodiscard]] Slot& slot(Tag tag) const noexcept { return slots_[tag.hash() % slots]; }

  std::unique_ptr<Slot[]> slots_;
  Position seen_ = 0;
  Position all_ = 0;
  // Nothing is valid before the log was read.
  Position floor_ = std::numeric_limits<Position>::max();
  std::size_t pending_all_ = 0;
  // Stamps are positions, moved forward where a new log begins earlier than the old one ended.
  Stamp shift_ = 0;
  Stamp first_stamp_ = 0;
  std::atomic<Stamp> stamp_{0};
};

}  // namespace wats::cache::redis
