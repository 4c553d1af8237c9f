// wats cache: what is kept of answers, and what a cache could be.
#include "apps/wats/cache_commands.hpp"
#include "apps/wats/commands.hpp"

#include <CLI/CLI.hpp>

namespace wats::app {

void add_cache(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand(
      "cache", "Look at what is kept on disk, and find out how large a cache should be, with which policy");
  command->require_subcommand(0, 1);
  command->footer(
      "Answers are kept on disk where the configuration ([cache] directory), WATS_CACHE_DIR or --dir name a "
      "folder.\n"
      "\n"
      "Examples:\n"
      "  wats cache stats\n"
      "  wats cache explain product_get\n"
      "  wats cache clear --dir /var/lib/station/cache\n"
      "  wats cache simulate --trace keys.txt --size 1%,10%,25%\n"
      "  wats cache simulate --help");
  add_cache_on_disk(*command, context);
  add_cache_simulate(*command, context);
  command->callback([command] {
    if (command->get_subcommands().empty()) {
      throw Exit(
          ExitCode::usage,
          "cache needs the name of a command: stats, explain, clear or simulate; see wats cache --help");
    }
  });
}

}  // namespace wats::app
