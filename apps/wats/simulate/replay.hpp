// Replays a trace through the cache of the library, one policy at a time.
#pragma once

#include "apps/wats/simulate/belady.hpp"
#include "apps/wats/simulate/key_trace.hpp"
#include "wats/cache/options.hpp"

#include <cstddef>
#include <cstdint>

namespace wats::simulate {

/// The hash of a key's number for the cache: no two numbers are one to S3-FIFO, which knows what has lately
/// left by 32 bits of the hash. So the miss ratio is that of the paper's algorithm to the last digit.
struct ExactHash {
  [[nodiscard]] std::size_t operator()(std::uint32_t number) const noexcept;
};

/// Each request is a find(), and a put() when that finds nothing: one thread, one shard, no time to live, no
/// bound on bytes. *entries*: at least 1.
[[nodiscard]] Outcome replay(const KeyTrace& trace, cache::Policy policy, std::size_t entries,
                             Counter counter = nullptr);

}  // namespace wats::simulate
