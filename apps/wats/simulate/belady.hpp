// Belady's optimum: what nobody can do better who does not know the future.
#pragma once

#include "apps/wats/simulate/key_trace.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace wats::simulate {

/// How a replay ended.
struct Outcome {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;

  [[nodiscard]] std::uint64_t requests() const noexcept { return hits + misses; }
  [[nodiscard]] double miss_ratio() const noexcept {
    return static_cast<double>(misses) / static_cast<double>(requests());
  }
};

/// Counts requests for whoever shows how far it is; nobody: not counted.
using Counter = std::atomic<std::uint64_t>*;

/// MIN as in Belady, "A study of replacement algorithms for a virtual-storage computer", 1966: what has to go
/// is what will be used latest, or never. A missed key is always taken in, as the other policies do, even
/// when its own next use is the latest of all: an optimum that may leave such keys out misses less.
/// *Lifetime*: the trace outlives it.
class Belady {
 public:
  explicit Belady(const KeyTrace& trace);

  /// *entries*: at least 1.
  [[nodiscard]] Outcome replay(std::size_t entries, Counter counter = nullptr) const;

 private:
  const KeyTrace& trace_;
  /// When the key that is asked for here is asked for again.
  std::vector<std::uint32_t> next_;
};

}  // namespace wats::simulate
