// wats get: a raw GET below the base URL, for what has no operation and for looking at answers as they come.
#include "apps/wats/commands.hpp"
#include "apps/wats/context.hpp"
#include "apps/wats/demo/progress.hpp"
#include "apps/wats/provenance_line.hpp"
#include "wats/model/codec.hpp"
#include "wats/model/json.hpp"

#include <CLI/CLI.hpp>
#include <spdlog/fmt/fmt.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <unistd.h>

namespace wats::app {
namespace {

using Clock = std::chrono::steady_clock;

void tell(const Answer<RawAnswer>& answer, std::uint64_t bytes, Clock::duration time) {
  Context::note(fmt::format("HTTP {}, {}, {} bytes, {:.1f} ms, {}", answer->status,
                            answer->content_type.empty() ? "no content type" : answer->content_type, bytes,
                            std::chrono::duration<double, std::milli>(time).count(),
                            line_of(answer.provenance())));
}

void tell(const Error& error) {
  Context::note(fmt::format("HTTP {}, request id {}, attempts: {}", error.http_status(),
                            error.request_id().empty() ? "none" : error.request_id(), error.attempts()));
}

void print(Context& context, const std::string& body) {
  Output& out = context.out();
  const bool is_json = Json::parse(body).has_value();
  if (context.global.json) {
    out.json(is_json ? body : model::to_json(body));
  } else if (!out.is_terminal()) {
    out.write(body);
  } else if (is_json) {
    out.json(body);
  } else {
    out.line(escaped_lines(body));
  }
}

/// How far a download is, drawn on a terminal while it runs.
class Download {
 public:
  void take(const BodyProgress& progress) {
    received_ = progress.received;
    total_ = progress.to_receive.value_or(0);
  }
  [[nodiscard]] std::uint64_t received() const { return received_; }
  [[nodiscard]] std::string line(const std::string& file) const {
    constexpr double megabyte = 1e6;
    const auto got = static_cast<double>(received_) / megabyte;
    if (total_ == 0) return fmt::format("{}: {:.1f} MB", file, got);
    const auto all = static_cast<double>(total_) / megabyte;
    return fmt::format("{}: {:.1f} of {:.1f} MB, {:.0f} %", file, got, all, 100 * got / all);
  }

 private:
  std::atomic<std::uint64_t> received_{0};
  std::atomic<std::uint64_t> total_{0};
};

void get(Context& context, const std::string& path, const std::string& file) {
  const Client& client = context.client();
  const bool verbose = context.global.verbosity > 0;
  RawRequest request(path.starts_with('/') ? path : "/" + path);
  Download download;
  std::optional<demo::ProgressLine> shown;
  if (!file.empty()) {
    request.sink = to_file(file);
    request.on_progress = [&download](const BodyProgress& progress) { download.take(progress); };
    if (::isatty(STDERR_FILENO) == 1) shown.emplace([&] { return download.line(escaped(file)); }, true);
  }
  const auto begin = Clock::now();
  auto result = client.raw().send(std::move(request)).get();
  const auto time = Clock::now() - begin;
  shown.reset();
  if (!result) {
    if (verbose && result.error().http_status() != 0) tell(result.error());
    throw exit_of(result.error());
  }
  const auto& answer = *result;
  if (verbose) tell(answer, file.empty() ? answer->body.size() : download.received(), time);
  if (file.empty()) print(context, answer->body);
}

}  // namespace

void add_get(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("get", "GET a path below the base URL and print the body");
  const auto path = std::make_shared<std::string>();
  command->add_option("PATH", *path, "path and query below the base URL, percent-encoded")->type_name("");
  const auto file = std::make_shared<std::string>();
  command->add_option("-o,--output", *file, "write the body to this file, as it comes")->type_name("FILE");
  command->footer(
      "The body goes to the standard output as it came; a terminal gets JSON indented and everything else "
      "escaped.\n"
      "With -v, status, content type, size, time and where it came from go to stderr, and the request id "
      "when the server "
      "failed;\n"
      "with -vv every attempt: how it ended, where its time went, and whether another one followed.\n"
      "--output is for large bodies: they never lie in memory, and FILE appears when all is there. Give it "
      "time enough with --timeout.\n"
      "\n"
      "Examples:\n"
      "  wats get /api/App/Version\n"
      "  wats get '/api/Product/Query?$top=5' -v\n"
      "  wats get /api/Product/PN-7 > product.json\n"
      "  wats get '/api/Product/Query?$top=10000' -o products.json --timeout 10min");
  command->callback([&context, path, file] {
    if (path->empty())
      throw Exit(ExitCode::usage, "get needs a path, for example: wats get /api/App/Version");
    get(context, *path, *file);
  });
}

}  // namespace wats::app
