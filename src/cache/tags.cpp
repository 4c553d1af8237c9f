// The writing half of the tag table.
#include "wats/cache/tags.hpp"

#include <bit>

namespace wats::cache {
namespace {

// Two invalidations may store in the other order than they took their stamps: the later stamp must stay.
template <class T>
void raise(std::atomic<T>& cell, T value) noexcept {
  T seen = cell.load(std::memory_order_relaxed);
  while (seen < value && !cell.compare_exchange_weak(seen, value, std::memory_order_acq_rel)) {
  }
}

}  // namespace

TagTable::TagTable(std::size_t slots)
    : mask_(std::bit_ceil(std::clamp<std::size_t>(slots, 1, 65536)) - 1),
      cells_(std::make_unique<Cell[]>(mask_ + 1)) {}

void TagTable::invalidate(std::span<const Tag> tags) noexcept {
  if (tags.empty()) return;
  // The stamp first: a load that begins from here on carries at least this stamp and stays valid, rightly, as
  // the change was over before this call. A load that began earlier has a smaller one and falls with the
  // store below.
  const Stamp stamp = sequence_.fetch_add(1, std::memory_order_acq_rel) + 1;
  for (const Tag tag : tags) raise(cells_[slot(tag)].changed, stamp);
}

void TagTable::invalidate_all() noexcept {
  raise(all_, sequence_.fetch_add(1, std::memory_order_acq_rel) + 1);
}

void TagTable::settle(std::span<const Tag> tags, TimePoint until) noexcept {
  // The window before the stamp: a load with the new stamp then sees the window and is not stored, and one
  // with an older stamp is invalid. So nothing that is valid by its stamp was read inside a window.
  const Duration::rep end = until.time_since_epoch().count();
  for (const Tag tag : tags) raise(cells_[slot(tag)].settles_until, end);
  raise(last_settles_until_, end);
  invalidate(tags);
}

bool TagTable::settling(std::span<const Tag> tags, TimePoint now) const noexcept {
  const Duration::rep at = now.time_since_epoch().count();
  if (last_settles_until_.load(std::memory_order_acquire) <= at) return false;
  return std::any_of(tags.begin(), tags.end(), [&](Tag tag) {
    return cells_[slot(tag)].settles_until.load(std::memory_order_acquire) > at;
  });
}

}  // namespace wats::cache
