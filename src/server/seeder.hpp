// Seeder: fills a server through the same path that requests take.
#pragma once

#include "src/server/engine.hpp"
#include "wats/core/error.hpp"
#include "wats/server/seed.hpp"

namespace wats::server {

/// *Errors*: Errc::rejected with the text of the first refused request; Errc::io_error for the report file.
[[nodiscard]] Result<void> seed_server(Engine& engine, const SeedSpec& spec);

}  // namespace wats::server
