// wats cache simulate: what a cache of some size would have done with a trace of keys, under each policy.
#include "apps/wats/cache_commands.hpp"
#include "apps/wats/context.hpp"
#include "apps/wats/demo/progress.hpp"
#include "apps/wats/records.hpp"
#include "apps/wats/simulate/belady.hpp"
#include "apps/wats/simulate/key_trace.hpp"
#include "apps/wats/simulate/replay.hpp"
#include "apps/wats/simulate/sizes.hpp"
#include "apps/wats/suggest.hpp"

#include <CLI/CLI.hpp>
#include <spdlog/fmt/fmt.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace wats::app {
namespace {

struct SimulateArguments {
  std::string trace;
  std::string policy = "all";
  std::string size;
  std::string column;
};

struct NamedPolicy {
  std::string_view name;
  /// Nothing: Belady's optimum.
  std::optional<cache::Policy> policy;
};

constexpr std::array named_policies = {
    NamedPolicy{"lru", cache::Policy::lru},
    NamedPolicy{"sieve", cache::Policy::sieve},
    NamedPolicy{"s3_fifo", cache::Policy::s3_fifo},
    NamedPolicy{"belady", std::nullopt},
};

/// One policy at one size.
class SimulatedRow : public Record {
 public:
  SimulatedRow() = default;

  std::string size;
  std::int64_t entries = 0;
  std::string policy;
  std::int64_t hits = 0;
  std::int64_t misses = 0;
  double miss_ratio = 0;
  /// Where Belady's optimum is computed too.
  Maybe<double> times_belady;

  using Self = SimulatedRow;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(size), WATS_FIELD(entries), WATS_FIELD(policy), WATS_FIELD(hits),
                      WATS_FIELD(misses), WATS_FIELD(miss_ratio), WATS_FIELD(times_belady));
  }
};

/// What --json prints.
class Simulated : public Record {
 public:
  Simulated() = default;

  std::string trace;
  std::int64_t requests = 0;
  std::int64_t distinct_keys = 0;
  std::vector<SimulatedRow> results;

  using Self = Simulated;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(trace), WATS_FIELD(requests), WATS_FIELD(distinct_keys),
                      WATS_FIELD(results));
  }
};

/// How far it is, for who waits at a terminal.
class Progress {
 public:
  Progress() {
    constexpr auto patience = std::chrono::seconds(2);
    if (::isatty(STDERR_FILENO) == 1) line_.emplace([this] { return text(); }, true, patience);
  }

  void begin(std::string what, std::uint64_t all) {
    const std::lock_guard lock(mutex_);
    what_ = std::move(what);
    all_ = all;
    done = 0;
  }
  std::atomic<std::uint64_t> done{0};

 private:
  [[nodiscard]] std::string text() {
    const std::lock_guard lock(mutex_);
    if (all_ == 0) return fmt::format("{}: {} MB", what_, done / 1'000'000);
    return fmt::format("{}: {} %", what_, 100 * done / all_);
  }

  std::mutex mutex_;
  std::string what_;
  std::uint64_t all_ = 0;
  std::optional<demo::ProgressLine> line_;
};

std::vector<NamedPolicy> policies_of(const std::string& name) {
  std::vector<std::string> names = {"all"};
  std::vector<NamedPolicy> chosen;
  for (const auto& each : named_policies) {
    names.emplace_back(each.name);
    if (name == "all" || name == each.name) chosen.push_back(each);
  }
  if (chosen.empty()) {
    throw Exit(ExitCode::usage, "--policy: there is no policy '" + name + "'" + did_you_mean(name, names) +
                                    "; there are lru, sieve, s3_fifo, belady and all");
  }
  return chosen;
}

simulate::TraceReader reader_for(const SimulateArguments& arguments) {
  if (arguments.column.empty()) return {};
  auto reader = simulate::TraceReader::of_csv(arguments.column);
  if (!reader) throw Exit(ExitCode::usage, "--column: " + reader.error().message());
  return *std::move(reader);
}

/// Piece by piece: a trace may be larger than what should lie in memory.
simulate::KeyTrace read(std::istream& stream, const std::string& name, simulate::TraceReader reader,
                        Progress& progress) {
  progress.begin("reading", 0);
  std::vector<char> piece(std::size_t{1} << 20U);
  const auto taken = [&](Result<void> result) {
    if (!result) throw Exit(ExitCode::usage, name + ": " + result.error().message());
  };
  do {
    stream.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const auto count = static_cast<std::size_t>(stream.gcount());
    taken(reader.take({piece.data(), count}));
    progress.done += count;
  } while (stream);
  if (stream.bad()) throw Exit(ExitCode::local_io, name + " can't be read to its end");
  auto trace = reader.finish();
  if (!trace) throw Exit(ExitCode::usage, name + ": " + trace.error().message());
  return *std::move(trace);
}

simulate::KeyTrace trace_of(const SimulateArguments& arguments, Progress& progress) {
  auto reader = reader_for(arguments);
  const std::string& path = arguments.trace;
  if (path == "-") return read(std::cin, "the standard input", std::move(reader), progress);
  std::ifstream stream = Context::open_file(path);
  return read(stream, path, std::move(reader), progress);
}

SimulatedRow row_of(const simulate::Size& size, std::size_t entries, std::string_view policy,
                    const simulate::Outcome& outcome) {
  SimulatedRow row;
  row.size = size.text;
  row.entries = static_cast<std::int64_t>(entries);
  row.policy = policy;
  row.hits = static_cast<std::int64_t>(outcome.hits);
  row.misses = static_cast<std::int64_t>(outcome.misses);
  row.miss_ratio = outcome.miss_ratio();
  return row;
}

std::vector<SimulatedRow> rows_of(const simulate::KeyTrace& trace, const simulate::Size& size,
                                  const std::vector<NamedPolicy>& policies, const simulate::Belady* belady,
                                  Progress& progress) {
  const std::size_t entries = size.entries_of(trace.distinct_keys);
  std::vector<SimulatedRow> rows;
  std::optional<std::uint64_t> best;
  for (const auto& [name, policy] : policies) {
    progress.begin(fmt::format("{}, {} entries", name, entries), trace.requests.size());
    const auto outcome = policy ? simulate::replay(trace, *policy, entries, &progress.done)
                                : belady->replay(entries, &progress.done);
    if (!policy) best = outcome.misses;
    rows.push_back(row_of(size, entries, name, outcome));
  }
  if (!best || rows.size() < 2) return rows;
  // Every key is missed once, so the optimum is at least 1.
  for (auto& row : rows) row.times_belady = static_cast<double>(row.misses) / static_cast<double>(*best);
  return rows;
}

void show(Output& out, const Simulated& simulated) {
  Table table;
  table.add_column("size", Table::Align::right);
  table.add_column("entries", Table::Align::right);
  table.add_column("policy");
  for (const auto* heading : {"requests", "distinct keys", "hits", "misses", "miss ratio", "times belady's"})
    table.add_column(heading, Table::Align::right);
  for (const auto& row : simulated.results) {
    table.add_row({row.size.ends_with('%') ? row.size : std::string(), std::to_string(row.entries),
                   row.policy, std::to_string(simulated.requests), std::to_string(simulated.distinct_keys),
                   std::to_string(row.hits), std::to_string(row.misses),
                   fmt::format("{:.6f}", row.miss_ratio),
                   row.times_belady.has_value() ? fmt::format("{:.4f}", *row.times_belady) : ""});
  }
  table.drop_empty_columns();
  out.table(table);
}

void simulate_cache(Context& context, const SimulateArguments& arguments) {
  if (arguments.trace.empty())
    throw Exit(ExitCode::usage, "a simulation needs --trace FILE, or - for the standard input");
  if (arguments.size.empty())
    throw Exit(ExitCode::usage, "a simulation needs --size, for example --size 1000 or --size 1%,10%,25%");
  const auto policies = policies_of(arguments.policy);
  const auto sizes = simulate::sizes_of(arguments.size);
  if (!sizes) throw Exit(ExitCode::usage, "--size: " + sizes.error().message());
  Simulated simulated;
  {
    Progress progress;
    const auto trace = trace_of(arguments, progress);
    simulated.trace = arguments.trace;
    simulated.requests = static_cast<std::int64_t>(trace.requests.size());
    simulated.distinct_keys = trace.distinct_keys;
    std::optional<simulate::Belady> belady;
    if (!policies.back().policy) belady.emplace(trace);
    for (const auto& size : *sizes) {
      for (auto& row : rows_of(trace, size, policies, belady ? &*belady : nullptr, progress))
        simulated.results.push_back(std::move(row));
    }
  }
  if (context.global.json) {
    context.out().json(json_of(simulated));
  } else {
    show(context.out(), simulated);
  }
}

}  // namespace

void add_cache_simulate(CLI::App& cache, Context& context) {
  auto* command =
      cache.add_subcommand("simulate", "Replay a trace of keys and tell how many would be missed");
  const auto arguments = std::make_shared<SimulateArguments>();
  command
      ->add_option("--trace", arguments->trace,
                   "the keys as they were asked for, or - for the standard input")
      ->type_name("FILE");
  command->add_option("--policy", arguments->policy, "lru, sieve, s3_fifo, belady or all (default all)")
      ->type_name("POLICY");
  command
      ->add_option("--size", arguments->size,
                   "entries, or a share of the distinct keys such as 10%; several with commas")
      ->type_name("N");
  command->add_option("--column", arguments->column, "the trace is CSV, and this column is the key")
      ->type_name("NAME|NUMBER");
  command->footer(
      "The trace has one key a line: all of the line, in the order of the requests. Blank lines and lines "
      "that "
      "begin\n"
      "with # do not count; lines end with LF or CRLF.\n"
      "With --column it is CSV, separated by commas. By NAME: the first line has the names of the columns. "
      "By\n"
      "NUMBER, from 1: every line is a request. A field may be quoted: \"a,b\", with \"\" for a quote.\n"
      "\n"
      "Each request is a look-up in the library's own cache, and what is missed is stored: one part, so many "
      "entries,\n"
      "no expiry. Shares of the keys are rounded to the nearest entry, at least 1.\n"
      "belady is the optimum for who knows the future: what is used again latest has to go. It takes in "
      "every "
      "key\n"
      "that is missed, as the others do.\n"
      "\n"
      "Examples:\n"
      "  wats cache simulate --trace keys.txt --size 1%,10%,25%\n"
      "  wats cache simulate --trace trace.csv --column key --policy lru --size 5000      time,key,size\n"
      "  zcat trace.csv.gz | wats cache simulate --trace - --column 2 --size 10% --json\n"
      "  wats demo --trace keys.txt                          the demonstration's own keys");
  command->callback([&context, arguments] { simulate_cache(context, *arguments); });
}

}  // namespace wats::app
