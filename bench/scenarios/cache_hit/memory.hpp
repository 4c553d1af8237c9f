// Memory: what an entry takes besides its key and its value.
#pragma once

#include "bench/scenarios/cache_hit/rival.hpp"

#include <cstddef>

namespace bench {

/// Heap bytes, as malloc counts them with its own headers, that a cache of *count* entries takes more than a
/// vector without spare room of the same keys and shared pointers: a std::string with its block, a
/// shared_ptr with the block that has the value of 100 bytes. An entry's share.
[[nodiscard]] double bytes_beside(const Kind& kind, std::size_t count);

/// The greatest share from half of *count* to all of it: tables that grow are emptiest just after it.
[[nodiscard]] double most_bytes_beside(const Kind& kind, std::size_t count);

}  // namespace bench
