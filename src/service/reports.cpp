#include "wats/service/reports.hpp"

#include <string_view>
#include <utility>

#include "wats/op/report.hpp"

namespace wats {
namespace {

std::string_view word(ReportOrder order) {
  switch (order) {
    case ReportOrder::start: return "start";
    case ReportOrder::uuid: return "uuid";
    case ReportOrder::serial_number: return "serialNumber";
    case ReportOrder::time_stamp: return "timestamp";
  }
  return "start";
}

}  // namespace

Call<ReportReceipt> ReportService::submit(ReportDocument report) const {
  return caller_.call(op::ReportPostWsjf(std::move(report)));
}

Call<std::vector<ReportHeader>> ReportService::query(Filter filter, ReportPage page) const {
  op::ReportQueryHeaders request;
  if (!filter.empty()) request.filter = std::move(filter);
  request.top = page.top;
  if (page.skip != 0) request.skip = page.skip;
  if (page.order != ReportOrder::start || page.ascending) {
    request.order_by = std::string(word(page.order)) + (page.ascending ? " asc" : " desc");
  }
  return caller_.call(std::move(request));
}

}  // namespace wats
