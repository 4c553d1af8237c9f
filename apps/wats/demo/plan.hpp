// Plan: who does what to which product and unit. Everything follows from the workload's seed and the server's
// data.
#pragma once

#include "apps/wats/demo/workload.hpp"
#include "wats/model/report_document.hpp"
#include "wats/model/timestamp.hpp"
#include "wats/server/history.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace wats::demo {

/// Numbers from a seed, the same on every platform (SplitMix64; the standard distributions differ).
class Dice {
 public:
  explicit Dice(std::uint64_t seed) noexcept : state_(seed) {}

  [[nodiscard]] std::uint64_t next() noexcept;
  /// 0 to *bound* - 1.
  [[nodiscard]] std::uint32_t below(std::uint32_t bound) noexcept {
    return static_cast<std::uint32_t>(next() % bound);
  }
  /// A UUID of version 4.
  [[nodiscard]] std::string uuid();

 private:
  std::uint64_t state_;
};

/// What the server was seeded with, as far as actors need it.
struct MasterData {
  struct ProductNames {
    std::string part_number;
    std::vector<std::string> revisions;
  };
  struct KnownUnit {
    std::string serial_number;
    std::string part_number;
  };

  std::vector<ProductNames> products;
  std::vector<std::string> test_processes;
  std::vector<KnownUnit> units;
  /// The latest start of a report.
  Timestamp latest_start;

  /// Reads it from the version history, so that finding out costs no request.
  /// *Errors*: Errc::malformed_answer when a row is not what the API says; Errc::invalid_argument when
  /// something that the actors need is missing.
  [[nodiscard]] static Result<MasterData> of(const std::vector<server::RowVersion>& history);
};

/// One way of a unit through a station.
struct UnitJob {
  std::string serial_number;
  std::string part_number;
  std::string revision;
  std::string report_id;
  Timestamp start;
  bool failed = false;
};

struct StationPlan {
  std::string name;
  std::string process_name;
  /// Retests stand behind the unit's first test.
  std::vector<UnitJob> jobs;
};

struct Edit {
  std::string part_number;
  std::string description;
  /// How many units are built by then.
  std::uint32_t after_units = 0;
};

struct BacklogPlan {
  std::vector<MasterData::KnownUnit> lookups;
  std::vector<UnitJob> one_at_a_time;
  std::vector<UnitJob> in_flight;
};

struct Plan {
  /// The products being built.
  std::vector<std::string> being_built;
  std::vector<StationPlan> stations;
  std::vector<Edit> edits;
  BacklogPlan backlog;
  /// Station jobs, retests included.
  std::uint32_t all_jobs = 0;

  [[nodiscard]] static Plan make(const Workload& workload, const MasterData& data);
};

/// The report of a job, with the process code that the station looked up.
[[nodiscard]] Result<ReportDocument> report_of(const UnitJob& job, const std::string& station,
                                               std::int32_t process_code, std::uint32_t steps);

}  // namespace wats::demo
