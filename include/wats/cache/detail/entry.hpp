// One stored value and what decides whether it may be shown.
#pragma once

#include "wats/cache/clock.hpp"
#include "wats/cache/detail/slab.hpp"
#include "wats/cache/detail/slot_list.hpp"
#include "wats/cache/tags.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

namespace wats::cache::detail {

/// A value, and what was known when it was stored.
template <class Value>
struct Content {
  /// Null: it is known that there is none.
  std::shared_ptr<const Value> value;
  TimePoint born{};
  Duration lifetime{};
  Stamp stamp = 0;
  SlotList slots;
  /// At most most_entry_bytes.
  std::size_t bytes = 0;
  bool to_validate = false;
};

inline constexpr std::size_t most_entry_bytes = 0xffff'ffff;
/// What is to live longer lives so long.
inline constexpr Duration longest_lifetime = std::chrono::hours(24 * 365 * 200);

/// Kept small, 40 bytes beside key and value: there may be millions.
template <class Key, class Value>
class Entry {
 public:
  using Pointer = std::shared_ptr<const Value>;

  /// Takes what is in *content*.
  Entry(Key&& own_key, Content<Value>& content) noexcept(std::is_nothrow_move_constructible_v<Key>)
      : key(std::move(own_key)), value(std::move(content.value)), slots(std::move(content.slots)) {
    remember(content);
  }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;
  ~Entry() = default;

  /// Takes what is new; of what was, value, slots and bytes are left in *content*. The mark stays.
  void renew(Content<Value>& content) noexcept {
    const std::size_t bytes_before = bytes();
    value.swap(content.value);
    std::swap(slots, content.slots);
    remember(content);
    content.bytes = bytes_before;
  }

  /// From then on it is stale.
  [[nodiscard]] TimePoint expires() const noexcept { return expires_; }
  /// To the millisecond, not too late: an age is never told too small.
  [[nodiscard]] TimePoint born() const noexcept { return expires_ - lifetime(); }
  [[nodiscard]] Duration lifetime() const noexcept { return std::chrono::milliseconds(lifetime_); }
  /// Of the moment its load began.
  [[nodiscard]] Stamp stamp() const noexcept { return stamp_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_low_ | std::size_t{bytes_high_} << 16U; }
  /// It is kept for who has it confirmed.
  [[nodiscard]] bool to_validate() const noexcept { return to_validate_ != 0; }
  /// What the eviction policy remembers of it: 0 to 15.
  [[nodiscard]] unsigned mark() const noexcept { return static_cast<unsigned>(mark_); }
  void set_mark(unsigned mark) noexcept { mark_ = mark & 15U; }

  // What a hit reads comes first, to touch as few cache lines as possible.
  Key key;
  /// Null: it is known that there is none.
  Pointer value;

 private:
  void remember(const Content<Value>& content) noexcept {
    expires_ = content.born + content.lifetime;
    lifetime_ =
        static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::milliseconds>(content.lifetime).count()) &
        ((std::uint64_t{1} << 43U) - 1);
    to_validate_ = content.to_validate ? 1U : 0U;
    stamp_ = content.stamp & ((std::uint64_t{1} << 48U) - 1);
    bytes_low_ = content.bytes & 0xffffU;
    bytes_high_ = (content.bytes >> 16U) & 0xffffU;
  }

  TimePoint expires_;
  // 2^48 invalidations: a million a second for nine years.
  std::uint64_t stamp_ : 48 = 0;
  std::uint64_t bytes_low_ : 16 = 0;
  std::uint64_t lifetime_ : 43 = 0;
  std::uint64_t to_validate_ : 1 = 0;
  std::uint64_t bytes_high_ : 16 = 0;
  std::uint64_t mark_ : 4 = 0;

 public:
  SlotList slots;
  /// The timer wheel's.
  Links timer;
};

}  // namespace wats::cache::detail
