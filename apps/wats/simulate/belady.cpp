#include "apps/wats/simulate/belady.hpp"

#include <bit>
#include <limits>

namespace wats::simulate {
namespace {

constexpr std::uint32_t never = std::numeric_limits<std::uint32_t>::max();

/// A set of moments with its greatest: a tree of words, each bit of which tells whether there is anything in
/// the word below. No step takes more than six words, whatever the length of the trace.
class Moments {
 public:
  explicit Moments(std::size_t count) {
    do {
      count = (count + 63) / 64;
      levels_.emplace_back(count);
    } while (count > 1);
  }

  void insert(std::uint32_t moment) noexcept {
    std::size_t at = moment;
    for (auto& level : levels_) {
      level[at / 64] |= std::uint64_t{1} << (at % 64);
      at /= 64;
    }
  }
  void erase(std::uint32_t moment) noexcept {
    std::size_t at = moment;
    for (auto& level : levels_) {
      level[at / 64] &= ~(std::uint64_t{1} << (at % 64));
      if (level[at / 64] != 0) return;
      at /= 64;
    }
  }
  /// There is one.
  [[nodiscard]] std::uint32_t latest() const noexcept {
    std::size_t at = 0;
    for (auto level = levels_.rbegin(); level != levels_.rend(); ++level) {
      at = 64 * at + static_cast<std::size_t>(std::bit_width((*level)[at])) - 1;
    }
    return static_cast<std::uint32_t>(at);
  }

 private:
  std::vector<std::vector<std::uint64_t>> levels_;
};

}  // namespace

Belady::Belady(const KeyTrace& trace) : trace_(trace), next_(trace.requests.size()) {
  std::vector<std::uint32_t> next_of_key(trace.distinct_keys, never);
  for (std::size_t i = trace.requests.size(); i-- > 0;) {
    next_[i] = next_of_key[trace.requests[i]];
    next_of_key[trace.requests[i]] = static_cast<std::uint32_t>(i);
  }
}

Outcome Belady::replay(std::size_t entries, Counter counter) const {
  Outcome outcome;
  // What is held is known by its next use: no two keys have the same. What is never used again needs no name.
  Moments held(next_.size());
  std::size_t used_again = 0;
  std::size_t useless = 0;
  std::vector<bool> holds(trace_.distinct_keys);
  for (std::size_t i = 0; i < next_.size(); ++i) {
    const auto key = trace_.requests[i];
    if (holds[key]) {
      ++outcome.hits;
      held.erase(static_cast<std::uint32_t>(i));
      --used_again;
    } else {
      ++outcome.misses;
      if (used_again + useless == entries) {
        if (useless > 0) {
          --useless;
        } else {
          const std::uint32_t latest = held.latest();
          held.erase(latest);
          --used_again;
          holds[trace_.requests[latest]] = false;
        }
      }
    }
    holds[key] = next_[i] != never;
    if (holds[key]) {
      held.insert(next_[i]);
      ++used_again;
    } else {
      ++useless;
    }
    if (counter != nullptr && i % 4096 == 4095) counter->fetch_add(4096, std::memory_order_relaxed);
  }
  return outcome;
}

}  // namespace wats::simulate
