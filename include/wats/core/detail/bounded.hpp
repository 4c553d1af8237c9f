// Times that callers give, as far as clocks can bear them.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace wats::detail {

/// *time* from zero to what may be added to the present: times beyond are as good as none.
[[nodiscard]] inline std::optional<std::chrono::milliseconds> bounded(
    std::optional<std::chrono::milliseconds> time) noexcept {
  constexpr std::chrono::milliseconds longest = std::chrono::hours(24 * 366);
  if (!time) return time;
  return std::clamp(*time, std::chrono::milliseconds::zero(), longest);
}

}  // namespace wats::detail
