#include "wats/outbox/report.hpp"

#include "wats/model/codec.hpp"
#include "wats/model/fields.hpp"

#include <tuple>
#include <utility>

namespace wats::outbox {
namespace {

/// What a document says of other reports.
class SubUnit {
 public:
  SubUnit() = default;
  Maybe<std::string> sn;

  using Self = SubUnit;
  static constexpr auto fields() { return std::tuple(WATS_FIELD(sn)); }
};

class Repair {
 public:
  Repair() = default;
  Maybe<std::string> ref_uut;

  using Self = Repair;
  static constexpr auto fields() { return std::tuple(WATS_FIELD(ref_uut).named("refUUT")); }
};

class Relations {
 public:
  Relations() = default;
  Maybe<Repair> uur;
  std::vector<SubUnit> sub_units;

  using Self = Relations;
  static constexpr auto fields() { return std::tuple(WATS_FIELD(uur), WATS_FIELD(sub_units)); }
};

}  // namespace

Report from(ReportDocument document) {
  Report report;
  report.id = document.id();
  report.serial_number = document.serial_number();
  report.part_number = document.part_number();
  report.type = document.type();
  report.start = document.start();
  // A document whose parts have another shape goes without an order: the server will judge it.
  if (auto relations = model::from_json<Relations>(document.text())) {
    if (relations->uur) report.repaired_test = relations->uur->ref_uut.value_or("");
    for (auto& part : relations->sub_units) {
      if (part.sn && !part.sn->empty() && *part.sn != report.serial_number)
        report.sub_units.push_back(*std::move(part.sn));
    }
  }
  report.document = document.text();
  return report;
}

}  // namespace wats::outbox
