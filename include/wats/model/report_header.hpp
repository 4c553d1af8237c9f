// Report headers: one flat row a report, as queries answer them.
#pragma once

#include "wats/model/fields.hpp"
#include "wats/model/json.hpp"
#include "wats/model/maybe.hpp"
#include "wats/model/open.hpp"
#include "wats/model/timestamp.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wats {

enum class ReportType : std::uint8_t { test, repair };
enum class ReportResult : std::uint8_t { passed, failed, error, terminated };

/// The server answers T or R; U is what its query parameter calls a test.
template <>
struct Words<ReportType> {
  static constexpr auto words = std::to_array<std::pair<ReportType, std::string_view>>(
      {{ReportType::test, "T"}, {ReportType::repair, "R"}, {ReportType::test, "U"}});
};
/// Whole words in headers, one letter in documents.
template <>
struct Words<ReportResult> {
  static constexpr auto words =
      std::to_array<std::pair<ReportResult, std::string_view>>({{ReportResult::passed, "Passed"},
                                                                {ReportResult::failed, "Failed"},
                                                                {ReportResult::error, "Error"},
                                                                {ReportResult::terminated, "Terminated"},
                                                                {ReportResult::passed, "P"},
                                                                {ReportResult::failed, "F"},
                                                                {ReportResult::error, "E"},
                                                                {ReportResult::terminated, "T"}});
};

/// Header of one report. The collections that a query can expand stay in `unknown` until they get types.
/// *Source*: ReportHeader in api/report.yaml.
class ReportHeader : public Record {
 public:
  ReportHeader() = default;

  std::string uuid;
  Maybe<std::string> serial_number;
  Maybe<std::string> part_number;
  Maybe<Open<ReportType>> report_type;
  Maybe<Timestamp> start;
  Maybe<std::string> revision;
  Maybe<Open<ReportResult>> result;
  Maybe<std::string> batch_number;
  /// The operator.
  Maybe<std::string> user_name;
  Maybe<std::string> station_name;
  Maybe<std::string> location;
  Maybe<std::string> purpose;
  Maybe<bool> measures_deleted;
  /// Rising number in order of processing; the best key for reading what is new.
  Maybe<std::int64_t> time_stamp;
  Maybe<std::int32_t> process_code;
  Maybe<std::string> process_name;
  Maybe<std::string> comment;
  /// Seconds.
  Maybe<double> execution_time;
  Maybe<std::string> sw_filename;
  Maybe<std::string> sw_version;
  Maybe<std::int32_t> test_socket_index;
  Maybe<std::string> fixture_id;
  Maybe<std::int32_t> error_code;
  Maybe<std::string> error_message;
  /// Which run of this serial number in this operation it was.
  Maybe<std::int32_t> run;
  /// How often the report has been received.
  Maybe<std::int32_t> receive_count;
  /// Size in KB.
  Maybe<std::int32_t> report_size;
  Maybe<std::string> caused_uut_failure;
  Maybe<std::string> caused_uut_failure_path;
  /// Run in which the unit first passed.
  Maybe<std::int32_t> passed_in_run;
  /// Test report that a repair answers.
  Maybe<std::string> referenced_uut;

  using Self = ReportHeader;
  static constexpr auto fields() {
    return std::tuple(
        WATS_FIELD(uuid).required(), WATS_FIELD(serial_number), WATS_FIELD(part_number),
        WATS_FIELD(report_type), WATS_FIELD(start), WATS_FIELD(revision), WATS_FIELD(result),
        WATS_FIELD(batch_number), WATS_FIELD(user_name), WATS_FIELD(station_name), WATS_FIELD(location),
        WATS_FIELD(purpose), WATS_FIELD(measures_deleted), WATS_FIELD(time_stamp), WATS_FIELD(process_code),
        WATS_FIELD(process_name), WATS_FIELD(comment), WATS_FIELD(execution_time), WATS_FIELD(sw_filename),
        WATS_FIELD(sw_version), WATS_FIELD(test_socket_index), WATS_FIELD(fixture_id), WATS_FIELD(error_code),
        WATS_FIELD(error_message), WATS_FIELD(run), WATS_FIELD(receive_count), WATS_FIELD(report_size),
        WATS_FIELD(caused_uut_failure), WATS_FIELD(caused_uut_failure_path), WATS_FIELD(passed_in_run),
        WATS_FIELD(referenced_uut));
  }
  friend bool operator==(const ReportHeader&, const ReportHeader&) = default;
};

/// The server's receipt for a report. *Source*: InsertReportResult in api/report.yaml.
class ReportReceipt : public Record {
 public:
  ReportReceipt() = default;

  /// Id that the report came with.
  std::string id;
  /// Id it is stored under: use it for reading back.
  std::string uuid;
  /// Numeric id for old clients.
  Maybe<std::int32_t> report_id;

  using Self = ReportReceipt;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(id).named("ID"), WATS_FIELD(uuid), WATS_FIELD(report_id).named("Report_ID"));
  }
  friend bool operator==(const ReportReceipt&, const ReportReceipt&) = default;
};

}  // namespace wats
