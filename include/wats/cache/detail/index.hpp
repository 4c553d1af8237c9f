// Finds entries by hash: a flat open-addressing table of (hash, number) pairs, 8 bytes each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace wats::cache::detail {

/// The number of an entry within its shard.
using Number = std::uint32_t;
inline constexpr Number no_number = std::numeric_limits<Number>::max();

/// Linear probing with backward-shift deletion, so that there are no tombstones to sweep. The home of a hash
/// is its share of the table (not its low bits), so that the table may grow by half and stays at least half
/// full.
class HashIndex {
 public:
  /// The number filed under this hash for which `same` holds, or no_number.
  template <class Same>
  [[nodiscard]] Number find(std::uint32_t hash, Same&& same) const {
    if (places_.empty()) return no_number;
    for (std::size_t at = home(hash);; at = next(at)) {
      const Place& place = places_[at];
      if (place.number == no_number) return no_number;
      if (place.hash == hash && same(place.number)) return place.number;
    }
  }

  /// Makes room for one more, so that the next insert() cannot fail.
  void reserve_one() {
    if ((size_ + 1) * 5 > places_.size() * 4) grow();
  }

  void insert(std::uint32_t hash, Number number) noexcept {
    std::size_t at = home(hash);
    while (places_[at].number != no_number) at = next(at);
    places_[at] = Place{hash, number};
    ++size_;
  }

  /// Removes a pair that is there.
  void erase(std::uint32_t hash, Number number) noexcept {
    std::size_t hole = home(hash);
    while (places_[hole].number != number) hole = next(hole);
    for (std::size_t at = next(hole); places_[at].number != no_number; at = next(at)) {
      // A pair may move back into the hole unless its home lies behind the hole.
      if (distance(home(places_[at].hash), at) >= distance(hole, at)) {
        places_[hole] = places_[at];
        hole = at;
      }
    }
    places_[hole] = Place{};
    --size_;
  }

 private:
  struct Place {
    std::uint32_t hash = 0;
    Number number = no_number;
  };

  [[nodiscard]] std::size_t home(std::uint32_t hash) const noexcept {
    return static_cast<std::size_t>((std::uint64_t{hash} * places_.size()) >> 32U);
  }
  [[nodiscard]] std::size_t next(std::size_t at) const noexcept {
    return at + 1 == places_.size() ? 0 : at + 1;
  }
  [[nodiscard]] std::size_t distance(std::size_t from, std::size_t to) const noexcept {
    return to >= from ? to - from : to + places_.size() - from;
  }

  void grow() {
    std::vector<Place> old(places_.size() < 16 ? 16 : places_.size() + places_.size() / 2);
    old.swap(places_);
    size_ = 0;
    for (const Place& place : old) {
      if (place.number != no_number) insert(place.hash, place.number);
    }
  }

  std::vector<Place> places_;
  std::size_t size_ = 0;
};

}  // namespace wats::cache::detail
