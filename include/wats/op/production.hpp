// Cards of the production domain: units and their phases.
#pragma once

#include "wats/model/unit.hpp"
#include "wats/op/card.hpp"

#include <optional>
#include <string>
#include <tuple>
#include <utility>

namespace wats::op {

/// One unit with its product, revision and sub units.
struct ProductionGetUnit {
  using Answer = Unit;
  static constexpr Card card{.id = "production_get_unit",
                             .summary = "One unit with product, revision and sub units",
                             .method = Method::get,
                             .path = "/api/Production/Unit/{serialNumber}/{partNumber}",
                             .cache_class = CacheClass::live};

  ProductionGetUnit() = default;
  ProductionGetUnit(std::string serial, std::string number)
      : serial_number(std::move(serial)), part_number(std::move(number)) {}

  std::string serial_number;
  std::string part_number;

  [[nodiscard]] Idempotency idempotency() const { return Idempotency::safe; }
  template <class Out>
  void tags(Out&& out) const {
    out("unit", serial_number);
    out("product", part_number);  // the answer embeds the product and its revision
  }
  template <class Out>
  static void answer_tags(const Answer& unit, Out&& out) {
    if (unit.product && unit.product->product_id)
      out("product-id", same_in_any_case(*unit.product->product_id));
  }

  using Self = ProductionGetUnit;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(serial_number).in_path().about("serial number"),
                      WATS_FIELD(part_number).in_path().about("part number"));
  }
};

/// Grade of a unit by the verification rules. An interlock: never stored, never joined, no opting in.
struct ProductionVerifyUnit {
  using Answer = UnitGrade;
  static constexpr Card card{.id = "production_verify_unit",
                             .summary = "Grade of a unit by the verification rules",
                             .method = Method::get,
                             .path = "/api/Production/UnitVerification",
                             .cache_class = CacheClass::never};

  ProductionVerifyUnit() = default;
  ProductionVerifyUnit(std::string serial, std::string number)
      : serial_number(std::move(serial)), part_number(std::move(number)) {}

  std::string serial_number;
  std::optional<std::string> part_number;
  std::optional<std::string> revision;

  [[nodiscard]] Idempotency idempotency() const { return Idempotency::safe; }
  template <class Out>
  void tags(Out&& out) const {
    out("unit", serial_number);
  }

  using Self = ProductionVerifyUnit;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(serial_number).in_query().required().about("serial number"),
                      WATS_FIELD(part_number).in_query().about("part number"),
                      WATS_FIELD(revision).in_query().about("revision"));
  }
};

/// Sets the phase of a unit. A repeat writes a second history entry.
struct ProductionSetUnitPhase {
  using Answer = Done;
  static constexpr Card card{.id = "production_set_unit_phase",
                             .summary = "Set the phase of a unit",
                             .method = Method::put,
                             .path = "/api/Production/SetUnitPhase",
                             .cache_class = CacheClass::never};

  ProductionSetUnitPhase() = default;
  ProductionSetUnitPhase(std::string serial, std::string number, UnitPhase unit_phase)
      : serial_number(std::move(serial)), part_number(std::move(number)), phase(unit_phase) {}

  std::string serial_number;
  std::string part_number;
  UnitPhase phase = UnitPhase::unknown;
  std::optional<std::string> comment;

  [[nodiscard]] Idempotency idempotency() const { return Idempotency::unsafe; }
  template <class Out>
  void tags(Out&& out) const {
    out("unit", serial_number);
  }

  using Self = ProductionSetUnitPhase;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(serial_number).in_query().required().about("serial number"),
                      WATS_FIELD(part_number).in_query().required().about("part number"),
                      WATS_FIELD(phase).in_query().required().about("phase value, for example 2"),
                      WATS_FIELD(comment).in_query().about("free text"));
  }
};

}  // namespace wats::op
