// How the one load of a key reaches all who wait for it.
#pragma once

#include "wats/cache/clock.hpp"
#include "wats/cache/hit.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace wats::cache {

/// How a load ended. abandoned: nobody will answer; who still wants the value may ask again.
enum class LandingKind : std::uint8_t { value, failure, abandoned };

/// The end of a load. (A class with constructors, as GCC 12 mistreats aggregates in coroutines.)
template <class Value, class Failure>
class Landing {
 public:
  Landing() noexcept : kind(LandingKind::abandoned) {}
  /// Null: it is known that there is none.
  explicit Landing(std::shared_ptr<const Value> loaded, Duration age_before = Duration::zero()) noexcept
      : kind(LandingKind::value), value(std::move(loaded)), age(age_before) {}
  /// What was stored before.
  explicit Landing(const Hit<Value>& stored) noexcept
      : kind(LandingKind::value), value(stored.value), is_stale(stored.is_stale), age(stored.age) {}
  explicit Landing(Failure reason) : kind(LandingKind::failure), failure(std::move(reason)) {}

  LandingKind kind;
  std::shared_ptr<const Value> value;
  /// The load failed, or took too long; what was stored before stands in for it.
  bool is_stale = false;
  Duration age{};
  std::optional<Failure> failure;
};

/// Somebody who waits for a load. One who gave up stays registered until the load ends, and ignores it.
template <class Value, class Failure>
class Waiter {
 public:
  Waiter() = default;
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  virtual ~Waiter() = default;

  /// Called once by the cache, on the thread that ends the load, outside of all its locks.
  virtual void landed(const Landing<Value, Failure>& landing) noexcept = 0;
};

}  // namespace wats::cache
