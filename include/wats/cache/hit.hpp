// What a lookup gives when it is answered from memory.
#pragma once

#include "wats/cache/clock.hpp"

#include <memory>

namespace wats::cache {

/// What is stored under a key, or nothing. The value is shared and immutable: it lives on even when the cache
/// drops it.
template <class Value>
class Hit {
 public:
  Hit() = default;

  [[nodiscard]] explicit operator bool() const noexcept { return found; }
  /// It is known that there is no value: only with Options::negative_ttl.
  [[nodiscard]] bool is_negative() const noexcept { return found && !value; }

  std::shared_ptr<const Value> value;
  /// Since the load began.
  Duration age{};
  bool found = false;
  /// Its time to live is over.
  bool is_stale = false;
  /// It should be loaded anew, as Options::stale has it.
  bool is_due = false;
};

}  // namespace wats::cache
