// One stored value and what decides whether it may be shown.
#pragma once

#include "wats/cache/clock.hpp"
#include "wats/cache/detail/slot_list.hpp"
#include "wats/cache/tags.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

namespace wats::cache::detail {

/// A value, and what was known when it was stored.
template <class Value>
struct Content {
  std::shared_ptr<const Value> value;
  TimePoint expires{};
  Stamp stamp = 0;
  TimePoint born{};
  SlotList slots;
  std::size_t bytes = 0;
};

/// Kept small (40 bytes beside key and value): there may be millions.
template <class Key, class Value>
class Entry {
 public:
  using Pointer = std::shared_ptr<const Value>;

  Entry(Key&& own_key, Content<Value> content) noexcept(std::is_nothrow_move_constructible_v<Key>)
      : key(std::move(own_key)),
        value(std::move(content.value)),
        expires(content.expires),
        stamp(content.stamp),
        born(content.born),
        slots(std::move(content.slots)),
        bytes_(content.bytes & most_bytes),
        mark_(0) {}
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;
  ~Entry() = default;

  /// Takes what is new; what was is left in *content*. The mark stays.
  void renew(Content<Value>& content) noexcept {
    value.swap(content.value);
    std::swap(expires, content.expires);
    std::swap(stamp, content.stamp);
    std::swap(born, content.born);
    std::swap(slots, content.slots);
    const std::size_t bytes_before = bytes_;
    bytes_ = std::exchange(content.bytes, bytes_before) & most_bytes;
  }

  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  /// What the eviction policy remembers of it: 0 to 15.
  [[nodiscard]] unsigned mark() const noexcept { return static_cast<unsigned>(mark_); }
  void set_mark(unsigned mark) noexcept { mark_ = mark & 15U; }

  // What a hit reads comes first, to touch as few cache lines as possible.
  Key key;
  Pointer value;
  TimePoint expires;
  Stamp stamp;
  TimePoint born;
  SlotList slots;

 private:
  static constexpr std::uint64_t most_bytes = (std::uint64_t{1} << 60U) - 1;

  std::uint64_t bytes_ : 60;
  std::uint64_t mark_ : 4;
};

}  // namespace wats::cache::detail
