// Where the history of an entry's tags is kept.
#pragma once

#include "wats/cache/tags.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace wats::cache::detail {

/// The slots of some tags in 8 bytes, with an array beside them where they are more than three.
class SlotList {
 public:
  using Slot = TagTable::Slot;

  SlotList() = default;
  explicit SlotList(std::span<const Slot> slots) {
    if (slots.size() <= most_near) {
      words_[0] = static_cast<Slot>(slots.size() << 1U | near);
      std::copy(slots.begin(), slots.end(), words_.begin() + 1);
      return;
    }
    auto* const array = new Slot[slots.size() + 2];
    array[0] = static_cast<Slot>(slots.size() & 0xffffU);
    array[1] = static_cast<Slot>(slots.size() >> 16U);
    std::copy(slots.begin(), slots.end(), array + 2);
    words_ = std::bit_cast<Words>(std::uint64_t{reinterpret_cast<std::uintptr_t>(array)});
  }
  SlotList(SlotList&& other) noexcept : words_(std::exchange(other.words_, none)) {}
  SlotList& operator=(SlotList&& other) noexcept {
    std::swap(words_, other.words_);
    return *this;
  }
  ~SlotList() {
    if (!is_near()) delete[] array();
  }

  /// Lifetime: until the list changes or ends.
  [[nodiscard]] std::span<const Slot> view() const noexcept {
    if (is_near()) return {words_.data() + 1, std::size_t{words_[0]} >> 1U};
    const Slot* const slots = array();
    return {slots + 2, slots[0] | std::size_t{slots[1]} << 16U};
  }

 private:
  using Words = std::array<Slot, 4>;
  static constexpr std::size_t most_near = 3;
  // The lowest bit of the first word tells a number of slots from the address of an array, whose first two
  // elements are the number.
  static constexpr Slot near = 1;
  static constexpr Words none{near};
  static_assert(std::endian::native == std::endian::little && sizeof(Slot*) <= sizeof(std::uint64_t),
                "the first word is the lowest part of an address");

  [[nodiscard]] bool is_near() const noexcept { return (words_[0] & near) != 0; }
  [[nodiscard]] const Slot* array() const noexcept {
    return reinterpret_cast<const Slot*>(static_cast<std::uintptr_t>(std::bit_cast<std::uint64_t>(words_)));
  }

  Words words_ = none;
};

}  // namespace wats::cache::detail
