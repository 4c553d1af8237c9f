// The fields of report headers that a query may filter by.
#pragma once

#include "wats/model/filter.hpp"
#include "wats/model/open.hpp"
#include "wats/model/report_header.hpp"
#include "wats/model/timestamp.hpp"

#include <cstdint>
#include <string>

/// *Source*: ReportHeader in api/report.yaml.
namespace wats::report_field {

inline constexpr FilterField<Uuid> uuid("uuid");
inline constexpr FilterField<std::string> serial_number("serialNumber");
inline constexpr FilterField<std::string> part_number("partNumber");
inline constexpr FilterField<std::string> revision("revision");
inline constexpr FilterField<Open<ReportType>> report_type("reportType");
inline constexpr FilterField<Timestamp> start("start");
inline constexpr FilterField<Open<ReportResult>> result("result");
inline constexpr FilterField<std::string> batch_number("batchNumber");
/// The operator.
inline constexpr FilterField<std::string> user_name("userName");
inline constexpr FilterField<std::string> station_name("stationName");
inline constexpr FilterField<std::string> location("location");
inline constexpr FilterField<std::string> purpose("purpose");
inline constexpr FilterField<bool> measures_deleted("measuresDeleted");
/// Rising number in order of processing; not a time.
inline constexpr FilterField<std::int64_t> time_stamp("timeStamp");
inline constexpr FilterField<std::int32_t> process_code("processCode");
inline constexpr FilterField<std::string> process_name("processName");
inline constexpr FilterField<std::string> comment("comment");
/// Seconds.
inline constexpr FilterField<double> execution_time("executionTime");
inline constexpr FilterField<std::string> sw_filename("swFilename");
inline constexpr FilterField<std::string> sw_version("swVersion");
inline constexpr FilterField<std::int32_t> test_socket_index("testSocketIndex");
inline constexpr FilterField<std::string> fixture_id("fixtureId");
inline constexpr FilterField<std::int32_t> error_code("errorCode");
inline constexpr FilterField<std::string> error_message("errorMessage");
inline constexpr FilterField<std::int32_t> run("run");
inline constexpr FilterField<std::int32_t> receive_count("receiveCount");
/// KB.
inline constexpr FilterField<std::int32_t> report_size("reportSize");
inline constexpr FilterField<std::string> caused_uut_failure("causedUutFailure");
inline constexpr FilterField<std::string> caused_uut_failure_path("causedUutFailurePath");
inline constexpr FilterField<std::int32_t> passed_in_run("passedInRun");
/// Test report that a repair answers.
inline constexpr FilterField<Uuid> referenced_uut("referencedUut");

}  // namespace wats::report_field
