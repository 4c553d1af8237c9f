// Reports: handing them over and finding them again.
#pragma once

#include "wats/core/call.hpp"
#include "wats/model/filter.hpp"
#include "wats/model/report_document.hpp"
#include "wats/model/report_fields.hpp"
#include "wats/model/report_header.hpp"
#include "wats/service/caller.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wats {

/// What a header query may be ordered by.
enum class ReportOrder : std::uint8_t { start, uuid, serial_number, time_stamp };

/// One page of a header query.
class ReportPage {
 public:
  ReportPage() = default;
  explicit ReportPage(std::int32_t most_rows) : top(most_rows) {}

  /// Most rows, 1 to 10 000.
  std::int32_t top = 10;
  /// Rows to pass over.
  std::int32_t skip = 0;
  ReportOrder order = ReportOrder::start;
  bool ascending = false;
};

/// *Thread safety*: any thread. *Lifetime*: may outlive the client; its calls then fail with Errc::closed.
class ReportService {
 public:
  explicit ReportService(Caller caller) noexcept : caller_(std::move(caller)) {}

  /// Sends one report now; the answer tells under which id it is stored. The id in the document makes a
  /// repeat safe. *Errors*: Errc::rejected with the server's words when it refuses the document.
  /// *Idempotent*: by the report's id. *Source*: report_post_wsjf.
  [[nodiscard]] Call<ReportReceipt> submit(ReportDocument report) const;

  /// Headers of the reports that match, newest first, 10 rows unless told.
  /// truncated() tells that there may be more. A report just sent may be missing for some seconds.
  /// *Cached*: live; tag reports. *Source*: report_query_headers.
  [[nodiscard]] Call<std::vector<ReportHeader>> query(Filter filter, ReportPage page = ReportPage()) const;

  /// Headers of all reports, newest first, 10 rows unless told.
  /// *Cached*: live; tag reports. *Source*: report_query_headers.
  [[nodiscard]] Call<std::vector<ReportHeader>> list(ReportPage page = ReportPage()) const;

 private:
  Caller caller_;
};

}  // namespace wats
