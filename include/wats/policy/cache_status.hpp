// The Cache-Status field: what a cache did about a request, for those who look into it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wats::policy {

/// Why a request went on to the server (RFC 9211 section 2.2).
enum class Forward : std::uint8_t {
  none,       ///< it did not
  bypass,     ///< the cache was told not to handle it
  method,     ///< its method has to be forwarded
  uri_miss,   ///< nothing is stored for the address
  vary_miss,  ///< what is stored was chosen by other fields
  miss,       ///< nothing stored suits, for whatever reason
  request,    ///< the request wants something newer than what is stored
  stale,      ///< what is stored is stale
  partial,    ///< only a part is stored
};

/// What became of one request.
struct CacheOutcome {
  /// Answered from what is stored, without the server; `forward` is then none.
  bool hit = false;
  Forward forward = Forward::none;
  /// What the server answered to a forwarded request; 0: the same as what is shown, or nothing.
  int forward_status = 0;
  /// The server's answer was stored.
  bool stored = false;
  /// It shared a request under way.
  bool collapsed = false;
  /// Seconds of freshness left; less than 0 when stale.
  std::optional<std::chrono::seconds> ttl{};
  /// Anything else, for people.
  std::string_view detail{};
};

/// A member of the field's list, for example `wats;fwd=stale;fwd-status=304;stored`. *name*: of this cache.
/// No key is told, since keys hold what the caller asked for. Characters that such a text cannot hold become
/// '?'. *Source*: RFC 9211, RFC 8941 section 4.1.
[[nodiscard]] std::string cache_status(std::string_view name, const CacheOutcome& outcome);

}  // namespace wats::policy
