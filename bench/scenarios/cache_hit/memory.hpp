// Memory: what an entry takes besides its key and its value.
#pragma once

#include "bench/scenarios/cache_hit/rival.hpp"

#include <cstddef>

namespace bench {

/// An entry's share of the heap bytes, as malloc counts them with its own headers, that a cache takes more
/// than a vector without spare room of the same keys and shared pointers: a std::string with its block, a
/// shared_ptr with the block that has the value of 100 bytes.
struct Memory {
  /// With all entries.
  double full = 0;
  /// The greatest from half of them on: tables that grow are emptiest just after it.
  double most = 0;
};

[[nodiscard]] Memory bytes_beside(const Kind& kind, std::size_t count);

}  // namespace bench
