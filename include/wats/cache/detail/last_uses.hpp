// When each entry was used last, where entries expire after access.
#pragma once

#include "wats/cache/clock.hpp"
#include "wats/cache/detail/slab.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

namespace wats::cache::detail {

/// Beside the entries, as most caches do without: 8 bytes for each.
class LastUses {
 public:
  /// Makes room for this number; under the exclusive lock.
  void reserve(Number number) {
    while (chunks_.size() <= number / chunk_size) chunks_.push_back(std::make_unique<Chunk>());
  }
  /// Any lock, once there is room.
  void note(Number number, TimePoint when) noexcept {
    cell(number).store(when.time_since_epoch().count(), std::memory_order_relaxed);
  }
  [[nodiscard]] TimePoint of(Number number) const noexcept {
    return TimePoint(Duration(cell(number).load(std::memory_order_relaxed)));
  }

 private:
  static constexpr std::size_t chunk_size = 256;
  using Cell = std::atomic<Duration::rep>;
  using Chunk = std::array<Cell, chunk_size>;

  [[nodiscard]] Cell& cell(Number number) const noexcept {
    return (*chunks_[number / chunk_size])[number % chunk_size];
  }

  std::vector<std::unique_ptr<Chunk>> chunks_;
};

}  // namespace wats::cache::detail
