// One JSON token as text: checks and conversions that simdjson's on-demand interface leaves to the caller.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wats::model::detail {

/// Without the white space that JSON allows behind a token.
[[nodiscard]] std::string_view trimmed_right(std::string_view text) noexcept;
/// Without the white space around a document, nor a byte order mark before it.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;

/// A number by JSON's grammar.
[[nodiscard]] bool is_number(std::string_view token) noexcept;
/// A whole number in 64 bits; 12.0 and 1e3 are whole, 0.5 is not.
[[nodiscard]] std::optional<std::int64_t> to_integer(std::string_view number) noexcept;
/// The nearest double; nothing for what is too large, and no error for what is too small.
[[nodiscard]] std::optional<double> to_double(std::string_view number) noexcept;

/// Whether the escapes in *inner*, a text without its quotes, are JSON's and name whole characters.
[[nodiscard]] bool has_valid_escapes(std::string_view inner) noexcept;
/// Puts *inner* into *out* with its escapes resolved. False when one is invalid.
[[nodiscard]] bool unescape(std::string_view inner, std::string& out);

/// A valid text, number, true, false or null.
[[nodiscard]] bool is_valid_scalar(std::string_view token) noexcept;

/// At most 40 bytes of foreign text for a message of ours: one line, control characters escaped.
[[nodiscard]] std::string excerpt(std::string_view text);

}  // namespace wats::model::detail
