// Reports in the database.
#pragma once

#include "src/server/report_intake.hpp"
#include "src/server/request.hpp"
#include "src/server/writer.hpp"

#include <cstdint>
#include <optional>

namespace wats::server {

/// Takes a report in: at once, or into the inbox until *due_ns* when that is not 0. Answers the receipt, or
/// 400 when the process does not exist or has the wrong kind.
[[nodiscard]] Reply take_in(Transaction& transaction, const Intake& intake, std::int64_t due_ns);

/// Moves the reports of the inbox that are due at *until_ns* to where queries see them, and tells the
/// transaction when the next are.
void ingest_due_reports(Transaction& transaction, std::int64_t until_ns);

/// How many reports wait in the inbox.
[[nodiscard]] std::int64_t waiting_reports(Database& database);

}  // namespace wats::server
