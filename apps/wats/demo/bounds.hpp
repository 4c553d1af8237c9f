// Bounds: what a perfect cache could have done with the calls of a run.
#pragma once

#include "apps/wats/demo/trace.hpp"

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

namespace wats::demo {

/// A perfect cache holds everything, drops nothing but what a write of this client touches (by the cards'
/// tags), and never asks twice for what it has. It still sends every write and every read of class live or
/// never. A write invalidates twice: when it is sent, as from then on the server may answer with the new
/// state, and when it is over, as what was read meanwhile may be either. So a read that begins during a write
/// is a question of its own: nobody outside the server can tell whether the earlier answer still holds.
struct Bounds {
  std::uint64_t cacheable_reads = 0;
  /// Distinct static and slow answers between the writes that touch them: each has to be fetched once.
  std::uint64_t distinct_answers = 0;
  /// Reads of class live and never.
  std::uint64_t other_reads = 0;
  std::uint64_t writes = 0;
  /// Fewest calls, by operation.
  std::map<std::string_view, std::uint64_t> calls_of;

  [[nodiscard]] static Bounds of(const std::vector<Event>& events);

  [[nodiscard]] std::uint64_t least_calls() const noexcept { return writes + other_reads + distinct_answers; }
  [[nodiscard]] double best_hit_rate() const noexcept {
    if (cacheable_reads == 0) return 0;
    return 1 - static_cast<double>(distinct_answers) / static_cast<double>(cacheable_reads);
  }
};

}  // namespace wats::demo
