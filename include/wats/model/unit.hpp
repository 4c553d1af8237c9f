// Units of production, their phase and their verification grade.
#pragma once

#include "wats/model/fields.hpp"
#include "wats/model/json.hpp"
#include "wats/model/maybe.hpp"
#include "wats/model/product.hpp"
#include "wats/model/setting.hpp"
#include "wats/model/timestamp.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace wats {

/// Phase of a unit. Powers of two; 4096 is a queue bit. Open: further numbers are kept.
enum class UnitPhase : std::int32_t {
  unknown = 1,
  under_production = 2,
  production_repair = 4,
  service_repair = 8,
  finalized = 16,
  scrapped = 32,
  extended_test = 64,
  customization = 128,
  repaired = 256,
  missing = 512,
  in_storage = 1024,
  shipped = 2048,
  under_production_queued = 4098,
  production_repair_queued = 4100,
  service_repair_queued = 4104,
};

/// A unit with its product, revision and sub units. *Source*: Unit in api/production.yaml.
class Unit : public Record {
 public:
  Unit() = default;

  Maybe<std::string> serial_number;
  Maybe<std::string> part_number;
  Maybe<std::string> revision;
  Maybe<std::string> parent_serial_number;
  Maybe<std::string> batch_number;
  Maybe<Timestamp> serial_date;
  Maybe<std::string> current_location;
  /// User data as the text of an XML document.
  Maybe<std::string> xml_data;
  Maybe<UnitPhase> unit_phase_id;
  /// Name of the phase; read-only.
  Maybe<std::string> unit_phase;
  Maybe<std::int32_t> process_code;
  /// The entries of xml_data.
  std::vector<Setting> tags;
  Maybe<ProductRevision> product_revision;
  Maybe<Product> product;
  std::vector<Unit> sub_units;

  using Self = Unit;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(serial_number), WATS_FIELD(part_number), WATS_FIELD(revision),
                      WATS_FIELD(parent_serial_number), WATS_FIELD(batch_number), WATS_FIELD(serial_date),
                      WATS_FIELD(current_location), WATS_FIELD(xml_data), WATS_FIELD(unit_phase_id),
                      WATS_FIELD(unit_phase), WATS_FIELD(process_code), WATS_FIELD(tags),
                      WATS_FIELD(product_revision), WATS_FIELD(product), WATS_FIELD(sub_units));
  }
  friend bool operator==(const Unit&, const Unit&) = default;
};

/// Outcome of a unit in one process of the verification rule.
class UnitVerification : public Record {
 public:
  UnitVerification() = default;

  Maybe<std::int32_t> process_code;
  Maybe<std::string> process_name;
  Maybe<std::int32_t> process_index;
  Maybe<std::string> status;
  Maybe<Timestamp> start_utc;
  Maybe<std::string> station_name;
  Maybe<std::int32_t> total_count;
  Maybe<std::int32_t> non_passed_count;
  Maybe<std::int32_t> repair_count;

  using Self = UnitVerification;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(process_code), WATS_FIELD(process_name), WATS_FIELD(process_index),
                      WATS_FIELD(status), WATS_FIELD(start_utc), WATS_FIELD(station_name),
                      WATS_FIELD(total_count), WATS_FIELD(non_passed_count), WATS_FIELD(repair_count));
  }
  friend bool operator==(const UnitVerification&, const UnitVerification&) = default;
};

/// Whether a unit may go on. *Source*: UnitVerificationGrade in api/production.yaml.
class UnitGrade : public Record {
 public:
  UnitGrade() = default;

  Maybe<std::string> status;
  Maybe<std::string> grade;
  bool all_processes_executed_in_correct_order = false;
  bool all_processes_passed_first_run = false;
  bool all_processes_passed_any_run = false;
  bool all_processes_passed_last_run = false;
  bool no_repairs = false;
  /// One row a process of the rule.
  std::vector<UnitVerification> results;

  using Self = UnitGrade;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(status), WATS_FIELD(grade),
                      WATS_FIELD(all_processes_executed_in_correct_order),
                      WATS_FIELD(all_processes_passed_first_run), WATS_FIELD(all_processes_passed_any_run),
                      WATS_FIELD(all_processes_passed_last_run), WATS_FIELD(no_repairs), WATS_FIELD(results));
  }
  friend bool operator==(const UnitGrade&, const UnitGrade&) = default;
};

}  // namespace wats
