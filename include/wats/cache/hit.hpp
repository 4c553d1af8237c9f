// What a lookup gives when it is answered from memory.
#pragma once

#include "wats/cache/clock.hpp"

#include <memory>
#include <utility>

namespace wats::cache {

/// A stored value, or nothing. The value is shared and immutable: it lives on even when the cache drops it.
template <class Value>
class Hit {
 public:
  Hit() = default;
  Hit(std::shared_ptr<const Value> stored, Duration stored_age) : value(std::move(stored)), age(stored_age) {}

  [[nodiscard]] explicit operator bool() const noexcept { return value != nullptr; }

  std::shared_ptr<const Value> value;
  /// Since the load began.
  Duration age{};
};

}  // namespace wats::cache
