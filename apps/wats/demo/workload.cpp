#include "apps/wats/demo/workload.hpp"

#include "embedded_workload.hpp"
#include "wats/model/codec.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <optional>
#include <utility>

namespace wats::demo {
namespace {

// The file as it stands. Names on the wire are the C++ names, so each is told.
#define WATS_DEMO_FIELD(name) WATS_FIELD(name).named(#name)

class DataFile : public Record {
 public:
  DataFile() = default;
  std::int32_t processes = 0;
  std::int32_t products = 0;
  std::int32_t revisions_per_product = 0;
  std::int32_t reports_before = 0;

  using Self = DataFile;
  static constexpr auto fields() {
    return std::tuple(WATS_DEMO_FIELD(processes).required(), WATS_DEMO_FIELD(products).required(),
                      WATS_DEMO_FIELD(revisions_per_product).required(),
                      WATS_DEMO_FIELD(reports_before).required());
  }
};

class ServerFile : public Record {
 public:
  ServerFile() = default;
  std::int32_t latency_ms = 0;
  std::int32_t jitter_ms = 0;
  std::int32_t rate_limit_per_minute = 0;

  using Self = ServerFile;
  static constexpr auto fields() {
    return std::tuple(WATS_DEMO_FIELD(latency_ms).required(), WATS_DEMO_FIELD(jitter_ms).required(),
                      WATS_DEMO_FIELD(rate_limit_per_minute));
  }
};

class StepFile : public Record {
 public:
  StepFile() = default;
  std::string op;
  std::string of;
  std::string to;

  using Self = StepFile;
  static constexpr auto fields() {
    return std::tuple(WATS_DEMO_FIELD(op).required(), WATS_DEMO_FIELD(of), WATS_DEMO_FIELD(to));
  }
};

class ActorFile : public Record {
 public:
  ActorFile() = default;
  std::int32_t count = 0;
  std::int32_t units = 0;
  std::string products;
  double retest_share = 0;
  std::vector<StepFile> per_unit;
  std::int32_t refreshes = 0;
  std::int32_t every_ms = 0;
  std::vector<StepFile> per_refresh;
  std::int32_t passes = 0;
  std::vector<StepFile> per_pass;
  std::int32_t edits = 0;
  std::vector<StepFile> per_edit;

  using Self = ActorFile;
  static constexpr auto fields() {
    return std::tuple(WATS_DEMO_FIELD(count).required(), WATS_DEMO_FIELD(units), WATS_DEMO_FIELD(products),
                      WATS_DEMO_FIELD(retest_share), WATS_DEMO_FIELD(per_unit), WATS_DEMO_FIELD(refreshes),
                      WATS_DEMO_FIELD(every_ms), WATS_DEMO_FIELD(per_refresh), WATS_DEMO_FIELD(passes),
                      WATS_DEMO_FIELD(per_pass), WATS_DEMO_FIELD(edits), WATS_DEMO_FIELD(per_edit));
  }
};

class ActorsFile : public Record {
 public:
  ActorsFile() = default;
  ActorFile station;
  ActorFile dashboard;
  ActorFile sync_job;
  ActorFile engineer;

  using Self = ActorsFile;
  static constexpr auto fields() {
    return std::tuple(WATS_DEMO_FIELD(station).required(), WATS_DEMO_FIELD(dashboard).required(),
                      WATS_DEMO_FIELD(sync_job).required(), WATS_DEMO_FIELD(engineer).required());
  }
};

class BacklogFile : public Record {
 public:
  BacklogFile() = default;
  std::int32_t unit_lookups = 0;
  std::int32_t reports = 0;
  std::int32_t in_flight = 0;

  using Self = BacklogFile;
  static constexpr auto fields() {
    return std::tuple(WATS_DEMO_FIELD(unit_lookups).required(), WATS_DEMO_FIELD(reports).required(),
                      WATS_DEMO_FIELD(in_flight).required());
  }
};

class File : public Record {
 public:
  File() = default;
  std::string name;
  std::int64_t seed = 0;
  DataFile data;
  ServerFile server;
  ActorsFile actors;
  BacklogFile backlog;

  using Self = File;
  static constexpr auto fields() {
    return std::tuple(WATS_DEMO_FIELD(name).required(), WATS_DEMO_FIELD(seed).required(),
                      WATS_DEMO_FIELD(data).required(), WATS_DEMO_FIELD(server).required(),
                      WATS_DEMO_FIELD(actors).required(), WATS_DEMO_FIELD(backlog).required());
  }
};

#undef WATS_DEMO_FIELD

/// Thrown inside this file only, to leave the checks at the first problem.
struct Refused {
  std::string why;
};

std::uint32_t count_of(std::int32_t value, const char* what, std::int32_t least) {
  constexpr std::int32_t most = 1'000'000;
  if (value < least || value > most) {
    throw Refused{std::string(what) + ": " + std::to_string(value) + " is not between " +
                  std::to_string(least) + " and " + std::to_string(most)};
  }
  return static_cast<std::uint32_t>(value);
}

double share_of(double value, const char* what) {
  const bool in_range = value >= 0 && value <= 1;  // NaN is not
  if (!in_range) throw Refused{std::string(what) + ": not between 0 and 1"};
  return value;
}

/// The number in *text* that stands behind *words*.
std::uint32_t number_behind(std::string_view text, std::string_view words) {
  const auto at = text.find(words);
  std::uint32_t value = 0;
  if (at != std::string_view::npos) {
    const char* const first = text.data() + at + words.size();
    if (std::from_chars(first, text.data() + text.size(), value).ec == std::errc() && value > 0) return value;
  }
  throw Refused{"'" + std::string(text) + "': a number is missing behind '" + std::string(words) + "'"};
}

void expect_operations(const std::vector<StepFile>& steps, const char* where,
                       std::initializer_list<std::string_view> known) {
  if (std::ranges::equal(steps, known, {}, &StepFile::op)) return;
  std::string names;
  for (const auto name : known) names.append(names.empty() ? "" : ", ").append(name);
  throw Refused{std::string(where) + ": the demonstration plays " + names +
                " in this order and nothing else"};
}

UnitPhase phase_of(std::string_view text) {
  if (text == "Under production") return UnitPhase::under_production;
  if (text == "Under production queued") return UnitPhase::under_production_queued;
  if (text == "Under repair queued") return UnitPhase::production_repair_queued;
  throw Refused{"station.per_unit: unknown phase '" + std::string(text) + "'"};
}

StationPart station_of(const ActorFile& file) {
  expect_operations(file.per_unit, "station.per_unit",
                    {"process_list", "product_get", "product_get_revision_by_path", "production_get_unit",
                     "report_query_headers", "production_verify_unit", "production_set_unit_phase",
                     "report_post_wsjf", "production_set_unit_phase"});
  StationPart part;
  part.count = count_of(file.count, "station.count", 1);
  part.units = count_of(file.units, "station.units", 1);
  part.products = number_behind(file.products, "builds ");
  part.change_over = number_behind(file.products, "change-over after ");
  part.retest_share = share_of(file.retest_share, "station.retest_share");
  part.previous_reports = static_cast<std::int32_t>(number_behind(file.per_unit[4].of, "newest "));
  part.phase_before = phase_of(file.per_unit[6].to);
  part.report_steps = number_behind(file.per_unit[7].of, "report of ");
  part.failed_share =
      share_of(number_behind(file.per_unit[7].of, "steps, ") / 100.0, "station.per_unit failed");
  const std::string_view after = file.per_unit[8].to;
  constexpr std::string_view alternative = ", or ";
  constexpr std::string_view condition = " when failed";
  const auto middle = after.find(alternative);
  if (middle == std::string_view::npos || !after.ends_with(condition)) {
    throw Refused{"station.per_unit: the last phase should read 'A, or B when failed'"};
  }
  part.phase_passed = phase_of(after.substr(0, middle));
  const auto failed = after.substr(middle + alternative.size());
  part.phase_failed = phase_of(failed.substr(0, failed.size() - condition.size()));
  return part;
}

DashboardPart dashboard_of(const ActorFile& file) {
  expect_operations(file.per_refresh, "dashboard.per_refresh",
                    {"product_list", "product_get", "report_query_headers"});
  DashboardPart part;
  part.count = count_of(file.count, "dashboard.count", 0);
  part.refreshes = count_of(file.refreshes, "dashboard.refreshes", 0);
  part.every_ms = count_of(file.every_ms, "dashboard.every_ms", 0);
  part.products = number_behind(file.per_refresh[1].of, "the ");
  part.newest_reports = static_cast<std::int32_t>(number_behind(file.per_refresh[2].of, "newest "));
  return part;
}

Workload workload_of(const File& file) {
  expect_operations(file.actors.sync_job.per_pass, "sync_job.per_pass",
                    {"product_list", "product_get", "product_get_revision_by_path"});
  expect_operations(file.actors.engineer.per_edit, "engineer.per_edit",
                    {"product_get", "product_save", "product_get"});
  Workload workload;
  workload.name = file.name;
  workload.seed = static_cast<std::uint64_t>(file.seed);
  workload.data = {
      .processes = count_of(file.data.processes, "data.processes", 1),
      .products = count_of(file.data.products, "data.products", 1),
      .revisions_per_product = count_of(file.data.revisions_per_product, "data.revisions_per_product", 1),
      .reports_before = count_of(file.data.reports_before, "data.reports_before", 1)};
  workload.server = {.latency_ms = count_of(file.server.latency_ms, "server.latency_ms", 0),
                     .jitter_ms = count_of(file.server.jitter_ms, "server.jitter_ms", 0),
                     .rate_limit_per_minute =
                         count_of(file.server.rate_limit_per_minute, "server.rate_limit_per_minute", 0)};
  workload.station = station_of(file.actors.station);
  workload.dashboard = dashboard_of(file.actors.dashboard);
  workload.sync = {.count = count_of(file.actors.sync_job.count, "sync_job.count", 0),
                   .passes = count_of(file.actors.sync_job.passes, "sync_job.passes", 0)};
  workload.engineer = {.count = count_of(file.actors.engineer.count, "engineer.count", 0),
                       .edits = count_of(file.actors.engineer.edits, "engineer.edits", 0)};
  workload.backlog = {.unit_lookups = count_of(file.backlog.unit_lookups, "backlog.unit_lookups", 0),
                      .reports = count_of(file.backlog.reports, "backlog.reports", 1),
                      .in_flight = count_of(file.backlog.in_flight, "backlog.in_flight", 1)};
  if (workload.data.products < workload.dashboard.products) {
    throw Refused{"data.products: fewer than are being built at a time"};
  }
  if (workload.station.products * workload.station.change_over < workload.station.units) {
    throw Refused{"station.products: too few change-overs for the units of a station"};
  }
  return workload;
}

std::uint32_t part_of(std::uint32_t value, double share) {
  return std::max(1U, static_cast<std::uint32_t>(std::lround(value * share)));
}

}  // namespace

Result<Workload> Workload::parse(std::string_view json) {
  const auto file = model::from_json<File>(json);
  if (!file) return fail(Errc::invalid_argument, "the workload can't be read: " + file.error().what());
  try {
    return workload_of(*file);
  } catch (const Refused& refused) {
    return fail(Errc::invalid_argument, "the workload can't be played: " + refused.why);
  }
}

Workload Workload::line() {
  auto workload = parse(embedded_line_json);
  if (!workload) throw Failure(workload.error());
  return *std::move(workload);
}

Workload Workload::shortened() const {
  Workload quick = *this;
  quick.name += "-quick";
  quick.data.products = std::max(dashboard.products, part_of(data.products, 0.5));
  quick.data.reports_before = part_of(data.reports_before, 0.25);
  quick.station.units = part_of(station.units, 0.4);
  quick.station.change_over = (quick.station.units + station.products - 1) / station.products;
  quick.dashboard.refreshes = part_of(dashboard.refreshes, 0.4);
  quick.engineer.edits = part_of(engineer.edits, 0.25);
  return quick;
}

}  // namespace wats::demo
