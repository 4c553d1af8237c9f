// The commands below `wats cache`.
#pragma once

#include "apps/wats/context.hpp"

#include <CLI/CLI.hpp>

namespace wats::app {

/// simulate.
void add_cache_simulate(CLI::App& cache, Context& context);
/// stats, explain and clear: of what is kept on disk.
void add_cache_on_disk(CLI::App& cache, Context& context);

}  // namespace wats::app
