// Units of production: what they are, whether they may be tested, and their phase.
#pragma once

#include "wats/core/call.hpp"
#include "wats/model/unit.hpp"
#include "wats/service/caller.hpp"

#include <string_view>

namespace wats {

/// *Thread safety*: any thread. *Lifetime*: may outlive the client; its calls then fail with Errc::closed.
class UnitService {
 public:
  explicit UnitService(Caller caller) noexcept : caller_(std::move(caller)) {}

  /// One unit with its product, revision and sub units.
  /// *Errors*: Errc::not_found. *Cached*: live; tags unit, product. *Source*: production_get_unit.
  [[nodiscard]] Call<Unit> find(std::string_view serial_number, std::string_view part_number) const;

  /// Whether the unit may go on. An interlock: asks the server every time, whatever the options say.
  /// *Cached*: never. *Source*: production_verify_unit.
  [[nodiscard]] Call<UnitGrade> verify(std::string_view serial_number, std::string_view part_number) const;

  /// Sets the phase. *comment*: free text for the unit's history, may be empty.
  /// *Errors*: Errc::not_found. *Idempotent*: no, a repeat writes a second history entry.
  /// *Source*: production_set_unit_phase.
  [[nodiscard]] Call<Done> set_phase(std::string_view serial_number, std::string_view part_number,
                                     UnitPhase phase, std::string_view comment = {}) const;

 private:
  Caller caller_;
};

}  // namespace wats
