// What an HTTP status that is no success means to the caller, and what to do about it.
#pragma once

#include "wats/core/error.hpp"
#include "wats/policy/retry.hpp"

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
    case 407:
      return {Errc::rejected, "the proxy on the way wants its own user and password; check http_proxy"};
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

/// Whether it may go better the next time, and what it may have done this time. A 4xx refuses: nothing was
/// done.
[[nodiscard]] constexpr policy::FailedAttempt failure_of(int status, bool has_retry_after) noexcept {
  policy::FailedAttempt failed;
  failed.may_have_effect = status < 400 || status >= 500;
  switch (status) {
    case 408:
    case 425:
    case 500:
    case 502:
    case 504:
      failed.is_transient = true;
      break;
    case 429:
      failed.is_transient = true;
      failed.is_throttled = true;
      break;
    case 503:
      failed.is_transient = true;
      failed.is_throttled = has_retry_after;
      break;
    default:
      break;
  }
  return failed;
}

}  // namespace wats::http::detail
