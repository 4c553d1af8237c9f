// SeedSpec: which data an embedded server starts with.
#pragma once

#include "wats/core/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace wats::server {

/// Master data and reports to fill a server with. Everything follows from *seed*.
struct SeedSpec {
  std::uint32_t processes = 12;
  std::uint32_t products = 40;
  std::uint32_t revisions_per_product = 3;
  std::uint32_t reports = 0;
  std::uint32_t steps = 40;  ///< steps of a generated report
  std::uint64_t seed = 42;
  /// A WSJF document to multiply instead of generating reports: id, serial number and start are made new.
  std::string report_file;

  /// The data of the demo's line: 12 processes, 40 products of 3 revisions, 2000 reports.
  [[nodiscard]] static SeedSpec line();
  /// Reads "line", "empty" or a list like "reports=20000:FILE,products=40,seed=7"; members not named keep
  /// their defaults. *Errors*: Errc::invalid_options naming what is not understood.
  [[nodiscard]] static Result<SeedSpec> parse(std::string_view text);
};

}  // namespace wats::server
