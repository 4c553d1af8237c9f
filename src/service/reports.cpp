#include "wats/service/reports.hpp"

#include "wats/op/report.hpp"

#include <string_view>
#include <utility>

namespace wats {
namespace {

std::string_view word(ReportOrder order) {
  switch (order) {
    case ReportOrder::start:
      return "start";
    case ReportOrder::uuid:
      return "uuid";
    case ReportOrder::serial_number:
      return "serialNumber";
    case ReportOrder::time_stamp:
      return "timestamp";
  }
  return "start";
}

op::ReportQueryHeaders request_for(const ReportPage& page) {
  op::ReportQueryHeaders request;
  request.top = page.top;
  if (page.skip != 0) request.skip = page.skip;
  if (page.order != ReportOrder::start || page.ascending) {
    request.order_by = std::string(word(page.order)) + (page.ascending ? " asc" : " desc");
  }
  return request;
}

}  // namespace

Call<ReportReceipt> ReportService::submit(ReportDocument report) const {
  return caller_.call(op::ReportPostWsjf(std::move(report)));
}

Call<std::vector<ReportHeader>> ReportService::query(Filter filter, ReportPage page) const {
  op::ReportQueryHeaders request = request_for(page);
  request.filter = std::move(filter);
  return caller_.call(std::move(request));
}

Call<std::vector<ReportHeader>> ReportService::list(ReportPage page) const {
  return caller_.call(request_for(page));
}

}  // namespace wats
