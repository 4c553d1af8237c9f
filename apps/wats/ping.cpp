// wats ping: whether the server answers, which version it is, and how long it takes.
#include "apps/wats/commands.hpp"
#include "apps/wats/context.hpp"
#include "apps/wats/records.hpp"

#include <CLI/CLI.hpp>
#include <spdlog/fmt/fmt.h>

#include <chrono>

namespace wats::app {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

/// What --json prints.
class Ping : public Record {
 public:
  Ping() = default;

  std::string version;
  std::string base_url;
  /// With name, TCP and TLS.
  double connect_ms = 0;
  /// On the connection that is open then.
  double round_trip_ms = 0;

  using Self = Ping;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(version), WATS_FIELD(base_url), WATS_FIELD(connect_ms),
                      WATS_FIELD(round_trip_ms));
  }
};

void ping(Context& context) {
  const Client& client = context.client();
  Ping answer;
  const auto begin = Clock::now();
  answer.version = *Context::value_of(client.server().ping().get());
  const auto connected = Clock::now();
  (void)Context::value_of(client.server().ping().get());
  const auto end = Clock::now();
  answer.base_url = client.options().base_url();
  answer.connect_ms = Milliseconds(connected - begin).count();
  answer.round_trip_ms = Milliseconds(end - connected).count();
  if (context.global.json) {
    context.out().json(json_of(answer));
  } else {
    context.out().line(fmt::format("WATS {} at {}: {:.1f} ms to connect and ask, {:.1f} ms to ask again",
                                   escaped(answer.version), answer.base_url, answer.connect_ms,
                                   answer.round_trip_ms));
  }
}

}  // namespace

void add_ping(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("ping", "Ask the server for its version, past every cache, and time it");
  command->footer(
      "Examples:\n"
      "  wats ping\n"
      "  wats ping --base-url https://wats.example --token-file ~/.wats-token --timeout 3s\n"
      "  until wats ping >/dev/null 2>&1; do sleep 1; done     wait for a server to come up");
  command->callback([&context] { ping(context); });
}

}  // namespace wats::app
