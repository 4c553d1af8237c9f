// What lately had to leave a cache, by hash.
#pragma once

#include "wats/cache/detail/index.hpp"
#include "wats/cache/detail/list.hpp"

#include <cstddef>
#include <cstdint>
#include <new>

namespace wats::cache::detail {

/// Two keys with one hash are one ghost: with a million ghosts one key in four thousand is taken for one.
class Ghosts {
 public:
  /// Forgets the oldest beyond *most*.
  void add(std::uint32_t hash, std::size_t most) noexcept {
    erase(hash);
    while (list_.size() > 0 && list_.size() + 1 > most) forget(list_.back());
    if (most == 0) return;
    try {
      index_.reserve_one();
      const Number number = hashes_.create(hash);
      index_.insert(hash, number);
      list_.push_front(hashes_, number);
    } catch (const std::bad_alloc&) {
      // Remembered or not only decides how good the next guess is.
      return;
    }
  }

  /// True: it was one.
  bool erase(std::uint32_t hash) noexcept {
    const Number number = index_.find(hash, [](Number) { return true; });
    if (number == no_number) return false;
    forget(number);
    return true;
  }

 private:
  void forget(Number number) noexcept {
    list_.unlink(hashes_, number);
    index_.erase(hashes_[number], number);
    hashes_.destroy(number);
  }

  Slab<std::uint32_t> hashes_;
  HashIndex index_;
  List<std::uint32_t> list_;
};

}  // namespace wats::cache::detail
