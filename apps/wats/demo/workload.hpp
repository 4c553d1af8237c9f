// Workload: what the demonstration plays, as bench/workloads/line.json says it.
#pragma once

#include "wats/core/error.hpp"
#include "wats/model/unit.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wats::demo {

struct DataSize {
  std::uint32_t processes = 0;
  std::uint32_t products = 0;
  std::uint32_t revisions_per_product = 0;
  std::uint32_t reports_before = 0;
};

struct ServerSettings {
  std::uint32_t latency_ms = 0;
  std::uint32_t jitter_ms = 0;
  std::uint32_t rate_limit_per_minute = 0;
};

/// Builds units: looks everything up, asks whether it may, reports.
struct StationPart {
  std::uint32_t count = 0;
  std::uint32_t units = 0;
  /// Products that one station builds one after the other, and after how many units it changes over.
  std::uint32_t products = 0;
  std::uint32_t change_over = 0;
  /// Share of the units that go through the station twice.
  double retest_share = 0;
  std::int32_t previous_reports = 0;
  std::uint32_t report_steps = 0;
  double failed_share = 0;
  UnitPhase phase_before = UnitPhase::unknown;
  UnitPhase phase_passed = UnitPhase::unknown;
  UnitPhase phase_failed = UnitPhase::unknown;
};

/// Shows the products being built, again and again.
struct DashboardPart {
  std::uint32_t count = 0;
  std::uint32_t refreshes = 0;
  std::uint32_t every_ms = 0;
  std::uint32_t products = 0;
  std::int32_t newest_reports = 0;
};

/// Reads all master data, one by one.
struct SyncPart {
  std::uint32_t count = 0;
  std::uint32_t passes = 0;
};

/// Changes products while they are being built.
struct EngineerPart {
  std::uint32_t count = 0;
  std::uint32_t edits = 0;
};

struct BacklogPart {
  std::uint32_t unit_lookups = 0;
  std::uint32_t reports = 0;
  std::uint32_t in_flight = 0;
};

struct Workload {
  std::string name;
  std::uint64_t seed = 0;
  DataSize data;
  ServerSettings server;
  StationPart station;
  DashboardPart dashboard;
  SyncPart sync;
  EngineerPart engineer;
  BacklogPart backlog;

  /// Reads a workload. What the actors cannot play (another order of operations, a wording with other numbers
  /// missing) is refused rather than passed over.
  /// *Errors*: Errc::invalid_argument naming the part.
  [[nodiscard]] static Result<Workload> parse(std::string_view json);
  /// bench/workloads/line.json as it was when the program was built.
  [[nodiscard]] static Workload line();
  /// The same in short, under a name of its own: its figures are not the workload's.
  [[nodiscard]] Workload shortened() const;

  /// Units that all stations build, without retests.
  [[nodiscard]] std::uint32_t all_units() const noexcept { return station.count * station.units; }
};

}  // namespace wats::demo
