// Eviction of what was used least recently.
#pragma once

#include "wats/cache/detail/index.hpp"
#include "wats/cache/detail/slab.hpp"

namespace wats::cache::detail {

/// An eviction policy is told of inserts, hits and removals, in their order, and names a victim.
template <class T>
class LruPolicy {
 public:
  void inserted(Slab<T>& slab, Number number) noexcept {
    slab.links(number) = {no_number, head_};
    if (head_ != no_number) slab.links(head_).previous = number;
    head_ = number;
    if (tail_ == no_number) tail_ = number;
  }

  void removed(Slab<T>& slab, Number number) noexcept {
    const auto [previous, next] = slab.links(number);
    (previous == no_number ? head_ : slab.links(previous).next) = next;
    (next == no_number ? tail_ : slab.links(next).previous) = previous;
  }

  void hit(Slab<T>& slab, Number number) noexcept {
    if (number == head_) return;
    removed(slab, number);
    inserted(slab, number);
  }

  /// no_number when there is nothing.
  [[nodiscard]] Number victim() const noexcept { return tail_; }

 private:
  Number head_ = no_number;
  Number tail_ = no_number;
};

}  // namespace wats::cache::detail
