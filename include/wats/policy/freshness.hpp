// How a call uses what is remembered: decided from the answer's class, the client's settings and the call's
// wishes.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace wats::policy {

/// What a class of answers allows.
struct FreshnessRule {
  /// How long an answer may be stored; zero: not at all unless a call opts in.
  std::chrono::nanoseconds ttl{0};
  /// A request under way may serve several callers.
  bool may_join = false;
  /// A call may store by naming a greatest age.
  bool may_opt_in = false;
};

/// What the caller wants.
enum class Reuse : std::uint8_t { normal, fresh, bypass };

/// What to do about one call.
struct CacheUse {
  /// Go through the cache at all: look up, join or store.
  bool uses_cache = false;
  /// Stored answers may serve.
  bool look_up = false;
  /// A request under way may serve.
  bool join = false;
  /// The answer may be stored, for `ttl`.
  bool store = false;
  std::chrono::nanoseconds ttl{0};
  /// A stored answer must be younger than this.
  std::optional<std::chrono::nanoseconds> max_age;
};

/// Decides without I/O and without allocation.
[[nodiscard]] constexpr CacheUse decide(const FreshnessRule& rule, Reuse reuse,
                                        std::optional<std::chrono::nanoseconds> max_age) noexcept {
  const bool opted_in = rule.may_opt_in && max_age && max_age->count() > 0;
  const bool storable = rule.ttl.count() > 0 || opted_in;
  CacheUse use;
  if (reuse == Reuse::bypass || (!storable && !rule.may_join)) return use;
  use.uses_cache = true;
  use.store = storable;
  use.ttl = rule.ttl.count() > 0 ? rule.ttl : (opted_in ? *max_age : std::chrono::nanoseconds(0));
  if (reuse == Reuse::fresh) return use;
  use.join = rule.may_join;
  use.look_up = storable;
  use.max_age = max_age;
  // Others may have opted in and stored: only who opts in himself is served from that.
  if (!storable) use.max_age = std::chrono::nanoseconds(0);
  return use;
}

}  // namespace wats::policy
