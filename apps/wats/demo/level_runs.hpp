// Runs over a second level of the cache: on disk, from one start to the next, and in Redis, for several
// clients.
#pragma once

#include "apps/wats/demo/run.hpp"
#include "apps/wats/demo/truth.hpp"
#include "wats/cache/second_level.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace wats::demo {

/// The line twice on one server, with a client each that keep their answers in one folder; then what stations
/// read of master data, with the server stopped.
struct DiskRun {
  /// So many of the second run's first reads of class static and slow, and how many of them were hits.
  std::uint64_t first_reads = 0;
  std::uint64_t first_hits = 0;
  /// Reads with the server stopped, and those that were not answered.
  std::uint64_t offline_reads = 0;
  std::uint64_t offline_failures = 0;
  Verdict verdict;
  std::string failure;

  static constexpr double hit_rate_goal = 0.9;
  [[nodiscard]] double first_hit_rate() const noexcept {
    return first_reads == 0 ? 0 : static_cast<double>(first_hits) / static_cast<double>(first_reads);
  }
  [[nodiscard]] bool pass() const noexcept {
    return failure.empty() && verdict.all_right() && first_hit_rate() > hit_rate_goal && offline_reads > 0 &&
           offline_failures == 0;
  }
};

/// The line, its actors spread over clients of their own that share a second level.
struct SharedRun {
  /// How long the news of a write may take.
  static constexpr std::chrono::milliseconds news{50};

  std::size_t clients = 0;
  std::uint64_t calls = 0;
  double hit_rate = 0;
  /// Answers out of the second level.
  std::uint64_t from_peers = 0;
  /// Within *news*; and how many of its answers no longer held when they were asked for.
  Verdict verdict;
  std::uint64_t late = 0;
  std::string failure;

  [[nodiscard]] bool pass() const noexcept {
    return failure.empty() && verdict.all_right() && from_peers > 0;
  }
};

[[nodiscard]] DiskRun play_disk(const Workload& workload, const RunSettings& settings);

/// *level* makes what one client uses.
[[nodiscard]] SharedRun play_shared(const Workload& workload, const RunSettings& settings,
                                    const std::function<std::shared_ptr<cache::SecondLevel>()>& level);

}  // namespace wats::demo
