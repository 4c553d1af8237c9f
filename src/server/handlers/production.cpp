// The production domain: units, phases and verification.
#include "wats/op/production.hpp"

#include "src/server/registry.hpp"
#include "src/server/row.hpp"
#include "src/server/unit_store.hpp"
#include "src/server/verification.hpp"

namespace wats::server {
namespace {

/// The stored unit with its product and revision put in as the product routes answer them.
Reply find_unit(Database& database, const op::ProductionGetUnit& request) {
  auto row = database.prepare(
      "SELECT u.doc, p.doc, r.doc FROM units u LEFT JOIN products p ON p.part_number = u.part_number"
      " LEFT JOIN revisions r ON r.product_id = p.product_id AND r.revision = u.revision"
      " WHERE u.serial_number = ? AND u.part_number = ?");
  row.bind(request.serial_number).bind(request.part_number);
  if (!row.next()) {
    return error_reply(404,
                       "there is no unit " + request.serial_number + " of product " + request.part_number);
  }
  std::string body(row.text(0));
  body.pop_back();
  if (!row.is_null(2)) body.append(",\"productRevision\":").append(row.text(2));
  if (!row.is_null(1)) body.append(",\"product\":").append(row.text(1));
  body.push_back('}');
  return json_reply(std::move(body));
}

Reply verify_unit(Database& database, const op::ProductionVerifyUnit& request) {
  if (request.serial_number.empty()) return error_reply(400, "serialNumber must not be empty");
  return json_reply(model::to_json(verify(database, request)));
}

Planned set_phase(const op::ProductionSetUnitPhase& request) {
  if (request.serial_number.empty()) return error_reply(400, "serialNumber must not be empty");
  if (request.part_number.empty()) return error_reply(400, "partNumber must not be empty");
  if (phase_name(request.phase).empty()) {
    return error_reply(
        400, "phase: " + std::to_string(static_cast<std::int32_t>(request.phase)) + " is no unit phase");
  }
  return [request](Transaction& transaction) {
    UnitChange change;
    change.serial_number = request.serial_number;
    change.part_number = request.part_number;
    change.phase = request.phase;
    if (store_unit(transaction, change)) {
      auto product = transaction.database().prepare("SELECT 1 FROM products WHERE part_number = ?");
      product.bind(request.part_number);
      if (!product.next()) {
        return error_reply(404, "there is no unit " + request.serial_number + " and no product " +
                                    request.part_number + " to make one of");
      }
    }
    auto entry = transaction.database().prepare(
        "INSERT INTO unit_phases(serial_number, part_number, phase, at_ns, comment) VALUES(?,?,?,?,?)");
    entry.bind(request.serial_number)
        .bind(request.part_number)
        .bind(static_cast<std::int64_t>(request.phase))
        .bind(wall_clock_ns());
    if (request.comment)
      entry.bind(*request.comment);
    else
      entry.bind(nullptr);
    entry.run();
    return json_reply("null");
  };
}

}  // namespace

void add_production_operations(Registry& registry) {
  registry.read<op::ProductionGetUnit>(find_unit);
  registry.read<op::ProductionVerifyUnit>(verify_unit);
  registry.write<op::ProductionSetUnitPhase>(set_phase);
}

}  // namespace wats::server
