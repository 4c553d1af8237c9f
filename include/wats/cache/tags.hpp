// Tags name what a cached value was made from, so that a change can drop all that depends on it at once.
#pragma once

#include "wats/cache/clock.hpp"
#include "wats/cache/detail/hash.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace wats::cache {

/// The name of something that may change: ("product", "PN-7"). Only a 64-bit hash is kept.
class Tag {
 public:
  constexpr Tag() = default;
  explicit constexpr Tag(std::string_view name) noexcept
      : hash_(detail::hash_bytes(name, 0x7461672d6e616d65U)) {}

  /// A kind and an id; Tag("ab", "c") and Tag("a", "bc") differ, and both differ from Tag("abc").
  constexpr Tag(std::string_view kind, std::string_view id) noexcept
      : hash_(detail::hash_bytes(id, detail::hash_bytes(kind, 0x7461672d70616972U))) {}

  [[nodiscard]] constexpr std::uint64_t hash() const noexcept { return hash_; }
  /// A tag that came from elsewhere.
  [[nodiscard]] static constexpr Tag of_hash(std::uint64_t hash) noexcept {
    Tag tag;
    tag.hash_ = hash;
    return tag;
  }
  friend constexpr bool operator==(Tag, Tag) noexcept = default;

 private:
  std::uint64_t hash_ = 0;
};

/// A few tags, each once; no heap up to eight.
class TagSet {
 public:
  TagSet() = default;

  /// Adds a tag unless it is there already.
  void add(Tag tag) {
    const auto present = view();
    if (std::find(present.begin(), present.end(), tag) != present.end()) return;
    if (spilled_.empty() && count_ < inline_.size()) {
      inline_[count_++] = tag;
      return;
    }
    if (spilled_.empty()) spilled_.assign(inline_.begin(), inline_.end());
    spilled_.push_back(tag);
  }

  /// Lifetime: until the set changes or ends.
  [[nodiscard]] std::span<const Tag> view() const noexcept {
    return spilled_.empty() ? std::span<const Tag>(inline_.data(), count_) : std::span<const Tag>(spilled_);
  }

  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return view().size(); }

 private:
  std::array<Tag, 8> inline_;
  std::size_t count_ = 0;
  std::vector<Tag> spilled_;
};

/// A point in the order of all invalidations of one TagTable.
using Stamp = std::uint64_t;

/// Remembers when each tag was last invalidated, in a fixed array indexed by the tag's hash: invalidating
/// costs the same however many entries depend on a tag. Two tags in one slot only drop too much, never too
/// little. What was loaded is valid as long as none of its tags was invalidated after the stamp taken
/// *before* the load. Thread safety: every member may be called from any thread.
class TagTable {
 public:
  /// Where a tag's history is kept; what an entry remembers of its tags.
  using Slot = std::uint16_t;

  /// slots: rounded up to a power of two, at least 1 and at most 65536; 12 bytes each.
  explicit TagTable(std::size_t slots = 65536);

  /// Now, in the order of invalidations; take it before a load begins.
  [[nodiscard]] Stamp stamp() const noexcept { return sequence_.load(std::memory_order_acquire); }

  /// Makes everything invalid that carries one of the tags and whose load began before this call.
  void invalidate(std::span<const Tag> tags) noexcept;

  /// Makes everything invalid whose load began before this call, tagged or not.
  void invalidate_all() noexcept;

  /// Opens a settling window: invalidates the tags, and until `until` they count as being changed.
  void settle(std::span<const Tag> tags, TimePoint until) noexcept;

  /// The same for everything, tagged or not.
  void settle_all(TimePoint until) noexcept;

  /// Begins a change whose moment is not known: invalidates the tags, and until end_change() they count as
  /// being changed, so that nothing read meanwhile is kept or shared.
  void begin_change(std::span<const Tag> tags) noexcept;
  /// Ends it, with the same tags: invalidates them once more.
  void end_change(std::span<const Tag> tags) noexcept;
  /// The same when nobody knows what is being changed: everything counts.
  void begin_change_of_all() noexcept;
  void end_change_of_all() noexcept;

  [[nodiscard]] Slot slot(Tag tag) const noexcept { return static_cast<Slot>(tag.hash() & mask_); }

  /// Whether one of the tags was invalidated after the stamp was taken.
  [[nodiscard]] bool changed_since(std::span<const Tag> tags, Stamp stamp) const noexcept {
    return any_changed(tags, stamp, [this](Tag tag) { return slot(tag); });
  }
  [[nodiscard]] bool changed_since(std::span<const Slot> slots, Stamp stamp) const noexcept {
    return any_changed(slots, stamp, [](Slot slot) { return slot; });
  }

  /// Whether one of the tags is being changed, or in a settling window at `now`. A tag that is not is taken
  /// for one that is about once in a thousand with 2000 windows open.
  [[nodiscard]] bool settling(std::span<const Tag> tags, TimePoint now) const noexcept;

 private:
  // Windows last a minute, so thousands may be open at once: in one slot each they would cover a good part of
  // all tags. A tag settles only where all of its four cells do (a Bloom filter with times).
  using Window = std::atomic<Duration::rep>;
  static constexpr std::size_t window_cells = 32768;
  static constexpr std::size_t cells_a_tag = 4;
  static_assert(window_cells <= 65536, "a cell is chosen by 16 bits of the hash");

  [[nodiscard]] Window& window(Tag tag, std::size_t which) const noexcept {
    return windows_[(tag.hash() >> (16 * which)) % window_cells];
  }

  template <class Range, class SlotOf>
  bool any_changed(const Range& range, Stamp stamp, SlotOf slot_of) const noexcept {
    // Acquire pairs with the release in invalidate(): who has seen a stamp also sees what was written before
    // it.
    if (sequence_.load(std::memory_order_acquire) == stamp) return false;
    if (all_.load(std::memory_order_acquire) > stamp) return true;
    // A plain loop: GCC unrolls std::any_of into a function of its own, a tenth of the cost of a hit.
    for (const auto each : range) {
      if (changed_[slot_of(each)].load(std::memory_order_acquire) > stamp) return true;
    }
    return false;
  }

  std::size_t mask_;
  /// By slot: the latest stamp, which every hit looks at, and the changes under way.
  std::unique_ptr<std::atomic<Stamp>[]> changed_;
  std::unique_ptr<std::atomic<std::uint32_t>[]> changing_;
  std::unique_ptr<Window[]> windows_;
  // Changes under way: most of the time there is none and no slot has to be read.
  std::atomic<std::size_t> changes_{0};
  std::atomic<std::size_t> changes_of_all_{0};
  std::atomic<Duration::rep> all_settles_until_{Duration::min().count()};
  std::atomic<Stamp> sequence_{0};
  std::atomic<Stamp> all_{0};
  // The latest end of any window: most of the time it has passed and no slot has to be read.
  std::atomic<Duration::rep> last_settles_until_{Duration::min().count()};
};

}  // namespace wats::cache
