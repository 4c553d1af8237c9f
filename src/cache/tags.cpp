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
      changed_(std::make_unique<std::atomic<Stamp>[]>(mask_ + 1)),
      changing_(std::make_unique<std::atomic<std::uint32_t>[]>(mask_ + 1)),
      windows_(std::make_unique<Window[]>(window_cells)) {
  for (std::size_t i = 0; i < window_cells; ++i)
    windows_[i].store(Duration::min().count(), std::memory_order_relaxed);
}

void TagTable::invalidate(std::span<const Tag> tags) noexcept {
  if (tags.empty()) return;
  // The stamp first: a load that begins from here on carries at least this stamp and stays valid, rightly, as
  // the change was over before this call. A load that began earlier has a smaller one and falls with the
  // store below.
  const Stamp stamp = sequence_.fetch_add(1, std::memory_order_acq_rel) + 1;
  for (const Tag tag : tags) raise(changed_[slot(tag)], stamp);
}

void TagTable::invalidate_all() noexcept {
  raise(all_, sequence_.fetch_add(1, std::memory_order_acq_rel) + 1);
}

void TagTable::settle(std::span<const Tag> tags, TimePoint until) noexcept {
  // The window before the stamp: a load with the new stamp then sees the window and is not stored, and one
  // with an older stamp is invalid. So nothing that is valid by its stamp was read inside a window.
  const Duration::rep end = until.time_since_epoch().count();
  for (const Tag tag : tags) {
    for (std::size_t which = 0; which < cells_a_tag; ++which) raise(window(tag, which), end);
  }
  raise(last_settles_until_, end);
  invalidate(tags);
}

void TagTable::settle_all(TimePoint until) noexcept {
  raise(all_settles_until_, until.time_since_epoch().count());
  raise(last_settles_until_, until.time_since_epoch().count());
  invalidate_all();
}

void TagTable::begin_change_of_all() noexcept {
  changes_of_all_.fetch_add(1, std::memory_order_acq_rel);
  changes_.fetch_add(1, std::memory_order_acq_rel);
  invalidate_all();
}

void TagTable::end_change_of_all() noexcept {
  invalidate_all();
  changes_.fetch_sub(1, std::memory_order_acq_rel);
  changes_of_all_.fetch_sub(1, std::memory_order_acq_rel);
}

void TagTable::begin_change(std::span<const Tag> tags) noexcept {
  // As in settle(): what has the new stamp sees the change.
  for (const Tag tag : tags) changing_[slot(tag)].fetch_add(1, std::memory_order_acq_rel);
  changes_.fetch_add(1, std::memory_order_acq_rel);
  invalidate(tags);
}

void TagTable::end_change(std::span<const Tag> tags) noexcept {
  // The stamp first: whoever no longer sees the change has either read after it or is invalid by its stamp.
  invalidate(tags);
  changes_.fetch_sub(1, std::memory_order_acq_rel);
  for (const Tag tag : tags) changing_[slot(tag)].fetch_sub(1, std::memory_order_acq_rel);
}

bool TagTable::settling(std::span<const Tag> tags, TimePoint now) const noexcept {
  if (changes_.load(std::memory_order_acquire) > 0) {
    if (changes_of_all_.load(std::memory_order_acquire) > 0) return true;
    const auto changing = [this](Tag tag) {
      return changing_[slot(tag)].load(std::memory_order_acquire) > 0;
    };
    if (std::any_of(tags.begin(), tags.end(), changing)) return true;
  }
  const Duration::rep at = now.time_since_epoch().count();
  if (last_settles_until_.load(std::memory_order_acquire) <= at) return false;
  if (all_settles_until_.load(std::memory_order_acquire) > at) return true;
  return std::any_of(tags.begin(), tags.end(), [&](Tag tag) {
    for (std::size_t which = 0; which < cells_a_tag; ++which) {
      if (window(tag, which).load(std::memory_order_acquire) <= at) return false;
    }
    return true;
  });
}

}  // namespace wats::cache
