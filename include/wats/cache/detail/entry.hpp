// One stored value and what decides whether it may be shown.
#pragma once

#include "wats/cache/clock.hpp"
#include "wats/cache/tags.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

namespace wats::cache::detail {

/// Kept small (40 bytes beside key and value): there may be millions.
template <class Key, class Value>
class Entry {
 public:
  using Pointer = std::shared_ptr<const Value>;
  using Slot = TagTable::Slot;

  Entry(Key&& own_key, Pointer&& own_value, TimePoint born_at, TimePoint expires_at, Stamp loaded_since,
        std::size_t weight, std::span<const Slot> tag_slots)
      : key(std::move(own_key)),
        value(std::move(own_value)),
        expires(expires_at),
        stamp(loaded_since),
        born(born_at),
        bytes_(weight & ((std::uint64_t{1} << 44U) - 1)),
        slot_count_(tag_slots.size() & 0xfffffU) {
    if (tag_slots.size() > inline_slots) {
      std::construct_at(&slots_.heap, std::make_unique_for_overwrite<Slot[]>(tag_slots.size()));
      std::copy(tag_slots.begin(), tag_slots.end(), slots_.heap.get());
    } else {
      std::copy(tag_slots.begin(), tag_slots.end(), slots_.near.begin());
    }
  }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;
  ~Entry() {
    if (slot_count_ > inline_slots) std::destroy_at(&slots_.heap);
  }

  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::span<const Slot> slots() const noexcept {
    return {slot_count_ > inline_slots ? slots_.heap.get() : slots_.near.data(), slot_count_};
  }

  // What a hit reads comes first, to touch as few cache lines as possible.
  Key key;
  Pointer value;
  TimePoint expires;
  Stamp stamp;
  TimePoint born;

 private:
  static constexpr std::size_t inline_slots = 4;
  union Slots {
    Slots() noexcept : near{} {}
    Slots(const Slots&) = delete;
    Slots& operator=(const Slots&) = delete;
    ~Slots() {}
    std::array<Slot, inline_slots> near;
    std::unique_ptr<Slot[]> heap;
  };

  std::uint64_t bytes_ : 44;
  std::uint64_t slot_count_ : 20;
  Slots slots_;
};

}  // namespace wats::cache::detail
