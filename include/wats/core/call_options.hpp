// What can be said about one call beside its request.
#pragma once

#include "wats/core/resilience.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <type_traits>

namespace wats {

/// How a call uses the cache.
enum class CacheMode : std::uint8_t {
  normal,          ///< by the operation's class: stored answers are used and new ones stored
  fresh,           ///< ask the server whatever is stored; the answer is stored for others
  bypass,          ///< ask the server, store nothing, share nothing
  only_if_cached,  ///< never ask the server: Errc::not_cached where nothing stored will do
};

/// Options of one call, given with `Call::with()`.
/// Trivially destructible on purpose: GCC 12 destroys temporaries of other aggregates twice in expressions
/// with co_await (docs/adr/0004-models.md).
struct CallOptions {
  /// Total time for the call, waiting included; unset: the client's.
  std::optional<std::chrono::milliseconds> timeout{};
  /// A stored answer older than this is not good enough. For reads of class live it is also how long the
  /// answer may be stored, which opts them in. Never applies to reads of class never.
  std::optional<std::chrono::milliseconds> max_age{};
  /// Unset: CacheMode::normal.
  std::optional<CacheMode> cache{};
  /// When the call must be over, waiting and repeats included, if that is before `timeout` is over: what
  /// several calls that belong together are given alike.
  std::optional<std::chrono::steady_clock::time_point> deadline{};
  /// Time for one attempt, after which another may be made; unset: the client's.
  std::optional<std::chrono::milliseconds> attempt_timeout{};
  /// Times the request is sent at most, 1 to 10; unset: the client's.
  std::optional<int> attempts{};
  /// Unset: Priority::operator_waiting.
  std::optional<Priority> priority{};

  /// Takes over what *later* gives.
  constexpr void add(const CallOptions& later) noexcept {
    if (later.timeout) timeout = later.timeout;
    if (later.max_age) max_age = later.max_age;
    if (later.cache) cache = later.cache;
    if (later.deadline) deadline = later.deadline;
    if (later.attempt_timeout) attempt_timeout = later.attempt_timeout;
    if (later.attempts) attempts = later.attempts;
    if (later.priority) priority = later.priority;
  }
};
static_assert(std::is_trivially_destructible_v<CallOptions>);

}  // namespace wats
