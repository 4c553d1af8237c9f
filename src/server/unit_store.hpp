// Units in the database.
#pragma once

#include "src/server/writer.hpp"
#include "wats/model/unit.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wats::server {

/// Name of a phase; empty when there is no such phase.
[[nodiscard]] std::string_view phase_name(UnitPhase phase) noexcept;

/// What a write changes about a unit; empty members keep what the unit has.
struct UnitChange {
  std::string serial_number;
  std::string part_number;
  std::optional<std::string> revision;
  std::optional<std::string> batch_number;
  std::optional<std::int64_t> process_code;
  std::optional<UnitPhase> phase;
};

/// Adds or changes a unit. A new one is under production unless told otherwise. True when it is new.
bool store_unit(Transaction& transaction, const UnitChange& change);

}  // namespace wats::server
