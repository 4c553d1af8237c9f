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
        return begin_with<LruPolicy<T>>();
      case Policy::sieve:
        return begin_with<SievePolicy<T>>();
      case Policy::s3_fifo:
        return begin_with<S3FifoPolicy<T>>();
    }
  }

  /// Any lock. One more hit of this entry changes nothing.
  [[nodiscard]] bool knows_of_hits(const T& entry) const noexcept {
    return (entry.mark() & well_used_) == well_used_;
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
  template <class Chosen>
  void begin_with() noexcept {
    policy_.template emplace<Chosen>();
    well_used_ = Chosen::well_used;
  }

  /// Of the bits of a mark: those that all are set once no further hit counts. More than there are: never.
  unsigned well_used_ = LruPolicy<T>::well_used;
  std::variant<LruPolicy<T>, SievePolicy<T>, S3FifoPolicy<T>> policy_;
};

}  // namespace wats::cache::detail
