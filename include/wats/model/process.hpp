// Processes: the test, repair and work-in-progress operations that reports refer to.
#pragma once

#include "wats/model/fields.hpp"
#include "wats/model/json.hpp"
#include "wats/model/maybe.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace wats {

/// How strongly a link is asked for. Open: further numbers are kept.
enum class Constraint : std::int32_t { required = 0, optional = 1, never = 2 };

/// Class of a failure code. Open: further numbers are kept.
enum class FailureType : std::int32_t {
  unspecified = 0,
  automatic_process = 1,
  scrapped = 2,
  no_failure_found = 3,
  component = 4,
  design = 5,
  manual_process = 6,
  replaced = 7,
};

/// One failure code of a repair process.
class RepairCode : public Record {
 public:
  RepairCode() = default;

  Maybe<std::string> id;
  Maybe<std::string> description;
  Maybe<FailureType> failure_type;
  /// 0 required, 1 optional, 2 never; servers send it as text.
  Maybe<std::string> image_constraint;
  /// 1 = in use.
  Maybe<std::int32_t> status;

  using Self = RepairCode;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(id), WATS_FIELD(description), WATS_FIELD(failure_type),
                      WATS_FIELD(image_constraint), WATS_FIELD(status));
  }
  friend bool operator==(const RepairCode&, const RepairCode&) = default;
};

/// Group of failure codes.
class RepairCategory : public Record {
 public:
  RepairCategory() = default;

  Maybe<std::string> id;
  Maybe<std::string> description;
  /// 0 required, 1 optional, 2 never; servers send it as text.
  Maybe<std::string> image_constraint;
  /// 1 = in use.
  Maybe<std::int32_t> status;
  std::vector<RepairCode> repair_codes;

  using Self = RepairCategory;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(id), WATS_FIELD(description), WATS_FIELD(image_constraint),
                      WATS_FIELD(status), WATS_FIELD(repair_codes));
  }
  friend bool operator==(const RepairCategory&, const RepairCategory&) = default;
};

/// Extra text that a repair report of the process asks for.
class RepairMiscInfo : public Record {
 public:
  RepairMiscInfo() = default;

  Maybe<std::string> id;
  Maybe<std::string> description;
  /// Regular expression for the value.
  Maybe<std::string> input_mask;
  /// 1 = in use, 0 = hidden.
  Maybe<std::int32_t> status;
  Maybe<std::int32_t> sort_order;

  using Self = RepairMiscInfo;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(id), WATS_FIELD(description), WATS_FIELD(input_mask), WATS_FIELD(status),
                      WATS_FIELD(sort_order));
  }
  friend bool operator==(const RepairMiscInfo&, const RepairMiscInfo&) = default;
};

/// Rules and failure codes of a repair process.
class RepairOperation : public Record {
 public:
  RepairOperation() = default;

  Maybe<Constraint> uut_binding;
  Maybe<Constraint> bom_binding;
  Maybe<Constraint> vendor_binding;
  /// Regular expression that a component reference has to match.
  Maybe<std::string> comp_ref_mask;
  Maybe<std::string> comp_ref_validation_text;
  std::vector<RepairCategory> repair_categories;
  std::vector<RepairMiscInfo> misc_infos;

  using Self = RepairOperation;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(uut_binding), WATS_FIELD(bom_binding), WATS_FIELD(vendor_binding),
                      WATS_FIELD(comp_ref_mask), WATS_FIELD(comp_ref_validation_text),
                      WATS_FIELD(repair_categories), WATS_FIELD(misc_infos));
  }
  friend bool operator==(const RepairOperation&, const RepairOperation&) = default;
};

/// One process. *Source*: ProcessInfo in api/app.yaml.
class Process : public Record {
 public:
  Process() = default;

  /// Number that reports refer to, for example 100.
  Maybe<std::int32_t> code;
  Maybe<std::string> name;
  Maybe<std::string> description;
  bool is_test_operation = false;
  bool is_repair_operation = false;
  bool is_wip_operation = false;
  /// Place in the order of a product's processes.
  Maybe<std::int32_t> process_index;
  /// 1 = active; anything else counts as inactive.
  Maybe<std::int32_t> state;
  /// Only on repair processes.
  Maybe<RepairOperation> repair_operation;

  using Self = Process;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(code), WATS_FIELD(name), WATS_FIELD(description),
                      WATS_FIELD(is_test_operation), WATS_FIELD(is_repair_operation),
                      WATS_FIELD(is_wip_operation), WATS_FIELD(process_index), WATS_FIELD(state),
                      WATS_FIELD(repair_operation));
  }
  friend bool operator==(const Process&, const Process&) = default;
};

}  // namespace wats
