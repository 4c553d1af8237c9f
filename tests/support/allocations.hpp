// Counts this thread's allocations; needs allocations.cpp in the same program.
#pragma once

#include <cstddef>

namespace wats::testing {

/// Allocations of the calling thread since it began.
[[nodiscard]] std::size_t allocations() noexcept;

}  // namespace wats::testing
