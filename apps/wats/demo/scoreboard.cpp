#include "apps/wats/demo/scoreboard.hpp"

#include "wats/model/codec.hpp"

#include <cstdio>
#include <utility>

namespace wats::demo {
namespace {

std::string number(const char* format, double value) {
  char out[64];
  std::snprintf(out, sizeof out, format, value);
  return out;
}

std::string measure(const Metric& metric, double value) {
  if (!metric.is_share) return number("%.1f x", value);
  return number("%.2f %%", 100 * value);
}

std::string percent(double share) {
  return number("%.0f %%", 100 * share);
}

std::string class_name(const OperationRow& row) {
  return row.is_write ? "write" : std::string(name(row.cache_class));
}

/// Rates are shown only where there is something to hit.
std::string hits(const OperationRow& row) {
  return row.is_write ? "" : percent(row.all.hit_rate);
}

// What the JSON looks like; names on the wire as programs expect them.
#define WATS_DEMO_FIELD(name) WATS_FIELD(name).named(#name)

class MetricJson : public Record {
 public:
  MetricJson() = default;
  std::string name;
  double target = 0;
  double goal = 0;
  double measured = 0;
  bool pass = false;

  using Self = MetricJson;
  static constexpr auto fields() {
    return std::tuple(WATS_DEMO_FIELD(name), WATS_DEMO_FIELD(target), WATS_DEMO_FIELD(goal),
                      WATS_DEMO_FIELD(measured), WATS_DEMO_FIELD(pass));
  }
};

class CallsJson : public Record {
 public:
  CallsJson() = default;
  std::int64_t plain = 0;
  std::int64_t cached = 0;
  std::int64_t all = 0;
  std::int64_t lower_bound = 0;

  using Self = CallsJson;
  static constexpr auto fields() {
    return std::tuple(WATS_DEMO_FIELD(plain), WATS_DEMO_FIELD(cached), WATS_DEMO_FIELD(all),
                      WATS_DEMO_FIELD(lower_bound));
  }
};

class WrongJson : public Record {
 public:
  WrongJson() = default;
  std::string operation;
  std::string key;
  std::string what;

  using Self = WrongJson;
  static constexpr auto fields() {
    return std::tuple(WATS_DEMO_FIELD(operation), WATS_DEMO_FIELD(key), WATS_DEMO_FIELD(what));
  }
};

class DiskJson : public Record {
 public:
  DiskJson() = default;
  std::int64_t first_reads = 0;
  double first_hit_rate = 0;
  double goal = 0;
  std::int64_t offline_reads = 0;
  std::int64_t offline_failures = 0;
  std::int64_t answers_checked = 0;
  std::int64_t answers_wrong = 0;
  std::int64_t calls_failed = 0;
  bool pass = false;

  using Self = DiskJson;
  static constexpr auto fields() {
    return std::tuple(WATS_DEMO_FIELD(first_reads), WATS_DEMO_FIELD(first_hit_rate), WATS_DEMO_FIELD(goal),
                      WATS_DEMO_FIELD(offline_reads), WATS_DEMO_FIELD(offline_failures),
                      WATS_DEMO_FIELD(answers_checked), WATS_DEMO_FIELD(answers_wrong),
                      WATS_DEMO_FIELD(calls_failed), WATS_DEMO_FIELD(pass));
  }
};

class SharedJson : public Record {
 public:
  SharedJson() = default;
  std::int64_t clients = 0;
  std::int64_t calls = 0;
  double hit_rate = 0;
  std::int64_t from_peers = 0;
  std::int64_t news_ms = 0;
  std::int64_t answers_late = 0;
  std::int64_t answers_checked = 0;
  std::int64_t answers_wrong = 0;
  std::int64_t calls_failed = 0;
  bool pass = false;

  using Self = SharedJson;
  static constexpr auto fields() {
    return std::tuple(WATS_DEMO_FIELD(clients), WATS_DEMO_FIELD(calls), WATS_DEMO_FIELD(hit_rate),
                      WATS_DEMO_FIELD(from_peers), WATS_DEMO_FIELD(news_ms), WATS_DEMO_FIELD(answers_late),
                      WATS_DEMO_FIELD(answers_checked), WATS_DEMO_FIELD(answers_wrong),
                      WATS_DEMO_FIELD(calls_failed), WATS_DEMO_FIELD(pass));
  }
};

class ScoreboardJson : public Record {
 public:
  ScoreboardJson() = default;
  std::string workload;
  std::int64_t seed = 0;
  std::vector<MetricJson> metrics;
  CallsJson calls;
  double hit_rate_upper_bound = 0;
  std::int64_t answers_checked = 0;
  std::int64_t answers_wrong = 0;
  std::int64_t calls_failed = 0;
  std::vector<WrongJson> first_wrong;
  Maybe<DiskJson> disk;
  Maybe<SharedJson> shared;
  std::vector<std::string> failures;
  std::string verdict;

  using Self = ScoreboardJson;
  static constexpr auto fields() {
    return std::tuple(WATS_DEMO_FIELD(workload), WATS_DEMO_FIELD(seed), WATS_DEMO_FIELD(metrics),
                      WATS_DEMO_FIELD(calls), WATS_DEMO_FIELD(hit_rate_upper_bound),
                      WATS_DEMO_FIELD(answers_checked), WATS_DEMO_FIELD(answers_wrong),
                      WATS_DEMO_FIELD(calls_failed), WATS_DEMO_FIELD(first_wrong), WATS_DEMO_FIELD(disk),
                      WATS_DEMO_FIELD(shared), WATS_DEMO_FIELD(failures), WATS_DEMO_FIELD(verdict));
  }
};

#undef WATS_DEMO_FIELD

std::int64_t whole(std::uint64_t count) {
  return static_cast<std::int64_t>(count);
}

DiskJson json_of(const DiskRun& run) {
  DiskJson json;
  json.first_reads = whole(run.first_reads);
  json.first_hit_rate = run.first_hit_rate();
  json.goal = DiskRun::hit_rate_goal;
  json.offline_reads = whole(run.offline_reads);
  json.offline_failures = whole(run.offline_failures);
  json.answers_checked = whole(run.verdict.checked);
  json.answers_wrong = whole(run.verdict.wrong);
  json.calls_failed = whole(run.verdict.failed_calls);
  json.pass = run.pass();
  return json;
}

SharedJson json_of(const SharedRun& run) {
  SharedJson json;
  json.clients = whole(run.clients);
  json.calls = whole(run.calls);
  json.hit_rate = run.hit_rate;
  json.from_peers = whole(run.from_peers);
  json.news_ms = SharedRun::news.count();
  json.answers_late = whole(run.late);
  json.answers_checked = whole(run.verdict.checked);
  json.answers_wrong = whole(run.verdict.wrong);
  json.calls_failed = whole(run.verdict.failed_calls);
  json.pass = run.pass();
  return json;
}

/// What was wrong, below a line that tells of a run.
void add_wrong(std::vector<std::string>& lines, const Verdict& verdict) {
  for (const auto& wrong : verdict.first_wrong) lines.push_back("wrong: " + wrong.key + ": " + wrong.what);
  if (verdict.failed_calls > 0) {
    lines.push_back(std::to_string(verdict.failed_calls) +
                    " calls failed; the first: " + verdict.first_failure);
  }
}

std::string outcome(bool passes) {
  return passes ? ": pass" : ": FAIL";
}

}  // namespace

std::string duration_text(Nanoseconds time) {
  const auto ns = static_cast<double>(time.count());
  if (ns >= 1e9) return number("%.2f s", ns / 1e9);
  if (ns >= 1e6) return number("%.1f ms", ns / 1e6);
  if (ns >= 1e3) return number("%.1f us", ns / 1e3);
  return number("%.0f ns", ns);
}

Cells metric_headings() {
  return {"figure", "plan's target", "our goal", "measured", "", "beside it"};
}

std::vector<Cells> metric_cells(const Figures& figures) {
  std::vector<Cells> rows;
  for (const auto& metric : figures.metrics) {
    rows.push_back({metric.name, measure(metric, metric.target), measure(metric, metric.goal),
                    measure(metric, metric.measured), metric.pass() ? "pass" : "FAIL", metric.note});
  }
  return rows;
}

Cells operation_headings() {
  return {"operation", "class",  "calls plain", "cached",    "all",    "fewest", "hits",
          "p50 plain", "cached", "all",         "p95 plain", "cached", "all"};
}

std::vector<Cells> operation_cells(const Figures& figures) {
  std::vector<Cells> rows;
  for (const auto& row : figures.operations) {
    rows.push_back({row.operation, class_name(row), std::to_string(row.plain.calls),
                    std::to_string(row.cached.calls), std::to_string(row.all.calls),
                    std::to_string(row.least_calls), hits(row), duration_text(row.plain.latency.p50),
                    duration_text(row.cached.latency.p50), duration_text(row.all.latency.p50),
                    duration_text(row.plain.latency.p95), duration_text(row.cached.latency.p95),
                    duration_text(row.all.latency.p95)});
  }
  return rows;
}

std::vector<std::string> verdict_lines(const Figures& figures) {
  const Verdict& verdict = figures.verdict;
  std::vector<std::string> lines;
  lines.push_back(std::to_string(verdict.checked) +
                  " answers checked against the server's version history, " + std::to_string(verdict.wrong) +
                  " wrong");
  add_wrong(lines, verdict);
  for (const auto& failure : figures.failures) lines.push_back("not finished: " + failure);
  return lines;
}

std::vector<std::string> level_lines(const Figures& figures) {
  std::vector<std::string> lines;
  if (figures.disk) {
    const DiskRun& run = *figures.disk;
    lines.push_back("Kept on disk: of the first " + std::to_string(run.first_reads) +
                    " static and slow reads after a restart " +
                    number("%.1f %%", 100 * run.first_hit_rate()) + " were hits (goal " +
                    percent(DiskRun::hit_rate_goal) + "); with the server stopped " +
                    std::to_string(run.offline_reads - run.offline_failures) + " of " +
                    std::to_string(run.offline_reads) + " station reads were answered; " +
                    std::to_string(run.verdict.checked) + " answers checked, " +
                    std::to_string(run.verdict.wrong) + " wrong" + outcome(run.pass()));
    add_wrong(lines, run.verdict);
  }
  if (figures.shared) {
    const SharedRun& run = *figures.shared;
    lines.push_back("Shared by " + std::to_string(run.clients) + " clients over Redis: hit rate " +
                    number("%.1f %%", 100 * run.hit_rate) + ", " + std::to_string(run.from_peers) +
                    " answers from peers, " + std::to_string(run.calls) + " calls; " +
                    std::to_string(run.verdict.checked) + " answers checked, " +
                    std::to_string(run.verdict.wrong) + " wrong, " + std::to_string(run.late) +
                    " that had been right until less than " + std::to_string(SharedRun::news.count()) +
                    " ms before" + outcome(run.pass()));
    add_wrong(lines, run.verdict);
  }
  return lines;
}

std::string limited_line(const Runs& runs) {
  if (!runs.limited) return {};
  const auto& run = *runs.limited;
  return number("%.0f", run.requests) +
         " requests against a limit of 500 a minute: " + number("%.1f s", run.one_at_a_time.count()) +
         " one at a time, " + number("%.1f s", run.at_once.count()) + " with " +
         std::to_string(run.in_flight) + " in flight: ratio " + number("%.2f", run.ratio()) +
         ". No client is faster than what the server lets through.";
}

std::string scoreboard_json(const Figures& figures) {
  ScoreboardJson json;
  json.workload = figures.workload;
  json.seed = static_cast<std::int64_t>(figures.seed);
  for (const auto& metric : figures.metrics) {
    MetricJson one;
    one.name = metric.name;
    one.target = metric.target;
    one.goal = metric.goal;
    one.measured = metric.measured;
    one.pass = metric.pass();
    json.metrics.push_back(std::move(one));
  }
  json.calls.plain = static_cast<std::int64_t>(figures.calls_plain);
  json.calls.cached = static_cast<std::int64_t>(figures.calls_cached);
  json.calls.all = static_cast<std::int64_t>(figures.calls_all);
  json.calls.lower_bound = static_cast<std::int64_t>(figures.bounds.least_calls());
  json.hit_rate_upper_bound = figures.bounds.best_hit_rate();
  json.answers_checked = static_cast<std::int64_t>(figures.verdict.checked);
  json.answers_wrong = static_cast<std::int64_t>(figures.verdict.wrong);
  json.calls_failed = static_cast<std::int64_t>(figures.verdict.failed_calls);
  for (const auto& wrong : figures.verdict.first_wrong) {
    WrongJson one;
    one.operation = wrong.operation;
    one.key = wrong.key;
    one.what = wrong.what;
    json.first_wrong.push_back(std::move(one));
  }
  if (figures.disk) json.disk = json_of(*figures.disk);
  if (figures.shared) json.shared = json_of(*figures.shared);
  json.failures = figures.failures;
  json.verdict = figures.pass() ? "pass" : "fail";
  return model::to_json(json);
}

}  // namespace wats::demo
