#include "src/server/unit_store.hpp"

#include "src/server/row.hpp"
#include "wats/model/codec.hpp"

#include <utility>

namespace wats::server {
namespace {

/// The members of a unit that the table holds.
std::optional<Unit> find_unit(Database& database, const UnitChange& change) {
  auto row = database.prepare(
      "SELECT revision, batch_number, phase, process_code FROM units WHERE serial_number = ? AND part_number "
      "= ?");
  row.bind(change.serial_number).bind(change.part_number);
  if (!row.next()) return std::nullopt;
  Unit unit;
  read_value(row, 0, unit.revision);
  read_value(row, 1, unit.batch_number);
  read_value(row, 2, unit.unit_phase_id);
  read_value(row, 3, unit.process_code);
  return unit;
}

}  // namespace

std::string_view phase_name(UnitPhase phase) noexcept {
  switch (phase) {
    case UnitPhase::unknown:
      return "Unknown";
    case UnitPhase::under_production:
      return "Under production";
    case UnitPhase::production_repair:
      return "Under repair";
    case UnitPhase::service_repair:
      return "Under service repair";
    case UnitPhase::finalized:
      return "Finalized";
    case UnitPhase::scrapped:
      return "Scrapped";
    case UnitPhase::extended_test:
      return "Extended test";
    case UnitPhase::customization:
      return "Customization";
    case UnitPhase::repaired:
      return "Repaired";
    case UnitPhase::missing:
      return "Missing";
    case UnitPhase::in_storage:
      return "In storage";
    case UnitPhase::shipped:
      return "Shipped";
    case UnitPhase::under_production_queued:
      return "Under production queued";
    case UnitPhase::production_repair_queued:
      return "Under repair queued";
    case UnitPhase::service_repair_queued:
      return "Under service repair queued";
  }
  return {};
}

bool store_unit(Transaction& transaction, const UnitChange& change) {
  auto& database = transaction.database();
  auto stored = find_unit(database, change);
  const bool is_new = !stored;
  Unit unit = is_new ? Unit() : *std::move(stored);
  unit.serial_number = change.serial_number;
  unit.part_number = change.part_number;
  if (is_new) unit.unit_phase_id = UnitPhase::under_production;
  if (change.revision) unit.revision = *change.revision;
  if (change.batch_number) unit.batch_number = *change.batch_number;
  if (change.process_code) unit.process_code = static_cast<std::int32_t>(*change.process_code);
  if (change.phase) unit.unit_phase_id = *change.phase;
  unit.unit_phase = std::string(phase_name(*unit.unit_phase_id));

  auto doc = model::to_json(unit);
  {
    auto upsert = database.prepare(
        "INSERT INTO units(serial_number, part_number, revision, batch_number, phase, process_code, doc)"
        " VALUES(?,?,?,?,?,?,?) ON CONFLICT(serial_number, part_number) DO UPDATE SET "
        "revision=excluded.revision,"
        " batch_number=excluded.batch_number, phase=excluded.phase, process_code=excluded.process_code,"
        " doc=excluded.doc");
    upsert.bind(change.serial_number).bind(change.part_number);
    bind_value(upsert, unit.revision);
    bind_value(upsert, unit.batch_number);
    bind_value(upsert, unit.unit_phase_id);
    bind_value(upsert, unit.process_code);
    upsert.bind(doc).run();
  }
  transaction.changed("units", change.serial_number + "/" + change.part_number, std::move(doc));
  return is_new;
}

}  // namespace wats::server
