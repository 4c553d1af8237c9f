// Figures: what a set of runs comes to, as shared by the table, the JSON and the pictures.
#pragma once

#include "apps/wats/demo/bounds.hpp"
#include "apps/wats/demo/level_runs.hpp"
#include "apps/wats/demo/run.hpp"
#include "apps/wats/demo/truth.hpp"
#include "apps/wats/demo/workload.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace wats::demo {

using Nanoseconds = std::chrono::nanoseconds;

/// The smallest value that at least *share* of the values do not exceed (nearest rank); 0 of none.
/// *sorted*: rising. *share*: above 0, at most 1.
[[nodiscard]] Nanoseconds percentile(std::span<const Nanoseconds> sorted, double share);

/// Response times of some calls.
struct Latency {
  std::uint64_t count = 0;
  Nanoseconds p50{0};
  Nanoseconds p95{0};
  Nanoseconds p99{0};

  /// Of *values* in any order.
  [[nodiscard]] static Latency of(std::vector<Nanoseconds> values);
};

/// Durations of the calls that *wanted* takes.
template <class Wanted>
[[nodiscard]] std::vector<Nanoseconds> durations(const std::vector<Event>& events, Wanted wanted) {
  std::vector<Nanoseconds> values;
  for (const auto& event : events) {
    if (std::invoke(wanted, event)) values.push_back(event.duration());
  }
  return values;
}

/// Share of hits among *wanted*; 0 of none.
template <class Wanted>
[[nodiscard]] double hit_rate(const std::vector<Event>& events, Wanted wanted) {
  std::uint64_t hits = 0;
  std::uint64_t all = 0;
  for (const auto& event : events) {
    if (!std::invoke(wanted, event)) continue;
    ++all;
    if (event.is_hit()) ++hits;
  }
  return all == 0 ? 0 : static_cast<double>(hits) / static_cast<double>(all);
}

/// One of the four figures that the project is judged by.
struct Metric {
  std::string name;
  double target = 0;  ///< of the plan
  double goal = 0;    ///< ours; what passing means
  double measured = 0;
  bool is_share = true;  ///< shown in percent
  std::string note;

  [[nodiscard]] bool pass() const noexcept { return measured >= goal; }
};

/// One operation in the three runs of the line.
struct OperationRow {
  struct InRun {
    std::uint64_t calls = 0;  ///< that the server received
    double hit_rate = 0;
    Latency latency;
  };
  std::string operation;
  CacheClass cache_class = CacheClass::never;
  bool is_write = false;
  InRun plain;
  InRun cached;
  InRun all;
  std::uint64_t least_calls = 0;
};

/// All that was played.
struct Runs {
  Run plain;
  Run cached;
  Run all;
  BacklogRun backlog;
  std::optional<BacklogRun> limited;
  std::optional<DiskRun> disk;
  std::optional<SharedRun> shared;
};

/// The four figures need all runs to have been finished.
struct Figures {
  std::string workload;
  std::uint64_t seed = 0;
  bool shortened = false;
  std::vector<Metric> metrics;
  Bounds bounds;
  std::vector<OperationRow> operations;
  /// Of static and slow reads.
  Latency plain;
  Latency cached;
  Latency all;
  double hit_rate_of_all_reads = 0;
  std::uint64_t calls_plain = 0;
  std::uint64_t calls_cached = 0;
  std::uint64_t calls_all = 0;
  Verdict verdict;
  /// Of the runs over a second level, where they were played.
  std::optional<DiskRun> disk;
  std::optional<SharedRun> shared;
  /// Runs that could not be finished, in words.
  std::vector<std::string> failures;

  [[nodiscard]] static Figures of(const Workload& workload, bool shortened, const Runs& runs);
  /// All goals hold, and no answer was wrong.
  [[nodiscard]] bool pass() const noexcept;
};

}  // namespace wats::demo
