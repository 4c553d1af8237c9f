// SIEVE: "SIEVE is Simpler than LRU: an Efficient Turn-Key Eviction Algorithm for Web Caches", Zhang et al.,
// NSDI 2024.
#pragma once

#include "wats/cache/detail/list.hpp"

#include <cstdint>

namespace wats::cache::detail {

/// A hand goes from the oldest entry to the newest and round again; it spares what was used since it last
/// came by. The mark of an entry tells that.
template <class T>
class SievePolicy {
 public:
  static constexpr unsigned well_used = 1;

  void inserted(Slab<T>& slab, Number number, std::uint32_t /*hash*/) noexcept {
    slab[number].set_mark(unused);
    list_.push_front(slab, number);
  }

  void removed(Slab<T>& slab, Number number) noexcept {
    if (number == hand_) hand_ = slab.links(number).previous;
    list_.unlink(slab, number);
  }

  void hit(Slab<T>& slab, Number number) noexcept { slab[number].set_mark(used); }

  template <class HashOf, class Remove>
  void evict(Slab<T>& slab, const HashOf& /*hash_of*/, const Remove& remove) {
    if (hand_ == no_number) hand_ = list_.back();
    while (slab[hand_].mark() == used) {
      slab[hand_].set_mark(unused);
      const Number newer = slab.links(hand_).previous;
      hand_ = newer == no_number ? list_.back() : newer;
    }
    remove(hand_);
  }

 private:
  static constexpr unsigned unused = 0;
  static constexpr unsigned used = 1;

  List<T> list_;
  /// The next to be looked at; no_number: the oldest.
  Number hand_ = no_number;
};

}  // namespace wats::cache::detail
