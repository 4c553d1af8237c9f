// Every operation there is a card for.
#pragma once

#include "wats/op/app.hpp"
#include "wats/op/product.hpp"
#include "wats/op/production.hpp"
#include "wats/op/report.hpp"

namespace wats::op {

using All = OperationList<AppGetVersion, ProcessList, ProductList, ProductGet, ProductGetRevisionByPath,
                          ProductSave, ProductionGetUnit, ProductionVerifyUnit, ProductionSetUnitPhase,
                          ReportPostWsjf, ReportQueryHeaders>;

}  // namespace wats::op
