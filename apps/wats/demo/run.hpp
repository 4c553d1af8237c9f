// Run: one execution of the line or of the backlog against a freshly seeded server.
#pragma once

#include "apps/wats/demo/trace.hpp"
#include "apps/wats/demo/workload.hpp"
#include "wats/server/history.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace wats::demo {

/// What a run left behind.
struct Run {
  std::string name;
  Time begin;
  std::chrono::duration<double> elapsed{0};
  std::vector<Event> events;
  /// Requests that the server received during the run, by operationId.
  std::map<std::string, std::uint64_t> calls;
  std::uint64_t all_calls = 0;
  std::vector<server::RowVersion> history;
  /// Why the run could not be finished; empty when it was.
  std::string failure;
};

struct BacklogRun : Run {
  std::uint32_t requests = 0;
  std::uint32_t in_flight = 0;
  std::chrono::duration<double> one_at_a_time{0};
  std::chrono::duration<double> at_once{0};

  [[nodiscard]] double ratio() const noexcept {
    return at_once.count() > 0 ? one_at_a_time.count() / at_once.count() : 0;
  }
};

/// How the line is played.
struct LineStyle {
  std::string name;
  bool cached = true;
  bool at_once = false;
};

/// What does not belong to the workload.
struct RunSettings {
  /// Draw over the progress line instead of adding lines.
  bool is_terminal = false;
  /// Operation whose writes go past the client under test; empty: none.
  std::string skip_invalidation_of;
};

/// Plays stations, dashboards, sync job and engineer. *Errors*: are told in the run.
[[nodiscard]] Run play_line(const Workload& workload, const LineStyle& style, const RunSettings& settings);

/// Plays the backlog: its requests one at a time, then in_flight at once.
[[nodiscard]] BacklogRun play_backlog(const Workload& workload, const RunSettings& settings);

/// The same, so many requests that the server's limit of *per_minute* is passed, waiting as long as it says.
/// Takes two minutes.
[[nodiscard]] BacklogRun play_limited_backlog(const Workload& workload, std::uint32_t per_minute,
                                              const RunSettings& settings);

}  // namespace wats::demo
