// Which stored answer a Location or Content-Location means.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wats::policy {

/// The absolute address that *location* means beside *base*, without its fragment, if both have one origin
/// (scheme, host and port): what an unsafe method's answer invalidates too (RFC 9111 section 4.4). *base*:
/// the request's address, http or https. *Errors*: nothing for another origin, for addresses with user names
/// and for what is no address.
[[nodiscard]] std::optional<std::string> same_origin_target(std::string_view base, std::string_view location);

}  // namespace wats::policy
