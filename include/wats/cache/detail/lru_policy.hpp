// Eviction of what was used least recently.
#pragma once

#include "wats/cache/detail/list.hpp"

#include <cstdint>

namespace wats::cache::detail {

template <class T>
class LruPolicy {
 public:
  /// Each hit counts.
  static constexpr unsigned well_used = 16;

  void inserted(Slab<T>& slab, Number number, std::uint32_t /*hash*/) noexcept {
    list_.push_front(slab, number);
  }
  void removed(Slab<T>& slab, Number number) noexcept { list_.unlink(slab, number); }
  void hit(Slab<T>& slab, Number number) noexcept { list_.move_to_front(slab, number); }

  template <class HashOf, class Remove>
  void evict(Slab<T>& /*slab*/, const HashOf& /*hash_of*/, const Remove& remove) {
    remove(list_.back());
  }

 private:
  List<T> list_;
};

}  // namespace wats::cache::detail
