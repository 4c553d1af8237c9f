// Ids: UUIDs and tokens.
#pragma once

#include <string>
#include <string_view>

namespace wats::server {

/// A new random UUID in small letters.
[[nodiscard]] std::string new_uuid();
/// Eight, four, four, four and twelve hexadecimal digits.
[[nodiscard]] bool is_uuid(std::string_view text) noexcept;
/// A token of 192 random bits from the system, usable in headers and shells.
[[nodiscard]] std::string new_token();
/// Compares without telling by its duration where the texts differ.
[[nodiscard]] bool same_secret(std::string_view a, std::string_view b) noexcept;

}  // namespace wats::server
