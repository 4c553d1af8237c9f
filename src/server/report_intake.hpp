// Intake: a report document checked, and the header that follows from it.
#pragma once

#include "wats/model/report_header.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace wats::server {

/// A report document that may be stored.
struct Intake {
  /// What the document itself says; run, receiveCount, timeStamp, processName and passedInRun come from the
  /// store.
  ReportHeader header;
  /// The id as it was sent; the header's uuid is the same in small letters.
  std::string sent_id;
  bool is_repair = false;
  /// Repairs: the test operation that failed.
  std::optional<std::int64_t> tested_process_code;
  /// The document, packed (compress.hpp), and its size in bytes.
  std::string packed;
  std::size_t size = 0;
};

/// Reads and checks a WSJF document. The error names the member and what is wrong with it.
/// *Thread safety*: any thread; the parser is per thread.
[[nodiscard]] std::expected<Intake, std::string> read_report(const std::string& document);

/// JSON of the collection *name* ($expand) of a stored document as header queries answer it. Empty when the
/// document's type (*is_repair*) does not have it.
[[nodiscard]] std::string expand_report(const std::string& document, bool is_repair, std::string_view name);
/// Whether header queries know the collection; answers its exact name, or nothing.
[[nodiscard]] std::optional<std::string_view> expandable(std::string_view name);

}  // namespace wats::server
