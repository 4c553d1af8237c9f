// Cards of the report domain.
#pragma once

#include "wats/model/filter.hpp"
#include "wats/model/report_document.hpp"
#include "wats/model/report_header.hpp"
#include "wats/op/card.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace wats::op {

/// Headers of reports, newest first unless ordered otherwise; 10 rows unless told, 10 000 at most.
struct ReportQueryHeaders {
  using Answer = std::vector<ReportHeader>;
  static constexpr Card card{.id = "report_query_headers",
                             .summary = "List report headers by OData query",
                             .method = Method::get,
                             .path = "/api/Report/Query/Header",
                             .cache_class = CacheClass::live};
  static constexpr std::int32_t default_top = 10;
  static constexpr std::int32_t max_top = 10'000;

  ReportQueryHeaders() = default;

  std::optional<Filter> filter;
  std::optional<std::int32_t> top;
  std::optional<std::int32_t> skip;
  std::optional<std::string> order_by;
  std::optional<std::string> select;
  std::optional<std::string> expand;
  std::optional<Open<ReportType>> report_type;

  [[nodiscard]] Idempotency idempotency() const { return Idempotency::safe; }
  template <class Out>
  void tags(Out&& out) const {
    out("reports", "");
  }
  [[nodiscard]] bool truncated(const Answer& rows) const {
    const std::int32_t limit = top.value_or(default_top);
    return limit > 0 && rows.size() >= static_cast<std::size_t>(limit < max_top ? limit : max_top);
  }

  using Self = ReportQueryHeaders;
  static constexpr auto fields() {
    return std::tuple(
        WATS_FIELD(filter).named("$filter").in_query().about(
            "OData filter, for example serialNumber eq 'SN-1'"),
        WATS_FIELD(top).named("$top").in_query().about("most rows to answer, 10 unless told, at most 10000"),
        WATS_FIELD(skip).named("$skip").in_query().about("rows to pass over"),
        WATS_FIELD(order_by)
            .named("$orderby")
            .in_query()
            .about("start, uuid, serialNumber or timestamp, with asc or desc"),
        WATS_FIELD(select).named("$select").in_query().about("comma-separated fields to answer"),
        WATS_FIELD(expand).named("$expand").in_query().about("comma-separated collections to take in"),
        WATS_FIELD(report_type).in_query().about("U or T for tests, R for repairs"));
  }
};

/// Submits one report document. The id in it makes a repeat safe: the same id overwrites.
struct ReportPostWsjf {
  using Answer = ReportReceipt;
  static constexpr Card card{.id = "report_post_wsjf",
                             .summary = "Submit one report as JSON",
                             .method = Method::post,
                             .path = "/api/Report/WSJF",
                             .cache_class = CacheClass::never,
                             .body = BodyKind::json,
                             .settling = std::chrono::seconds(60)};

  explicit ReportPostWsjf(ReportDocument document) : report(std::move(document)) {}

  ReportDocument report;

  [[nodiscard]] Idempotency idempotency() const { return Idempotency::by_key; }
  template <class Out>
  void tags(Out&& out) const {
    out("reports", "");
    out("report", report.id());
    out("unit", report.serial_number());
  }
  /// Servers answer one receipt, a list of one, an object keyed id, or the bare id.
  [[nodiscard]] static Result<Answer> decode(std::string_view body);

  using Self = ReportPostWsjf;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(report).as_body().about("the WSJF document"));
  }
};

}  // namespace wats::op
