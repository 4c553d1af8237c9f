// The words in which operations, the pipeline and the server speak of one HTTP operation.
#pragma once

#include <cstdint>
#include <string_view>

namespace wats {

enum class Method : std::uint8_t { get, head, post, put, patch, del };

/// How long an answer stays true (DESIGN, Words).
enum class CacheClass : std::uint8_t {
  fixed,  ///< "static" in the contract: master data, default TTL 1 h
  slow,   ///< changes by hand, default TTL 5 min
  live,   ///< never stored unless a call opts in with max_age; joined while in flight
  never,  ///< not even joined: interlocks, reads with side effects, writes
};

/// What a repeat of a request does.
enum class Idempotency : std::uint8_t {
  safe,    ///< reads
  by_key,  ///< a write that carries its own identity: a repeat overwrites
  unsafe,  ///< a repeat may have a second effect
};

[[nodiscard]] constexpr std::string_view name(Method method) noexcept {
  switch (method) {
    case Method::get:
      return "GET";
    case Method::head:
      return "HEAD";
    case Method::post:
      return "POST";
    case Method::put:
      return "PUT";
    case Method::patch:
      return "PATCH";
    case Method::del:
      return "DELETE";
  }
  return "";
}

/// The contract's word for a class, as in `x-cacheable`.
[[nodiscard]] constexpr std::string_view name(CacheClass cache_class) noexcept {
  switch (cache_class) {
    case CacheClass::fixed:
      return "static";
    case CacheClass::slow:
      return "slow";
    case CacheClass::live:
      return "live";
    case CacheClass::never:
      return "never";
  }
  return "";
}

[[nodiscard]] constexpr std::string_view name(Idempotency idempotency) noexcept {
  switch (idempotency) {
    case Idempotency::safe:
      return "safe";
    case Idempotency::by_key:
      return "by_key";
    case Idempotency::unsafe:
      return "unsafe";
  }
  return "";
}

}  // namespace wats
