// Key trace: what a run asked of the cache, for `wats cache simulate`.
#pragma once

#include "apps/wats/demo/run.hpp"

#include <string>

namespace wats::demo {

/// A line a cacheable read, in the order in which they began: operation and members, as in "product_get
/// PN-1001". Nothing in it is secret: a key has no token and no address. The first line, a comment, tells
/// where it comes from.
[[nodiscard]] std::string key_trace(const Workload& workload, const Run& run);

}  // namespace wats::demo
