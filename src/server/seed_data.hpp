// What seeded servers hold, made from a number: processes, products, reports.
#pragma once

#include "wats/model/process.hpp"
#include "wats/server/seed.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace wats::server {

/// Test operations first (codes 10, 20 ...), then a repair operation (500) and work-in-progress operations
/// (800 ...).
[[nodiscard]] std::vector<Process> seed_processes(std::uint32_t count);
/// JSON for product_save of product *index*: PN-1001 and on, revisions A, B ...
[[nodiscard]] std::string seed_product(const SeedSpec& spec, std::uint32_t index);
/// WSJF of generated report *index*: SN-000001 and on, a tenth of the units tested twice, eight in a hundred
/// failed.
[[nodiscard]] std::string seed_report(const SeedSpec& spec, std::uint32_t index);

/// A report document to multiply: the same bytes but for id, serial number and start.
class ReportTemplate {
 public:
  /// *Errors*: Errc::invalid_argument when *text* is no report or lacks one of the members.
  [[nodiscard]] static Result<ReportTemplate> from(const std::string& text);
  [[nodiscard]] std::string make(const SeedSpec& spec, std::uint32_t index) const;

 private:
  enum class Hole : std::uint8_t { id, serial_number, start, start_utc, none };
  struct Piece {
    std::string text;  ///< before the hole
    Hole hole;
  };
  std::vector<Piece> pieces_;
};

}  // namespace wats::server
