// The report domain.
#include "wats/op/report.hpp"

#include "src/server/registry.hpp"
#include "src/server/report_intake.hpp"
#include "src/server/report_query.hpp"
#include "src/server/report_store.hpp"

#include <memory>

namespace wats::server {
namespace {

Planned submit(const std::string& body, const Settings& settings) {
  auto intake = read_report(body);
  if (!intake) return error_reply(400, intake.error());
  const auto delay = settings.ingest_delay.count();
  // Shared, since a std::function must be copyable and the document is large.
  return [shared = std::make_shared<const Intake>(*std::move(intake)), delay](Transaction& transaction) {
    return take_in(transaction, *shared, delay == 0 ? 0 : wall_clock_ns() + delay);
  };
}

}  // namespace

void add_report_operations(Registry& registry) {
  registry.write_body<op::ReportPostWsjf>(submit);
  registry.read<op::ReportQueryHeaders>(query_headers);
}

}  // namespace wats::server
