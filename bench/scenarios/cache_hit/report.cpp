#include "bench/scenarios/cache_hit/report.hpp"

#include <algorithm>
#include <cstdio>

namespace bench {
namespace {

constexpr double most_bytes_an_entry = 64;
constexpr double most_growth = 4;
/// The same time, as far as it can be told.
constexpr double most_growth_of_invalidation = 1.1;
/// The bars on memory and growth are for so many.
constexpr std::size_t many = 1'000'000;

/// The whole of what the median may be has to keep the bar.
bool holds(const Estimate& ratio, double at_most) {
  return ratio.high <= at_most;
}

}  // namespace

void Report::memory(const Kind& kind, std::size_t entries, const Memory& memory) {
  std::printf("%14s %7.1f, at most %7.1f on the way there\n", kind.name, memory.full, memory.most);
  if (&kind == &kinds_.front() && entries >= many) {
    bar("bytes an entry beside key and value",
        {.median = memory.full, .low = memory.full, .high = memory.full}, most_bytes_an_entry);
  }
}

void Report::begin_times(std::size_t rounds) const {
  std::printf(
      "\nns an operation, wall time by the operations of all threads; medians of %zu interleaved rounds\n",
      rounds);
  std::printf("%9s %7s %-12s", "entries", "threads", "what");
  for (const auto& kind : kinds_) std::printf(" %11s", kind.name);
  std::printf("   ours by the fastest other that evicts, 95 %%\n");
}

void Report::line(const Row& row, bool has_bar) {
  std::printf("%9zu %7zu %-12s", row.entries, row.threads, row.what.c_str());
  std::size_t fastest = 0;
  for (std::size_t k = 0; k < kinds_.size(); ++k) {
    // Inserts have no column for what does not evict.
    if (k >= row.ns.size()) {
      std::printf(" %11s", "-");
      continue;
    }
    std::printf(" %11.1f", median(row.ns[k]));
    const bool faster = fastest == 0 || median(row.ns[k]) < median(row.ns[fastest]);
    if (!kinds_[k].is_ours && kinds_[k].evicts && faster) fastest = k;
  }
  const Estimate ratio = estimate(ratios(row.ns[0], row.ns[fastest]));
  std::printf("   %5.2f (%.2f - %.2f) %s", ratio.median, ratio.low, ratio.high, kinds_[fastest].name);
  if (has_bar) {
    const std::string what = row.what + ", " + std::to_string(row.entries) + " entries, " +
                             std::to_string(row.threads) + " threads: times " + kinds_[fastest].name;
    std::printf("  %s", holds(ratio, 1) ? "pass" : "FAIL");
    bar(what, ratio, 1);
  } else if (ratio.median > 1) {
    std::printf("  loses");
  }
  std::printf("\n");
  std::fflush(stdout);
}

void Report::bar(std::string what, const Estimate& ratio, double at_most) {
  bars_.push_back({.what = std::move(what), .ratio = ratio, .at_most = at_most});
}

void Report::hits(const std::vector<Row>& rows) {
  for (const auto& row : rows) line(row, row.threads == 2 && row.what != "50/50");
  const auto read_only = [&](std::size_t threads) {
    return std::ranges::find_if(
        rows, [&](const Row& row) { return row.threads == threads && row.what == "read only"; });
  };
  bar("a hit on 2 threads, " + std::to_string(rows.front().entries) + " entries: times one on 1 thread",
      estimate(ratios(read_only(2)->ns[0], read_only(1)->ns[0])), 1);
}

void Report::inserts(const std::vector<Row>& rows) {
  for (const auto& row : rows) line(row, false);
  ours_when_inserting_.push_back(rows.front().ns[0]);
  if (rows.front().entries < many) return;
  bar("an insert that evicts, 1000000 entries: times one with 1000",
      estimate(ratios(ours_when_inserting_.back(), ours_when_inserting_.front())), most_growth);
}

void Report::invalidations(const std::vector<std::size_t>& entries,
                           const std::vector<std::vector<double>>& ns) {
  std::printf("\nns to invalidate one tag that all entries have, ours alone\n");
  for (std::size_t i = 0; i < entries.size(); ++i) std::printf("%9zu %7.1f\n", entries[i], median(ns[i]));
  bar("an invalidation of a tag, " + std::to_string(entries.back()) + " entries: times one with " +
          std::to_string(entries.front()),
      estimate(ratios(ns.back(), ns.front())), most_growth_of_invalidation);
}

bool Report::end(const Quiet& quiet) {
  std::printf(
      "\n%zu of %zu runs were disturbed by other programs, after %zu had been made again for that\n\n",
      quiet.disturbed, quiet.runs, quiet.repeated);
  bool all = true;
  for (const auto& [what, ratio, at_most] : bars_) {
    const bool passes = holds(ratio, at_most);
    const bool open = !passes && ratio.median <= at_most;
    all = all && passes;
    std::printf("%s: %.2f (%.2f - %.2f), at most %g: %s\n", what.c_str(), ratio.median, ratio.low, ratio.high,
                at_most,
                passes ? "PASS"
                : open ? "FAIL (open)"
                       : "FAIL");
  }
  return all;
}

}  // namespace bench
