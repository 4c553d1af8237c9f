// The engine as the client's facade sees it: opened, asked for figures, closed.
#pragma once

#include "wats/cache/stats.hpp"
#include "wats/cache/tags.hpp"
#include "wats/core/client_options.hpp"
#include "wats/core/traits.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace wats::http::detail {

class Engine;

struct ClassStats {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
};

struct EngineStats {
  std::uint64_t requests = 0;
  std::uint64_t lost_writes = 0;
  std::array<ClassStats, 4> by_class;
  cache::Stats cache;

  [[nodiscard]] const ClassStats& of(CacheClass cache_class) const noexcept {
    return by_class[static_cast<std::size_t>(cache_class)];
  }
};

/// *options* must have been validated.
[[nodiscard]] std::shared_ptr<Engine> open_engine(ClientOptions options);
/// Ends every call with Errc::closed, waits for blocked threads, stops the background thread. Idempotent.
void close_engine(Engine& engine) noexcept;
[[nodiscard]] EngineStats stats_of(const Engine& engine);
[[nodiscard]] const ClientOptions& options_of(const Engine& engine) noexcept;
/// News from outside, as a backplane will bring them: what carries the tags is dropped by the background
/// thread.
void changed_elsewhere(Engine& engine, std::vector<cache::Tag> tags);
/// Drops everything that is stored.
void clear_cache(Engine& engine);

}  // namespace wats::http::detail
