// Request targets taken apart.
#pragma once

#include "src/server/request.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wats::server {

/// Undoes percent encoding; *plus_is_space* as in queries. Empty when an escape is broken.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

/// The query of a target (behind '?'), decoded. Empty when an escape is broken.
[[nodiscard]] std::optional<Query> parse_query(std::string_view text);

/// The segments of a path, still encoded; one trailing slash is ignored.
[[nodiscard]] std::vector<std::string_view> path_segments(std::string_view path);

/// ASCII only, as names on the wire are.
[[nodiscard]] bool same_letters(std::string_view a, std::string_view b) noexcept;
[[nodiscard]] std::string lower(std::string_view text);

}  // namespace wats::server
