// ReportDocument: a test or repair report as the JSON document (WSJF) that is handed over to the server.
#pragma once

#include "wats/core/error.hpp"
#include "wats/model/detail/type_table.hpp"
#include "wats/model/report_header.hpp"
#include "wats/model/timestamp.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace wats {

/// A report whose identity is known: enough to hand it over safely, and otherwise byte for byte what it was
/// made from. *Thread safety*: as a std::string.
class ReportDocument {
 public:
  /// Checks that *json* is one report: an object with type (T or R), pn, sn, rev, processCode and start.
  /// Without an id it gets a random one as its first member: the id makes a repeated hand-over harmless, so
  /// it has to be fixed before the first. Everything else stays as it is. *Errors*: Errc::invalid_argument
  /// naming the member that is missing or wrong, or the place where it is not JSON.
  [[nodiscard]] static Result<ReportDocument> parse(std::string json);

  /// UUID, as the document spells it.
  [[nodiscard]] const std::string& id() const noexcept { return id_; }
  [[nodiscard]] const std::string& serial_number() const noexcept { return serial_number_; }
  [[nodiscard]] const std::string& part_number() const noexcept { return part_number_; }
  [[nodiscard]] ReportType type() const noexcept { return type_; }
  [[nodiscard]] const Timestamp& start() const noexcept { return start_; }
  /// The document.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  friend bool operator==(const ReportDocument& a, const ReportDocument& b) noexcept {
    return a.text_ == b.text_;
  }

 private:
  ReportDocument() = default;

  std::string id_;
  std::string serial_number_;
  std::string part_number_;
  ReportType type_ = ReportType::test;
  Timestamp start_;
  std::string text_;
};

namespace model::detail {
template <>
inline constexpr bool is_raw_json<ReportDocument> = true;
}  // namespace model::detail

}  // namespace wats
