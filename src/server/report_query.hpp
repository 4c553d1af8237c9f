// Header queries: OData options compiled to one SQL statement.
#pragma once

#include "src/server/database.hpp"
#include "src/server/request.hpp"
#include "wats/op/report.hpp"

namespace wats::server {

[[nodiscard]] Reply query_headers(Database& database, const op::ReportQueryHeaders& request);

}  // namespace wats::server
