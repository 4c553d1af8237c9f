// Which keys are not to be refreshed for a while, as it failed lately.
#pragma once

#include "wats/cache/clock.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <unordered_map>

namespace wats::cache::detail {

/// By hash: two keys with one hash wait together. Under the exclusive lock of the shard, but for of().
class BackOffs {
 public:
  struct BackOff {
    TimePoint until{};
    unsigned failures = 0;
  };

  /// A refresh failed: the next one waits *first*, twice as long for each failure before, at most *longest*.
  void failed(std::uint64_t hash, TimePoint now, Duration first, Duration longest) noexcept {
    try {
      if (by_hash_.size() >= most) forget_past(now);
      if (by_hash_.size() >= most && !by_hash_.contains(hash)) return;
      BackOff& back_off = by_hash_[hash];
      const unsigned doublings = std::min(back_off.failures, 30U);
      const Duration::rep factor = Duration::rep{1} << doublings;
      const Duration wait = first > longest / factor ? longest : first * factor;
      back_off = {now + wait, back_off.failures + 1};
    } catch (const std::bad_alloc&) {
      // It is tried sooner than it should.
      return;
    }
  }
  void succeeded(std::uint64_t hash) noexcept {
    if (!by_hash_.empty()) by_hash_.erase(hash);
  }
  /// Any lock. No failures: there is none.
  [[nodiscard]] BackOff of(std::uint64_t hash) const noexcept {
    const auto found = by_hash_.find(hash);
    return found == by_hash_.end() ? BackOff() : found->second;
  }

 private:
  static constexpr std::size_t most = 4096;

  void forget_past(TimePoint now) {
    std::erase_if(by_hash_, [&](const auto& each) { return each.second.until <= now; });
  }

  std::unordered_map<std::uint64_t, BackOff> by_hash_;
};

}  // namespace wats::cache::detail
