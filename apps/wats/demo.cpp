// `wats demo`: plays a production line against an embedded server and tells what the client was worth.
#include "apps/wats/commands.hpp"
#include "apps/wats/context.hpp"
#include "apps/wats/demo/html.hpp"
#include "apps/wats/demo/key_trace.hpp"
#include "apps/wats/demo/scoreboard.hpp"
#include "wats/op/all.hpp"
#ifdef WATS_WITH_REDIS
#include "wats/cache_redis/redis_level.hpp"
#endif

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace wats::app {
namespace {

/// The server's limit that is often quoted; see the workload's definition.
constexpr std::uint32_t usual_limit = 500;

struct DemoOptions {
  bool quick = false;
  bool limiter = false;
  bool disk = false;
  std::string redis;
  std::string workload_file;
  std::string out;
  std::string fault;
  std::string trace;
};

demo::Workload workload_of(const DemoOptions& options) {
  demo::Workload workload =
      options.workload_file.empty()
          ? demo::Workload::line()
          : Context::value_of(demo::Workload::parse(Context::file(options.workload_file)));
  return options.quick ? workload.shortened() : workload;
}

/// The operation of `skip-invalidation=OPERATION`; empty without a fault.
std::string skipped_operation(const std::string& fault) {
  if (fault.empty()) return {};
  constexpr std::string_view begin = "skip-invalidation=";
  const std::string operation = fault.starts_with(begin) ? fault.substr(begin.size()) : std::string();
  std::string writes;
  bool known = false;
  op::All::for_each([&]<class Op>() {
    if (Op::card.is_read()) return;
    known = known || Op::card.id == operation;
    writes.append(writes.empty() ? "" : ", ").append(Op::card.id);
  });
  if (!known) {
    throw Exit(ExitCode::usage,
               "--fault: '" + fault + "' is not skip-invalidation=OPERATION with one of " + writes);
  }
  return operation;
}

std::filesystem::path report_folder(const std::string& wanted) {
  if (!wanted.empty()) return wanted;
  return std::filesystem::is_directory("build") ? "build/demo" : "wats-demo";
}

std::filesystem::path write_report(const std::string& folder, const std::string& html) {
  const auto place = report_folder(folder);
  const auto file = place / "report.html";
  std::error_code error;
  std::filesystem::create_directories(place, error);
  std::ofstream out(file, std::ios::binary);
  out << html;
  out.close();
  if (!out) throw Exit(ExitCode::local_io, "can't write " + file.string() + "; --out names another folder");
  return file;
}

/// Opened before the line is played: who can't have the trace should not wait for it.
std::ofstream trace_file(const std::string& path) {
  std::ofstream file;
  if (path.empty()) return file;
  file.open(path, std::ios::binary);
  if (!file) throw Exit(ExitCode::local_io, "can't write " + path + "; --trace names another file");
  return file;
}

void write_trace(std::ofstream& file, const std::string& path, const std::string& text) {
  if (path.empty()) return;
  file << text;
  file.close();
  if (!file) throw Exit(ExitCode::local_io, "can't write " + path + "; --trace names another file");
}

Table table_of(const demo::Cells& headings, const std::vector<demo::Cells>& rows, std::size_t first_text,
               std::size_t last_number) {
  Table table;
  for (std::size_t i = 0; i < headings.size(); ++i) {
    const bool is_number = i >= first_text && i <= last_number;
    table.add_column(headings[i], is_number ? Table::Align::right : Table::Align::left);
  }
  for (const auto& row : rows) table.add_row(row);
  return table;
}

void show(Output& out, const demo::Figures& figures, const demo::Runs& runs) {
  out.line(bold("The line: " + figures.workload + ", seed " + std::to_string(figures.seed), out.color()));
  if (figures.shortened) out.line("Shortened: these are not the workload's figures, only a quick look.");
  out.line("");
  out.table(table_of(demo::metric_headings(), demo::metric_cells(figures), 1, 3));
  out.line("");
  out.table(table_of(demo::operation_headings(), demo::operation_cells(figures), 2, 12));
  out.line(
      "plain: no cache. cached: cache on. all: cache on, independent reads at once. fewest: a perfect cache "
      "that sends every live read.\nA live read that joins one under way is a call less than that.");
  if (const auto line = demo::limited_line(runs); !line.empty()) out.line(line);
  out.line("");
  for (const auto& line : demo::verdict_lines(figures)) out.line(escaped(line));
  for (const auto& line : demo::level_lines(figures)) out.line(escaped(line));
  out.line(bold(figures.pass() ? "Verdict: pass" : "Verdict: FAIL", out.color()));
}

#ifdef WATS_WITH_REDIS
/// Of HOST:PORT. A key and a prefix of its own keep a run apart from all else that is there.
cache::RedisSettings redis_of(const std::string& place) {
  cache::RedisSettings settings;
  const auto colon = place.rfind(':');
  settings.host = place.substr(0, colon);
  const char* const end = place.data() + place.size();
  const auto port = colon == std::string::npos
                        ? std::from_chars_result{end, std::errc()}
                        : std::from_chars(place.data() + colon + 1, end, settings.port);
  if (settings.host.empty() || port.ec != std::errc() || port.ptr != end)
    throw Exit(ExitCode::usage, "--redis: '" + place + "' is not HOST:PORT, for example 127.0.0.1:6379");
  std::random_device random;
  const std::string own = std::to_string(random()) + std::to_string(random());
  settings.prefix = "wats-demo:" + own + ":";
  for (int i = 0; i < 8; ++i) settings.site_key += std::to_string(random());
  return settings;
}

demo::SharedRun play_over_redis(const demo::Workload& workload, const demo::RunSettings& settings,
                                const cache::RedisSettings& redis) {
  return demo::play_shared(workload, settings, [&redis] {
    auto level = cache::open_redis(redis);
    constexpr auto patience = std::chrono::seconds(2);
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!level->stats().is_available) {
      if (std::chrono::steady_clock::now() > until)
        throw Failure(Error(Errc::cannot_connect, "no Redis answers at " + redis.host + ":" +
                                                      std::to_string(redis.port) +
                                                      "; start one with: redis-server --save ''"));
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return level;
  });
}
#endif

demo::Runs play(const demo::Workload& workload, const demo::RunSettings& settings,
                const DemoOptions& options) {
  demo::Runs runs;
  runs.plain = demo::play_line(workload, {.name = "plain", .cached = false, .at_once = false}, settings);
  runs.cached = demo::play_line(workload, {.name = "cached", .cached = true, .at_once = false}, settings);
  runs.all = demo::play_line(workload, {.name = "all", .cached = true, .at_once = true}, settings);
  runs.backlog = demo::play_backlog(workload, settings);
  if (options.limiter) runs.limited = demo::play_limited_backlog(workload, usual_limit, settings);
  if (options.disk) runs.disk = demo::play_disk(workload, settings);
#ifdef WATS_WITH_REDIS
  if (!options.redis.empty()) runs.shared = play_over_redis(workload, settings, redis_of(options.redis));
#endif
  return runs;
}

void run_demo(const DemoOptions& options, Context& context) {
  demo::RunSettings settings;
  settings.skip_invalidation_of = skipped_operation(options.fault);
  settings.is_terminal = ::isatty(STDERR_FILENO) == 1;
  const auto workload = workload_of(options);
  std::ofstream trace = trace_file(options.trace);
#ifdef WATS_WITH_REDIS
  // What is wrong with it should not be told after two minutes.
  if (!options.redis.empty()) static_cast<void>(redis_of(options.redis));
#endif
  const demo::Runs runs = play(workload, settings, options);
  const auto figures = demo::Figures::of(workload, options.quick, runs);
  write_trace(trace, options.trace, demo::key_trace(workload, runs.all));
  const auto file = write_report(options.out, demo::report_html(figures, runs));
  Output& out = context.out();
  if (context.global.json) {
    out.json(demo::scoreboard_json(figures));
  } else {
    show(out, figures, runs);
    out.line("Pictures: " + escaped(file.string()));
  }
  out.flush();
  if (!figures.pass()) throw Exit(ExitCode::wrong_answers);
}

}  // namespace

void add_demo(CLI::App& app, Context& context) {
  auto options = std::make_shared<DemoOptions>();
  auto* const demo =
      app.add_subcommand("demo", "play a production line against an embedded server; no server needed");
  demo->add_flag("--quick", options->quick,
                 "a shortened workload of about 30 s; its figures are not the workload's");
  demo->add_flag(
      "--limiter", options->limiter,
      "also play a backlog against a server that lets 500 requests a minute through (2 minutes more)");
  demo->add_flag(
      "--disk", options->disk,
      "also play the line over a cache on disk, twice, then read with the server stopped (30 s more)");
#ifdef WATS_WITH_REDIS
  demo->add_option("--redis", options->redis,
                   "also play the line with eight clients that share this Redis (15 s more)")
      ->type_name("HOST:PORT");
#endif
  demo->add_option("--workload", options->workload_file, "another workload than the built-in line.json")
      ->type_name("FILE");
  demo->add_option("--out", options->out,
                   "folder for report.html (default build/demo, without build: wats-demo)")
      ->type_name("DIR");
  demo->add_option(
          "--fault", options->fault,
          "skip-invalidation=OPERATION: the client is not told of these writes; the demonstration must fail")
      ->type_name("FAULT");
  demo->add_option("--trace", options->trace,
                   "write the keys that the cache was asked for to this file, for wats cache simulate")
      ->type_name("FILE");
  demo->footer(
      "Exit code 0 only when all goals hold and no answer was wrong, 5 otherwise.\n"
      "\n"
      "Examples:\n"
      "  wats demo                                          all of it, less than 2 minutes\n"
      "  wats demo --json                                   the scoreboard for programs\n"
      "  wats demo --disk                                   the cache on disk, too\n"
      "  wats demo --trace keys.txt                         the keys that the cache was asked for\n"
      "  wats demo --fault skip-invalidation=product_save   the check finds the stale answer");
  demo->callback([options, &context] { run_demo(*options, context); });
}

}  // namespace wats::app
