// Dice: numbers that follow from a seed alone, the same on every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace wats::testing {

/// *Thread safety*: one thread at a time.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) noexcept : state_(seed) {}

  /// SplitMix64.
  [[nodiscard]] std::uint64_t next() noexcept {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  /// From 0 to *bound* - 1; 0 for a bound of 0.
  [[nodiscard]] std::size_t below(std::size_t bound) noexcept {
    return bound == 0 ? 0 : static_cast<std::size_t>(next() % bound);
  }
  [[nodiscard]] bool chance(std::size_t percent) noexcept { return below(100) < percent; }
  template <class T>
  [[nodiscard]] const T& one_of(const std::vector<T>& list) noexcept {
    return list[below(list.size())];
  }

 private:
  std::uint64_t state_;
};

}  // namespace wats::testing
