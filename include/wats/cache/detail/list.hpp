// A list of entries, through the links that a slab keeps for each.
#pragma once

#include "wats/cache/detail/index.hpp"
#include "wats/cache/detail/slab.hpp"

#include <cstddef>

namespace wats::cache::detail {

/// An entry is in one list at a time.
template <class T>
class List {
 public:
  void push_front(Slab<T>& slab, Number number) noexcept {
    slab.links(number) = {no_number, front_};
    (front_ == no_number ? back_ : slab.links(front_).previous) = number;
    front_ = number;
    ++size_;
  }

  /// It is in this list.
  void unlink(Slab<T>& slab, Number number) noexcept {
    const auto [previous, next] = slab.links(number);
    (previous == no_number ? front_ : slab.links(previous).next) = next;
    (next == no_number ? back_ : slab.links(next).previous) = previous;
    --size_;
  }

  void move_to_front(Slab<T>& slab, Number number) noexcept {
    if (number == front_) return;
    unlink(slab, number);
    push_front(slab, number);
  }

  /// no_number when there is nothing.
  [[nodiscard]] Number back() const noexcept { return back_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  Number front_ = no_number;
  Number back_ = no_number;
  std::size_t size_ = 0;
};

}  // namespace wats::cache::detail
