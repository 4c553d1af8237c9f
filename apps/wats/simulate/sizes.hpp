// Sizes of caches as a command line says them: entries, or a share of the distinct keys.
#pragma once

#include "wats/core/error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wats::simulate {

struct Size {
  /// As it was written.
  std::string text;
  std::size_t entries = 0;
  /// Instead of entries.
  std::optional<double> percent;

  /// Shares are rounded to the nearest number of entries, at least 1.
  [[nodiscard]] std::size_t entries_of(std::uint32_t distinct_keys) const noexcept;
};

/// "100", "1%,10%,25%", "0.5%,1000". *Errors*: Errc::invalid_argument for what is no size: entries from 1 to
/// 4294967294, shares above 0 % and up to 100 %.
[[nodiscard]] Result<std::vector<Size>> sizes_of(std::string_view text);

}  // namespace wats::simulate
