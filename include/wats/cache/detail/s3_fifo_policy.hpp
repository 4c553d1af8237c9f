// S3-FIFO: "FIFO Queues are All You Need for Cache Eviction", Yang et al., SOSP 2023.
#pragma once

#include "wats/cache/detail/ghosts.hpp"
#include "wats/cache/detail/list.hpp"

#include <cstddef>
#include <cstdint>

namespace wats::cache::detail {

/// Algorithm 1 of the paper: what is new passes a small queue, a tenth of the cache, and comes to the main
/// one only when it was used more than once meanwhile, or comes again soon after it had to go. Where the
/// paper is silent: what moves to the main queue begins there with no uses ("its access bits are cleared"),
/// the main queue is too full when it is more than nine tenths, a ghost that comes again is none any more.
/// The cache's size is what it held when it was full.
template <class T>
class S3FifoPolicy {
 public:
  /// More uses are not told apart.
  static constexpr unsigned well_used = 3;

  void inserted(Slab<T>& slab, Number number, std::uint32_t hash) noexcept {
    if (ghosts_.erase(hash)) {
      slab[number].set_mark(in_main);
      main_.push_front(slab, number);
    } else {
      slab[number].set_mark(0);
      small_.push_front(slab, number);
    }
  }

  void removed(Slab<T>& slab, Number number) noexcept {
    ((slab[number].mark() & in_main) != 0 ? main_ : small_).unlink(slab, number);
  }

  void hit(Slab<T>& slab, Number number) noexcept {
    const unsigned mark = slab[number].mark();
    if ((mark & uses) < uses) slab[number].set_mark(mark + 1);
  }

  template <class HashOf, class Remove>
  void evict(Slab<T>& slab, const HashOf& hash_of, const Remove& remove) {
    const std::size_t size = small_.size() + main_.size();
    if (10 * small_.size() >= size) {
      evict_small(slab, size, hash_of, remove);
    } else {
      evict_main(slab, remove);
    }
  }

 private:
  // An entry's mark: how often it was used, at most three times, and where it is.
  static constexpr unsigned uses = well_used;
  static constexpr unsigned in_main = 4;

  template <class HashOf, class Remove>
  void evict_small(Slab<T>& slab, std::size_t size, const HashOf& hash_of, const Remove& remove) {
    while (small_.size() > 0) {
      const Number oldest = small_.back();
      if ((slab[oldest].mark() & uses) <= 1) {
        ghosts_.add(hash_of(oldest), 9 * size / 10);
        return remove(oldest);
      }
      small_.unlink(slab, oldest);
      slab[oldest].set_mark(in_main);
      main_.push_front(slab, oldest);
      if (10 * main_.size() > 9 * size) evict_main(slab, remove);
    }
  }

  template <class Remove>
  void evict_main(Slab<T>& slab, const Remove& remove) {
    while (main_.size() > 0) {
      const Number oldest = main_.back();
      const unsigned mark = slab[oldest].mark();
      if ((mark & uses) == 0) return remove(oldest);
      slab[oldest].set_mark(mark - 1);
      main_.move_to_front(slab, oldest);
    }
  }

  List<T> small_;
  List<T> main_;
  Ghosts ghosts_;
};

}  // namespace wats::cache::detail
