// wats serve: an embedded WATS server for development, tests and lines without one.
#include "apps/wats/commands.hpp"
#include "apps/wats/context.hpp"
#include "apps/wats/records.hpp"
#include "wats/server/server.hpp"

#include <CLI/CLI.hpp>
#include <spdlog/fmt/fmt.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <csignal>

namespace wats::app {
namespace {

/// What the command line says.
struct ServeArguments {
  std::uint16_t port = 0;
  std::string database = ":memory:";
  std::string seed;
  double latency_ms = 0;
  double jitter_ms = 0;
  std::int64_t ingest_delay_ms = 0;
  std::string rate_limit;
  std::vector<std::string> faults;
  std::string log = "off";
  unsigned workers = 2;
};

/// What --json prints once the server listens.
class Serving : public Record {
 public:
  Serving() = default;

  std::string base_url;
  std::int32_t port = 0;
  std::string token_source;
  /// Only when it was made up for this run.
  Maybe<std::string> token;
  std::string database;

  using Self = Serving;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(base_url), WATS_FIELD(port), WATS_FIELD(token_source), WATS_FIELD(token),
                      WATS_FIELD(database));
  }
};

constexpr const char* footer =
    "The server answers on 127.0.0.1 only. Without --token-file a token is made up and shown once.\n"
    "\n"
    "SPEC is line (the data of the demo), empty, or a list such as products=40,reports=20000:report.json:\n"
    "processes=N, products=N, revisions=N (of a product), reports=N[:FILE], steps=N (of a report), seed=N.\n"
    "\n"
    "FAULT is one of (OPERATION is an operationId or *; see wats ops):\n"
    "  drop=OPERATION:PERCENT           the connection is closed instead of answering\n"
    "  half=OPERATION:PERCENT           half of the answer is sent, then the connection is closed\n"
    "  status=OPERATION:CODE:PERCENT    that status is answered, nothing is carried out\n"
    "  garbage=OPERATION:PERCENT        200 with JSON that is none\n"
    "  huge=OPERATION:PERCENT:MB        200 with an answer of that size\n"
    "\n"
    "/metrics, /health/live and /health/ready need no token.\n"
    "\n"
    "Examples:\n"
    "  wats serve --port 8080 --seed line\n"
    "  wats serve --db line.db --token-file ~/.wats-token\n"
    "  wats serve --latency 20 --jitter 5 --rate-limit 500/min\n"
    "  wats serve --fault status=report_post_wsjf:503:10 --fault drop=*:1 --log all";

/// "500" or "500/min".
std::uint32_t rate_of(std::string text) {
  if (text.empty()) return 0;
  constexpr std::string_view unit = "/min";
  if (text.ends_with(unit)) text.resize(text.size() - unit.size());
  const auto rate = model::from_param<std::int32_t>(text);
  if (!rate || *rate < 0)
    throw Exit(ExitCode::usage, "--rate-limit: write a number of requests such as 500/min");
  return static_cast<std::uint32_t>(*rate);
}

std::chrono::microseconds microseconds_of(double milliseconds) {
  return std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::duration<double, std::milli>(milliseconds));
}

std::function<void(const server::RequestLog&)> request_log(const std::string& which) {
  if (which == "off") return {};
  auto logger = std::make_shared<spdlog::logger>("serve", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e %v");
  const bool errors_only = which == "errors";
  return [logger, errors_only](const server::RequestLog& request) {
    constexpr int first_error = 400;
    if (errors_only && request.status != 0 && request.status < first_error) return;
    logger->info("{} {} {} {} us {} B {} {}", request.method, escaped(request.path),
                 request.status == 0 ? std::string("cut") : std::to_string(request.status),
                 request.duration.count(), request.bytes, request.operation.empty() ? "-" : request.operation,
                 escaped(request.request_id));
  };
}

server::Options options_of(const ServeArguments& arguments, Context& context) {
  server::Options options;
  options.port = arguments.port;
  options.database = arguments.database;
  if (!context.global.token_file.empty()) options.tokens = {context.token()};
  options.latency = microseconds_of(arguments.latency_ms);
  options.jitter = microseconds_of(arguments.jitter_ms);
  options.ingest_delay = std::chrono::milliseconds(arguments.ingest_delay_ms);
  options.rate_limit_per_minute = rate_of(arguments.rate_limit);
  options.workers = arguments.workers;
  // Nobody asks this process for its history; the database has it all.
  options.keep_history = 0;
  options.on_request = request_log(arguments.log);
  for (const auto& text : arguments.faults) {
    auto faults = Context::value_of(server::Fault::parse(text));
    options.faults.insert(options.faults.end(), faults.begin(), faults.end());
  }
  return options;
}

void announce(Context& context, const server::Server& server, const ServeArguments& arguments) {
  const bool made_up = context.global.token_file.empty();
  if (context.global.json) {
    Serving serving;
    serving.base_url = server.base_url();
    serving.port = server.port();
    serving.token_source = made_up ? "made up" : "file";
    if (made_up) serving.token = server.token();
    serving.database = arguments.database;
    context.out().json(json_of(serving));
  } else {
    auto& out = context.out();
    out.line(fmt::format("WATS server at {}", server.base_url()));
    out.line(fmt::format("data: {}{}",
                         arguments.database == ":memory:" ? "gone when it stops" : arguments.database,
                         arguments.seed.empty() ? "" : ", seeded with " + arguments.seed));
    if (made_up) {
      out.line("token: made up for this run. For other terminals:");
      out.line(
          fmt::format("  export WATS_BASE_URL={} WATS_AUTH_TOKEN={}", server.base_url(), server.token()));
    } else {
      out.line(fmt::format("token: the one in {}", context.global.token_file));
    }
    out.line("Ctrl-C stops");
  }
  context.out().flush();
}

void serve(const ServeArguments& arguments, Context& context) {
  // Blocked in this thread before any other is made, the signals wait for sigwait below.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  server::Server server(options_of(arguments, context));
  if (const auto started = server.start(); !started) throw exit_of(started.error());
  if (!arguments.seed.empty()) {
    const auto spec = Context::value_of(server::SeedSpec::parse(arguments.seed));
    if (const auto seeded = server.seed(spec); !seeded) throw exit_of(seeded.error());
  }
  announce(context, server, arguments);
  int signal = 0;
  sigwait(&signals, &signal);
  server.stop();
  const auto stats = server.stats();
  Context::note(fmt::format("stopped; {} requests answered, {} of them errors", stats.total.requests,
                            stats.total.errors));
}

}  // namespace

void add_serve(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("serve", "Run an embedded WATS server on this machine");
  auto arguments = std::make_shared<ServeArguments>();
  command->add_option("--port", arguments->port, "TCP port; 0, the default, takes a free one")
      ->type_name("N");
  command->add_option("--db", arguments->database, "SQLite file, or :memory: (the default)")
      ->type_name("FILE");
  command->add_option("--seed", arguments->seed, "data to fill the server with, see below")
      ->type_name("SPEC");
  command->add_option("--latency", arguments->latency_ms, "every answer takes so long")
      ->type_name("MS")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--jitter", arguments->jitter_ms, "and up to so much longer")
      ->type_name("MS")
      ->check(CLI::NonNegativeNumber);
  command
      ->add_option("--ingest-delay", arguments->ingest_delay_ms, "reports show in queries only so much later")
      ->type_name("MS")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--rate-limit", arguments->rate_limit, "requests in any minute before 429 is answered")
      ->type_name("N/min");
  command->add_option("--fault", arguments->faults, "plant a fault, see below; may be repeated")
      ->type_name("FAULT")
      ->allow_extra_args(false);
  command->add_option("--log", arguments->log, "requests to tell on stderr: off, errors or all")
      ->check(CLI::IsMember({"off", "errors", "all"}));
  command->add_option("--workers", arguments->workers, "threads that read from the database")
      ->check(CLI::Range(1, 64));
  command->footer(footer);
  command->callback([arguments, &context] { serve(*arguments, context); });
}

}  // namespace wats::app
