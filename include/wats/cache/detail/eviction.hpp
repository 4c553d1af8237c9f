// Which entry has to go when there is no room: the policy that the cache was made with.
#pragma once

#include "wats/cache/detail/lru_policy.hpp"
#include "wats/cache/detail/s3_fifo_policy.hpp"
#include "wats/cache/detail/sieve_policy.hpp"
#include "wats/cache/options.hpp"

#include <cstdint>
#include <variant>

namespace wats::cache::detail {

/// T has a mark() of four bits for its policy. All under the exclusive lock of the shard.
template <class T>
class Eviction {
 public:
  /// Begins anew, of nothing.
  void begin(Policy policy) noexcept {
    switch (policy) {
      case Policy::lru:
        policy_.template emplace<LruPolicy<T>>();
        return;
      case Policy::sieve:
        policy_.template emplace<SievePolicy<T>>();
        return;
      case Policy::s3_fifo:
        policy_.template emplace<S3FifoPolicy<T>>();
        return;
    }
  }

  void inserted(Slab<T>& slab, Number number, std::uint32_t hash) noexcept {
    std::visit([&](auto& policy) { policy.inserted(slab, number, hash); }, policy_);
  }
  /// Before it is destroyed.
  void removed(Slab<T>& slab, Number number) noexcept {
    std::visit([&](auto& policy) { policy.removed(slab, number); }, policy_);
  }
  /// *next*() gives the numbers that were hit, in their order, then no_number.
  template <class Next>
  void hit(Slab<T>& slab, Next&& next) noexcept {
    std::visit(
        [&](auto& policy) {
          for (Number number = next(); number != no_number; number = next()) policy.hit(slab, number);
        },
        policy_);
  }
  /// Calls *remove*(number), which has it removed, for one entry, rarely for more. There is one.
  template <class HashOf, class Remove>
  void evict(Slab<T>& slab, const HashOf& hash_of, const Remove& remove) {
    std::visit([&](auto& policy) { policy.evict(slab, hash_of, remove); }, policy_);
  }

 private:
  std::variant<LruPolicy<T>, SievePolicy<T>, S3FifoPolicy<T>> policy_;
};

}  // namespace wats::cache::detail
