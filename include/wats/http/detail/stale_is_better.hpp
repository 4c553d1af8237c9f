// When an answer that is too old is shown in place of a failure.
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

}  // namespace wats::http::detail
