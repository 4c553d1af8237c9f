// How a record lies in its row: its tags as bytes, its checksum, what it takes of the room.
#pragma once

#include "wats/cache/second_level.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wats::cache::detail {

[[nodiscard]] std::string bytes_of(std::span<const Tag> tags);
/// Nothing for what bytes_of() can't have made.
[[nodiscard]] std::optional<std::vector<Tag>> tags_of(std::string_view bytes);

/// Over all that decides what is shown and how long. Finds damage, not forgery.
[[nodiscard]] std::uint64_t checksum(std::string_view key, const Record& record);

/// Bytes of the file, about: it keeps in pages what does not fit into one.
[[nodiscard]] std::int64_t room_for(std::string_view key, const Record& record);

[[nodiscard]] std::int64_t milliseconds_of(WallTime time);
[[nodiscard]] WallTime wall_time_of(std::int64_t milliseconds);
/// born + ttl + kept_stale, from when on it is worth nothing.
[[nodiscard]] WallTime end_of(const Record& record);

}  // namespace wats::cache::detail
