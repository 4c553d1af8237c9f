// Dates in the fields of HTTP, in the three spellings that a recipient has to know.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace wats::policy {

/// The moment that *text* names: "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT" or
/// "Sun Nov  6 08:49:37 1994". Names and GMT may be in any case, and the comma of the first may be missing;
/// the day of the week has to be one, but not the right one. *now* tells the century of two digits: the
/// latest that is at most 50 years ahead. *Errors*: anything else is nothing, other zones included, so that
/// what expires then has expired. *Source*: RFC 9110 section 5.6.7, RFC 9111 section 4.2.
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text,
                                                                      std::chrono::sys_seconds now) noexcept;

}  // namespace wats::policy
