#include "apps/wats/demo/plan.hpp"

#include "wats/model/codec.hpp"
#include "wats/model/process.hpp"
#include "wats/model/product.hpp"
#include "wats/model/report_header.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <utility>

namespace wats::demo {
namespace {

std::string padded(std::uint32_t number, std::size_t digits) {
  auto text = std::to_string(number);
  return std::string(digits - std::min(digits, text.size()), '0') + text;
}

/// Gives every job of a plan its own second, later than every report that is there.
class Starts {
 public:
  explicit Starts(Timestamp latest) : next_(latest.instant() + std::chrono::hours(1)) {}
  [[nodiscard]] Timestamp next() {
    next_ += std::chrono::seconds(1);
    return {next_};
  }

 private:
  Timestamp::Instant next_;
};

/// *wanted* of *all* numbers, chosen by the dice.
std::vector<bool> chosen(Dice& dice, std::size_t all, double share) {
  std::vector<bool> marks(all, false);
  auto wanted = static_cast<std::size_t>(std::lround(static_cast<double>(all) * share));
  while (wanted > 0) {
    const auto at = dice.below(static_cast<std::uint32_t>(all));
    if (marks[at]) continue;
    marks[at] = true;
    --wanted;
  }
  return marks;
}

const MasterData::ProductNames& product_at(const MasterData& data, std::uint32_t index) {
  return data.products[index % data.products.size()];
}

std::vector<StationPlan> plan_stations(const Workload& workload, const MasterData& data,
                                       const std::vector<std::uint32_t>& built, Dice& dice, Starts& starts) {
  const StationPart& part = workload.station;
  const auto retested = chosen(dice, workload.all_units(), part.retest_share);
  std::vector<StationPlan> stations(part.count);
  for (std::uint32_t s = 0; s < part.count; ++s) {
    stations[s].name = "DEMO-STATION-" + std::to_string(s + 1);
    stations[s].process_name = data.test_processes[s % data.test_processes.size()];
  }
  std::vector<StationPlan*> order;
  for (std::uint32_t unit = 0; unit < part.units; ++unit) {
    for (std::uint32_t s = 0; s < part.count; ++s) {
      const auto slot = (s + unit / part.change_over) % static_cast<std::uint32_t>(built.size());
      const auto& product = product_at(data, built[slot]);
      UnitJob job;
      job.serial_number = "DEMO-" + std::to_string(s + 1) + "-" + padded(unit + 1, 4);
      job.part_number = product.part_number;
      job.revision = product.revisions[dice.below(static_cast<std::uint32_t>(product.revisions.size()))];
      job.report_id = dice.uuid();
      job.start = starts.next();
      stations[s].jobs.push_back(job);
      if (!retested[std::size_t{unit} * part.count + s]) continue;
      job.report_id = dice.uuid();
      job.start = starts.next();
      stations[s].jobs.push_back(std::move(job));
    }
  }
  for (auto& station : stations) {
    const auto failed = chosen(dice, station.jobs.size(), part.failed_share);
    for (std::size_t i = 0; i < station.jobs.size(); ++i) station.jobs[i].failed = failed[i];
  }
  return stations;
}

std::vector<Edit> plan_edits(const Workload& workload, const MasterData& data,
                             const std::vector<std::uint32_t>& built, std::uint32_t all_jobs, Dice& dice) {
  std::vector<Edit> edits;
  const std::uint32_t count = workload.engineer.edits;
  for (std::uint32_t i = 0; i < count; ++i) {
    Edit edit;
    const auto index = i % 2 == 0 ? built[dice.below(static_cast<std::uint32_t>(built.size()))]
                                  : dice.below(static_cast<std::uint32_t>(data.products.size()));
    edit.part_number = data.products[index].part_number;
    edit.description = "Edited by the engineer, change " + std::to_string(i + 1);
    edit.after_units = static_cast<std::uint32_t>(std::uint64_t{all_jobs} * (i + 1) / (count + 1));
    edits.push_back(std::move(edit));
  }
  return edits;
}

std::vector<UnitJob> plan_reports(const Workload& workload, const MasterData& data, const std::string& prefix,
                                  Dice& dice, Starts& starts) {
  std::vector<UnitJob> jobs;
  for (std::uint32_t i = 0; i < workload.backlog.reports; ++i) {
    const auto& product = product_at(data, dice.below(static_cast<std::uint32_t>(data.products.size())));
    UnitJob job;
    job.serial_number = prefix + padded(i + 1, 4);
    job.part_number = product.part_number;
    job.revision = product.revisions[dice.below(static_cast<std::uint32_t>(product.revisions.size()))];
    job.report_id = dice.uuid();
    job.start = starts.next();
    jobs.push_back(std::move(job));
  }
  const auto failed = chosen(dice, jobs.size(), workload.station.failed_share);
  for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i].failed = failed[i];
  return jobs;
}

/// FNV-1a; std::hash differs between platforms.
std::uint64_t fingerprint(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

template <class Row>
Row row_of(const server::RowVersion& version) {
  auto row = model::from_json<Row>(version.doc);
  if (!row) throw Failure(row.error());
  return *std::move(row);
}

}  // namespace

std::uint64_t Dice::next() noexcept {
  state_ += 0x9E3779B97F4A7C15U;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

std::string Dice::uuid() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    if (i % 16 == 0) bits = next();
    if (i == 8 || i == 12 || i == 16 || i == 20) text.push_back('-');
    auto digit = static_cast<std::size_t>(bits & 15U);
    if (i == 12) digit = 4;
    if (i == 16) digit = 8 + digit % 4;
    text.push_back(digits[digit]);
    bits >>= 4U;
  }
  return text;
}

Result<MasterData> MasterData::of(const std::vector<server::RowVersion>& history) {
  MasterData data;
  std::map<std::string, Product> products;
  std::map<std::int32_t, std::string> processes;
  std::map<std::string, KnownUnit> units;
  try {
    for (const auto& version : history) {
      if (version.deleted) continue;
      if (version.table == "products") {
        products[version.key] = row_of<Product>(version);
      } else if (version.table == "processes") {
        const auto process = row_of<Process>(version);
        if (process.is_test_operation && process.code && process.name)
          processes[*process.code] = *process.name;
      } else if (version.table == "reports") {
        const auto header = row_of<ReportHeader>(version);
        if (header.start) data.latest_start = std::max(data.latest_start, *header.start);
        if (header.serial_number && header.part_number) {
          units[version.key] = {*header.serial_number, *header.part_number};
        }
      }
    }
  } catch (const Failure& failure) {
    return std::unexpected(failure.error());
  }
  for (const auto& [part_number, product] : products) {
    ProductNames names{.part_number = part_number, .revisions = {}};
    for (const auto& revision : product.revisions) names.revisions.push_back(revision.revision);
    if (!names.revisions.empty()) data.products.push_back(std::move(names));
  }
  for (const auto& [code, name] : processes) data.test_processes.push_back(name);
  for (auto& [key, unit] : units) data.units.push_back(std::move(unit));
  if (data.products.empty()) return fail(Errc::invalid_argument, "the server has no products with revisions");
  if (data.test_processes.empty()) return fail(Errc::invalid_argument, "the server has no test operations");
  if (data.units.empty()) return fail(Errc::invalid_argument, "the server has no reports");
  return data;
}

Plan Plan::make(const Workload& workload, const MasterData& data) {
  Dice dice(workload.seed);
  Starts starts(data.latest_start);
  const auto count = static_cast<std::uint32_t>(data.products.size());
  std::vector<std::uint32_t> built;
  while (built.size() < std::min(workload.dashboard.products, count)) {
    const auto index = dice.below(count);
    if (std::ranges::find(built, index) == built.end()) built.push_back(index);
  }
  Plan plan;
  for (const auto index : built) plan.being_built.push_back(data.products[index].part_number);
  plan.stations = plan_stations(workload, data, built, dice, starts);
  for (const auto& station : plan.stations) plan.all_jobs += static_cast<std::uint32_t>(station.jobs.size());
  plan.edits = plan_edits(workload, data, built, plan.all_jobs, dice);
  for (std::uint32_t i = 0; i < workload.backlog.unit_lookups; ++i) {
    plan.backlog.lookups.push_back(data.units[dice.below(static_cast<std::uint32_t>(data.units.size()))]);
  }
  plan.backlog.one_at_a_time = plan_reports(workload, data, "BACKLOG-A-", dice, starts);
  plan.backlog.in_flight = plan_reports(workload, data, "BACKLOG-B-", dice, starts);
  return plan;
}

Result<ReportDocument> report_of(const UnitJob& job, const std::string& station, std::int32_t process_code,
                                 std::uint32_t steps) {
  // Values come from the report's id: the same document for the same job.
  Dice dice(fingerprint(job.report_id));
  const std::uint32_t failing = job.failed && steps > 0 ? dice.below(steps) : steps;
  std::string text;
  text.reserve(512 + std::size_t{steps} * 224);
  text +=
      R"({"type":"T","id":")" + job.report_id + R"(","pn":")" + job.part_number + R"(","sn":")" +
      job.serial_number + R"(","rev":")" + job.revision + R"(","processCode":)" +
      std::to_string(process_code) + R"(,"result":")" + (job.failed ? "F" : "P") + R"(","machineName":")" +
      station + R"(","location":"Line 1","purpose":"Demonstration","start":")" + job.start.utc_text() +
      R"(","uut":{"user":"operator","execTime":12.5},"root":{"id":0,"group":"M","stepType":"SequenceCall",)"
      R"("name":"Main","status":")" +
      (job.failed ? "F" : "P") +
      R"(","totTime":12.5,"seqCall":{"path":"line/","name":"line.seq","version":"1.4.2"},"steps":[)";
  for (std::uint32_t step = 0; step < steps; ++step) {
    const bool failed = step == failing;
    const std::string milli = padded(dice.below(1000), 3);
    if (step > 0) text += ',';
    text += R"({"id":)" + std::to_string(step + 1) + R"(,"group":"M","stepType":"ET_NLT","name":"Rail )" +
            std::to_string(step + 1) + R"( voltage","status":")" + (failed ? "F" : "P") +
            R"(","totTime":0.3,)" + (failed ? R"("causedUUTFailure":true,)" : "") +
            R"("numericMeas":[{"compOp":"GELE","name":null,"status":")" + (failed ? "F" : "P") +
            R"(","unit":"V","value":)" + (failed ? "5." : "3.") + milli +
            R"(,"lowLimit":3.0,"highLimit":4.0}]})";
  }
  text += "]}}";
  return ReportDocument::parse(std::move(text));
}

}  // namespace wats::demo
