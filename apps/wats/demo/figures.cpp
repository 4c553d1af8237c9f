#include "apps/wats/demo/figures.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <tuple>
#include <utility>

namespace wats::demo {
namespace {

// Targets of the plan and goals of ours, from the definition of the workload.
constexpr double hit_rate_target = 0.70;
constexpr double hit_rate_goal = 0.99;  // of the upper bound
constexpr double response_target = 0.50;
constexpr double response_goal = 0.99;
constexpr double throughput_target = 2;
constexpr double throughput_goal = 25;
constexpr double calls_target = 0.30;
constexpr double calls_goal = 1.05;  // times the lower bound

double share(double part, double whole) {
  return whole > 0 ? part / whole : 0;
}

std::string text(const char* format, auto... values) {
  char out[200];
  std::snprintf(out, sizeof out, format, values...);
  return out;
}

double milliseconds(Nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

Latency cacheable_latency(const Run& run) {
  return Latency::of(durations(run.events, &Event::is_cacheable));
}

Metric hit_rate_metric(const Figures& figures, const Run& all) {
  const double best = figures.bounds.best_hit_rate();
  return {.name = "cache_hit_rate",
          .target = hit_rate_target,
          .goal = hit_rate_goal * best,
          .measured = hit_rate(all.events, &Event::is_cacheable),
          .note = text("best possible %.1f %%; of all reads %.1f %%", 100 * best,
                       100 * figures.hit_rate_of_all_reads)};
}

Metric response_metric(const Figures& figures) {
  const auto reduction = [](Nanoseconds cached, Nanoseconds plain) {
    return plain.count() > 0 ? 1 - milliseconds(cached) / milliseconds(plain) : 0;
  };
  return {
      .name = "cached_response_time_reduction",
      .target = response_target,
      .goal = response_goal,
      .measured = reduction(figures.cached.p50, figures.plain.p50),
      .note = text("p50 %.2f -> %.4f ms; p95 %.2f -> %.2f ms (%.1f %%)", milliseconds(figures.plain.p50),
                   milliseconds(figures.cached.p50), milliseconds(figures.plain.p95),
                   milliseconds(figures.cached.p95), 100 * reduction(figures.cached.p95, figures.plain.p95))};
}

Metric throughput_metric(const BacklogRun& backlog) {
  const double requests = backlog.requests;
  return {.name = "async_throughput_ratio",
          .target = throughput_target,
          .goal = throughput_goal,
          .measured = backlog.ratio(),
          .is_share = false,
          .note = text("%u requests: %.0f/s one at a time, %.0f/s with %u in flight", backlog.requests,
                       share(requests, backlog.one_at_a_time.count()),
                       share(requests, backlog.at_once.count()), backlog.in_flight)};
}

Metric calls_metric(const Figures& figures) {
  const auto plain = static_cast<double>(figures.calls_plain);
  const auto least = static_cast<double>(figures.bounds.least_calls());
  const auto all = static_cast<double>(figures.calls_all);
  return {.name = "api_call_reduction",
          .target = calls_target,
          .goal = plain > 0 ? 1 - calls_goal * least / plain : 0,
          .measured = plain > 0 ? 1 - all / plain : 0,
          .note = text("%llu -> %llu calls; lower bound %llu (%.1f %% %s it)",
                       static_cast<unsigned long long>(figures.calls_plain),
                       static_cast<unsigned long long>(figures.calls_all),
                       static_cast<unsigned long long>(figures.bounds.least_calls()),
                       least > 0 ? std::abs(100 * (all / least - 1)) : 0, all < least ? "below" : "above")};
}

/// The events of a run by operation.
using ByOperation = std::map<std::string_view, std::vector<const Event*>>;

ByOperation by_operation(const Run& run) {
  ByOperation sorted;
  for (const auto& event : run.events) sorted[event.operation].push_back(&event);
  return sorted;
}

OperationRow::InRun in_run(const Run& run, const ByOperation& events, const std::string& operation) {
  OperationRow::InRun row;
  const auto calls = run.calls.find(operation);
  if (calls != run.calls.end()) row.calls = calls->second;
  const auto found = events.find(operation);
  if (found == events.end()) return row;
  std::vector<Nanoseconds> values;
  std::uint64_t hits = 0;
  for (const Event* const event : found->second) {
    values.push_back(event->duration());
    if (event->is_hit()) ++hits;
  }
  row.hit_rate = share(static_cast<double>(hits), static_cast<double>(values.size()));
  row.latency = Latency::of(std::move(values));
  return row;
}

std::vector<OperationRow> operation_rows(const Runs& runs, const Bounds& bounds) {
  const auto plain = by_operation(runs.plain);
  const auto cached = by_operation(runs.cached);
  const auto all = by_operation(runs.all);
  std::vector<OperationRow> rows;
  for (const auto& [operation, events] : plain) {
    OperationRow row;
    row.operation = operation;
    row.cache_class = events.front()->cache_class;
    row.is_write = events.front()->is_write;
    row.plain = in_run(runs.plain, plain, row.operation);
    row.cached = in_run(runs.cached, cached, row.operation);
    row.all = in_run(runs.all, all, row.operation);
    const auto least = bounds.calls_of.find(operation);
    if (least != bounds.calls_of.end()) row.least_calls = least->second;
    rows.push_back(std::move(row));
  }
  // What the cache can do most about stands first.
  std::ranges::sort(rows, {}, [](const OperationRow& row) {
    return std::tuple(row.is_write, row.cache_class, row.operation);
  });
  return rows;
}

}  // namespace

Nanoseconds percentile(std::span<const Nanoseconds> sorted, double share) {
  if (sorted.empty()) return Nanoseconds(0);
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::clamp<std::size_t>(rank, 1, sorted.size()) - 1];
}

Latency Latency::of(std::vector<Nanoseconds> values) {
  std::ranges::sort(values);
  return {.count = values.size(),
          .p50 = percentile(values, 0.50),
          .p95 = percentile(values, 0.95),
          .p99 = percentile(values, 0.99)};
}

Figures Figures::of(const Workload& workload, bool shortened, const Runs& runs) {
  Figures figures;
  figures.workload = workload.name;
  figures.seed = workload.seed;
  figures.shortened = shortened;
  const Run* const played[] = {&runs.plain, &runs.cached, &runs.all, &runs.backlog};
  for (const Run* const run : played) {
    if (!run->failure.empty()) figures.failures.push_back(run->name + ": " + run->failure);
    figures.verdict += check_answers(run->events, run->history, run->begin);
  }
  if (runs.limited && !runs.limited->failure.empty())
    figures.failures.push_back("limited: " + runs.limited->failure);
  figures.disk = runs.disk;
  figures.shared = runs.shared;
  if (figures.disk && !figures.disk->failure.empty())
    figures.failures.push_back("disk: " + figures.disk->failure);
  if (figures.shared && !figures.shared->failure.empty())
    figures.failures.push_back("shared: " + figures.shared->failure);
  figures.bounds = Bounds::of(runs.all.events);
  figures.operations = operation_rows(runs, figures.bounds);
  figures.plain = cacheable_latency(runs.plain);
  figures.cached = cacheable_latency(runs.cached);
  figures.all = cacheable_latency(runs.all);
  figures.hit_rate_of_all_reads =
      hit_rate(runs.all.events, [](const Event& event) { return !event.is_write; });
  figures.calls_plain = runs.plain.all_calls;
  figures.calls_cached = runs.cached.all_calls;
  figures.calls_all = runs.all.all_calls;
  figures.metrics = {hit_rate_metric(figures, runs.all), response_metric(figures),
                     throughput_metric(runs.backlog), calls_metric(figures)};
  return figures;
}

bool Figures::pass() const noexcept {
  return failures.empty() && verdict.all_right() && verdict.checked > 0 && (!disk || disk->pass()) &&
         (!shared || shared->pass()) && std::ranges::all_of(metrics, &Metric::pass);
}

}  // namespace wats::demo
