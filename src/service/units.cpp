#include "wats/service/units.hpp"

#include "wats/op/production.hpp"

#include <string>
#include <utility>

namespace wats {

Call<Unit> UnitService::find(std::string_view serial_number, std::string_view part_number) const {
  return caller_.call(op::ProductionGetUnit(std::string(serial_number), std::string(part_number)));
}

Call<UnitGrade> UnitService::verify(std::string_view serial_number, std::string_view part_number) const {
  return caller_.call(op::ProductionVerifyUnit(std::string(serial_number), std::string(part_number)));
}

Call<Done> UnitService::set_phase(std::string_view serial_number, std::string_view part_number,
                                  UnitPhase phase, std::string_view comment) const {
  op::ProductionSetUnitPhase request(std::string(serial_number), std::string(part_number), phase);
  if (!comment.empty()) request.comment = std::string(comment);
  return caller_.call(std::move(request));
}

}  // namespace wats
