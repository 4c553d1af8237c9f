// wats get: a raw GET below the base URL, for what has no operation and for looking at answers as they come.
#include "apps/wats/commands.hpp"
#include "apps/wats/context.hpp"
#include "wats/model/codec.hpp"
#include "wats/model/json.hpp"

#include <CLI/CLI.hpp>
#include <spdlog/fmt/fmt.h>

#include <chrono>
#include <memory>

namespace wats::app {
namespace {

using Clock = std::chrono::steady_clock;

void tell(const RawAnswer& answer, Clock::duration time) {
  Context::note(fmt::format("HTTP {}, {}, {} bytes, {:.1f} ms", answer.status,
                            answer.content_type.empty() ? "no content type" : answer.content_type,
                            answer.body.size(), std::chrono::duration<double, std::milli>(time).count()));
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

void get(Context& context, const std::string& path) {
  const Client& client = context.client();
  const bool verbose = context.global.verbosity > 0;
  const auto begin = Clock::now();
  auto result = client.raw().get(path.starts_with('/') ? path : "/" + path).get();
  const auto time = Clock::now() - begin;
  if (!result) {
    if (verbose && result.error().http_status() != 0) tell(result.error());
    throw exit_of(result.error());
  }
  if (verbose) tell(**result, time);
  print(context, (*result)->body);
}

}  // namespace

void add_get(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("get", "GET a path below the base URL and print the body");
  const auto path = std::make_shared<std::string>();
  command->add_option("PATH", *path, "path and query below the base URL, percent-encoded")->type_name("");
  command->footer(
      "The body goes to the standard output as it came; a terminal gets JSON indented and everything else "
      "escaped.\n"
      "With -v, status, content type, size and time go to stderr, and the request id when it failed;\n"
      "with -vv every attempt: how it ended, where its time went, and whether another one followed.\n"
      "\n"
      "Examples:\n"
      "  wats get /api/App/Version\n"
      "  wats get '/api/Product/Query?$top=5' -v\n"
      "  wats get /api/Product/PN-7 > product.json");
  command->callback([&context, path] {
    if (path->empty())
      throw Exit(ExitCode::usage, "get needs a path, for example: wats get /api/App/Version");
    get(context, *path);
  });
}

}  // namespace wats::app
