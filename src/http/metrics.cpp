#include "src/http/metrics.hpp"

#include <algorithm>

namespace wats::http::detail {
namespace {

/// Answers needed before a quantile of them says something.
constexpr std::uint32_t enough_samples = 50;

std::uint64_t& outcome_of(OperationStats& stats, const AttemptReport& report) noexcept {
  if (report.failure == Errc::cancelled) return stats.cancelled;
  if (report.status == 0) return stats.unanswered;
  if (report.status >= 500) return stats.failed;
  if (report.status == 429) return stats.throttled;
  return report.status >= 300 ? stats.refused : stats.succeeded;
}

}  // namespace

void Metrics::add(const AttemptReport& report) {
  const std::lock_guard lock(mutex_);
  Row& row = rows_[report.operation];
  ++row.stats.attempts;
  if (report.is_hedge) {
    ++row.stats.hedges;
  } else if (report.number > 1) {
    ++row.stats.repeats;
  }
  ++outcome_of(row.stats, report);
  // Refusals come quickly and say nothing about how long an answer takes.
  if (report.status >= 200 && report.status < 300) row.latency.add(report.total);
}

std::optional<std::chrono::nanoseconds> Metrics::latency(std::string_view operation, double quantile) const {
  const std::lock_guard lock(mutex_);
  const auto row = rows_.find(operation);
  if (row == rows_.end() || row->second.latency.samples() < enough_samples) return std::nullopt;
  return row->second.latency.quantile(quantile);
}

std::vector<OperationStats> Metrics::snapshot() const {
  std::vector<OperationStats> all;
  {
    const std::lock_guard lock(mutex_);
    all.reserve(rows_.size());
    for (const auto& [operation, row] : rows_) {
      OperationStats stats = row.stats;
      stats.operation = operation;
      stats.latency = row.latency.quantiles();
      all.push_back(stats);
    }
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.operation < b.operation; });
  return all;
}

}  // namespace wats::http::detail
