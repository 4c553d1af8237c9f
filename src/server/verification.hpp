// Verification: what the stored reports of a unit say about it.
#pragma once

#include "src/server/database.hpp"
#include "wats/op/production.hpp"

namespace wats::server {

/// Grades a unit by its reports (api/overlay.yaml, production_verify_unit).
[[nodiscard]] UnitGrade verify(Database& database, const op::ProductionVerifyUnit& request);

}  // namespace wats::server
