// What a cache asks and tells its owner about keys and values.
#pragma once

#include "wats/cache/clock.hpp"
#include "wats/cache/flight.hpp"
#include "wats/cache/stats.hpp"

#include <cstddef>
#include <functional>
#include <memory>

namespace wats::cache {

/// All may be empty. They are called from any thread that uses the cache, outside of all its locks, and may
/// use it. What the first three throw reaches who stores or ends a load, once all who wait were told; the
/// others must not throw.
template <class Key, class Value, class Failure>
class Hooks {
 public:
  using Pointer = std::shared_ptr<const Value>;

  /// Bytes of a value, where StoreOptions::bytes does not tell. Default: sizeof(Value).
  std::function<std::size_t(const Key&, const Value&)> weigh;
  /// How long this value is fresh, where StoreOptions::ttl does not tell. Default: Options::ttl.
  std::function<Duration(const Key&, const Value&)> ttl;
  /// Whether a stale value may be shown in place of this failure. Default: any.
  std::function<bool(const Failure&)> stale_is_better;
  /// What a caller is told who waited for Staleness::hard_timeout. Default where failures are exceptions:
  /// TimedOut.
  std::function<Failure()> timed_out;

  /// An entry has left; the pointer is null for what was known not to be there.
  std::function<void(const Key&, const Pointer&, Cause)> on_removed;
  /// A load has ended, after so long.
  std::function<void(const Key&, const Landing<Value, Failure>&, Duration)> on_loaded;
};

}  // namespace wats::cache
