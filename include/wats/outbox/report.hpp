// What is handed to an outbox: a report's document with what tells it from others and puts it in its place.
#pragma once

#include "wats/core/error.hpp"
#include "wats/model/report_document.hpp"
#include "wats/model/timestamp.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wats::outbox {

/// How a document is written.
enum class Format : std::uint8_t {
  wsjf,  ///< JSON
  wsxf,  ///< XML
};

[[nodiscard]] constexpr std::string_view name(Format format) noexcept {
  return format == Format::wsjf ? "wsjf" : "wsxf";
}

/// One report as an outbox keeps it. Made by the functions below, which check the document.
/// *Thread safety*: as a std::string.
class Report {
 public:
  Report() = default;

  Format format = Format::wsjf;
  /// UUID: fixed here, so that sending it twice has one effect.
  std::string id;
  std::string serial_number;
  std::string part_number;
  ReportType type = ReportType::test;
  Timestamp start;
  /// Of a repair: the id of the test it repairs, which is sent first.
  std::string repaired_test;
  /// Serial numbers of the parts in the unit, whose reports are sent first.
  std::vector<std::string> sub_units;
  /// The document itself.
  std::string document;
};

/// A report from its JSON document. *Errors*: none: the document has been checked already.
[[nodiscard]] Report from(ReportDocument document);

}  // namespace wats::outbox
