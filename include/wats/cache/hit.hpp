// What a lookup gives when it is answered from memory.
#pragma once

#include "wats/cache/clock.hpp"

#include <memory>
#include <utility>

namespace wats::cache {

/// What is stored under a key, or nothing. The value is shared and immutable: it lives on even when the cache
/// drops it.
template <class Value>
class Hit {
 public:
  Hit() = default;
  Hit(std::shared_ptr<const Value> stored, Duration stored_age, bool stale = false)
      : value(std::move(stored)), age(stored_age), is_stale(stale), found_(true) {}

  [[nodiscard]] explicit operator bool() const noexcept { return found_; }
  /// It is known that there is no value: only with Options::negative_ttl.
  [[nodiscard]] bool is_negative() const noexcept { return found_ && !value; }

  std::shared_ptr<const Value> value;
  /// Since the load began.
  Duration age{};
  /// Its time to live is over.
  bool is_stale = false;

 private:
  bool found_ = false;
};

}  // namespace wats::cache
