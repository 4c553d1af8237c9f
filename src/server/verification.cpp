#include "src/server/verification.hpp"

#include "src/server/row.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace wats::server {
namespace {

/// The runs of one process, oldest first.
struct Runs {
  std::optional<std::string> name;
  std::optional<std::int64_t> index;
  std::int64_t first_start = 0;
  std::int64_t last_start = 0;
  std::string last_result;
  std::string last_station;
  std::int32_t total = 0;
  std::int32_t passed = 0;
  bool first_passed = false;
  bool last_passed = false;
  std::int32_t repairs = 0;
};
using ByProcess = std::map<std::int64_t, Runs>;

ByProcess runs_of(Database& database, const op::ProductionVerifyUnit& request) {
  auto rows = database.prepare(
      "SELECT CASE r.report_type WHEN 'R' THEN r.tested_process_code ELSE r.process_code END, r.report_type, "
      "r.start,"
      " r.result, r.station_name, p.name, p.process_index FROM reports r LEFT JOIN processes p"
      " ON p.code = CASE r.report_type WHEN 'R' THEN r.tested_process_code ELSE r.process_code END"
      " WHERE r.serial_number = ?1 AND (?2 IS NULL OR r.part_number = ?2) AND (?3 IS NULL OR r.revision = ?3)"
      " ORDER BY r.start, r.time_stamp");
  rows.bind(request.serial_number);
  for (const auto& value : {request.part_number, request.revision}) {
    if (value)
      rows.bind(*value);
    else
      rows.bind(nullptr);
  }
  ByProcess processes;
  while (rows.next()) {
    auto& runs = processes[rows.is_null(0) ? 0 : rows.integer(0)];
    if (!rows.is_null(5)) runs.name = std::string(rows.text(5));
    if (!rows.is_null(6)) runs.index = rows.integer(6);
    if (rows.text(1) == "R") {
      ++runs.repairs;
      continue;
    }
    const bool passed = rows.text(3) == "Passed";
    runs.last_start = rows.integer(2);
    if (runs.total++ == 0) {
      runs.first_start = runs.last_start;
      runs.first_passed = passed;
    }
    runs.passed += passed ? 1 : 0;
    runs.last_passed = passed;
    runs.last_result = rows.text(3);
    runs.last_station = rows.text(4);
  }
  return processes;
}

UnitVerification row_of(std::int64_t code, const Runs& runs) {
  UnitVerification row;
  row.process_code = static_cast<std::int32_t>(code);
  if (runs.name) row.process_name = *runs.name;
  if (runs.index) row.process_index = static_cast<std::int32_t>(*runs.index);
  row.status = runs.total == 0 ? "Unknown" : runs.last_result;
  if (runs.total > 0) {
    row.start_utc = Timestamp(Timestamp::Instant(Timestamp::Ticks(runs.last_start)));
    row.station_name = runs.last_station;
  }
  row.total_count = runs.total;
  row.non_passed_count = runs.total - runs.passed;
  row.repair_count = runs.repairs;
  return row;
}

}  // namespace

UnitGrade verify(Database& database, const op::ProductionVerifyUnit& request) {
  const auto processes = runs_of(database, request);
  std::vector<std::pair<std::int64_t, const Runs*>> ordered;
  for (const auto& [code, runs] : processes) ordered.emplace_back(code, &runs);
  // Processes unknown to the server have no place in the order: they go last.
  std::ranges::sort(ordered, {}, [](const auto& entry) {
    return std::pair(entry.second->index.value_or(INT64_MAX), entry.first);
  });

  UnitGrade grade;
  for (const auto& [code, runs] : ordered) grade.results.push_back(row_of(code, *runs));
  const auto each = [&](auto predicate) {
    return !ordered.empty() &&
           std::ranges::all_of(ordered, [&](const auto& entry) { return predicate(*entry.second); });
  };
  const auto by_first_start = [](const auto& entry) { return entry.second->first_start; };
  grade.all_processes_executed_in_correct_order = each([](const Runs& runs) { return runs.total > 0; }) &&
                                                  std::ranges::is_sorted(ordered, {}, by_first_start);
  grade.all_processes_passed_first_run = each([](const Runs& runs) { return runs.first_passed; });
  grade.all_processes_passed_any_run = each([](const Runs& runs) { return runs.passed > 0; });
  grade.all_processes_passed_last_run = each([](const Runs& runs) { return runs.last_passed; });
  grade.no_repairs =
      std::ranges::all_of(ordered, [](const auto& entry) { return entry.second->repairs == 0; });

  if (ordered.empty()) {
    grade.status = "Unknown";
  } else {
    grade.status = grade.all_processes_passed_last_run ? "Passed" : "Failed";
    const bool flawless =
        grade.all_processes_passed_first_run && grade.all_processes_executed_in_correct_order;
    if (flawless && grade.no_repairs)
      grade.grade = "A";
    else if (grade.all_processes_passed_last_run)
      grade.grade = "B";
    else if (grade.all_processes_passed_any_run)
      grade.grade = "C";
    else
      grade.grade = "D";
  }
  return grade;
}

}  // namespace wats::server
