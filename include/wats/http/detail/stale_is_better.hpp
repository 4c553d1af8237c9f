// When an answer that is stored is shown in place of a failure, and when a failure tells that it is untrue.
#pragma once

#include "wats/core/error.hpp"

namespace wats::http::detail {

/// Whether an answer that is too old is better than this: the server is away, overloaded or failing, and has
/// said nothing about what was asked.
[[nodiscard]] inline bool stale_is_better(const Error& error) noexcept {
  switch (error.code()) {
    case Errc::unknown_host:
    case Errc::cannot_connect:
    case Errc::connection_lost:
    case Errc::timeout:
    case Errc::too_many_requests:
    case Errc::server_error:
    case Errc::unavailable:
      return true;
    default:
      return false;
  }
}

/// Whether an answer of this status says that there is no such thing (any more).
[[nodiscard]] constexpr bool says_gone(int status) noexcept {
  return status == 404 || status == 410;
}

}  // namespace wats::http::detail
