// The app domain: version and processes.
#include "wats/op/app.hpp"

#include "src/server/registry.hpp"

namespace wats::server {
namespace {

Reply version(Database&, const op::AppGetVersion&) {
  return json_reply("\"2025.3.9.824\"");
}

Reply list_processes(Database& database, const op::ProcessList& request) {
  const bool test = request.include_test_operations.value_or(false);
  const bool repair = request.include_repair_operations.value_or(false);
  const bool wip = request.include_wip_operations.value_or(false);
  // No flag given at all means all three kinds; a flag given as false does not.
  const bool any_given =
      request.include_test_operations || request.include_repair_operations || request.include_wip_operations;
  auto rows = database.prepare(
      "SELECT doc FROM processes WHERE ((?1 AND is_test) OR (?2 AND is_repair) OR (?3 AND is_wip))"
      " AND (?4 OR state = 1) ORDER BY process_index, code");
  rows.bind(std::int64_t{test || !any_given})
      .bind(std::int64_t{repair || !any_given})
      .bind(std::int64_t{wip || !any_given})
      .bind(std::int64_t{request.include_inactive_processes.value_or(false)});
  std::string body = "[";
  while (rows.next()) {
    if (body.size() > 1) body.push_back(',');
    body += rows.text(0);
  }
  body.push_back(']');
  return json_reply(std::move(body));
}

}  // namespace

void add_app_operations(Registry& registry) {
  registry.read<op::AppGetVersion>(version);
  registry.read<op::ProcessList>(list_processes);
}

}  // namespace wats::server
