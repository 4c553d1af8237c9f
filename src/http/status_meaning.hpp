// What an HTTP status that is no success means to the caller, and what to do about it.
#pragma once

#include "wats/core/error.hpp"

namespace wats::http::detail {

struct StatusMeaning {
  Errc code;
  const char* advice;
};

[[nodiscard]] constexpr StatusMeaning meaning_of(int status) noexcept {
  switch (status) {
    case 401:
      return {Errc::unauthorized, "the token is missing or wrong; check WATS_AUTH_TOKEN"};
    case 403:
      return {Errc::forbidden, "the token's role does not allow it; ask for the right or another token"};
    case 404:
      return {Errc::not_found, "the server does not know it"};
    case 409:
      return {Errc::conflict, "it contradicts what the server has"};
    case 429:
      return {Errc::too_many_requests, "over the server's rate limit; wait, then ask more slowly"};
    default:
      break;
  }
  if (status >= 500) return {Errc::server_error, "the server failed; try again later or look at its log"};
  if (status >= 400) return {Errc::rejected, "the server refused what was sent"};
  return {Errc::unexpected_status, "nobody asked for this; is the base URL right?"};
}

}  // namespace wats::http::detail
