// The engine as the client's facade sees it: opened, asked for figures, closed.
#pragma once

#include "wats/cache/second_level.hpp"
#include "wats/cache/stats.hpp"
#include "wats/cache/tags.hpp"
#include "wats/core/client_options.hpp"
#include "wats/core/traits.hpp"
#include "wats/policy/breaker.hpp"
#include "wats/policy/latency.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace wats::http::detail {

class Engine;

struct ClassStats {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
};

/// What became of one operation's attempts since the client was made, and how long answers lately took.
struct OperationStats {
  std::string_view operation;
  std::uint64_t attempts = 0;
  /// Of these: sent again after a failure; sent besides one that took long.
  std::uint64_t repeats = 0;
  std::uint64_t hedges = 0;
  /// 2xx; 3xx and 4xx; 429; 5xx; no answer; taken back.
  std::uint64_t succeeded = 0;
  std::uint64_t refused = 0;
  std::uint64_t throttled = 0;
  std::uint64_t failed = 0;
  std::uint64_t unanswered = 0;
  std::uint64_t cancelled = 0;
  /// From sending to the whole answer; at most a fourth too high.
  policy::Quantiles latency;
};

/// What the client thinks of its server now.
struct ConditionStats {
  policy::BreakerState breaker = policy::BreakerState::closed;
  /// Times it opened, each probe that failed included.
  std::uint64_t breaker_opened = 0;
  /// Attempts that the breaker did not let through.
  std::uint64_t breaker_refused = 0;
  /// Times a call had to wait for the rate limit.
  std::uint64_t rate_waits = 0;
  std::int32_t retry_budget_left = 0;
  /// Requests that one loop may have under way.
  std::size_t concurrency_limit = 0;
  /// Requests that all loops have under way.
  std::size_t in_flight = 0;
  /// Since the client was made, each address that was tried; what is asked over them tells `requests`.
  std::uint64_t connections_tried = 0;
  /// Calls that waited for their turn to send, held by the concurrency limit or the rate, and how long they
  /// lately did; at most a fourth too high.
  std::uint64_t turn_waits = 0;
  policy::Quantiles turn_wait;
};

struct EngineStats {
  std::uint64_t requests = 0;
  ConditionStats condition;
  std::vector<OperationStats> operations;
  std::uint64_t lost_writes = 0;
  std::array<ClassStats, 4> by_class;
  cache::Stats cache;
  std::optional<cache::SecondLevelStats> second_level;

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
