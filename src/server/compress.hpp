// Compression: gzip for answers, zstd for stored documents.
#pragma once

#include <string>
#include <string_view>

namespace wats::server {

/// *text* as gzip at the fastest level; empty when zlib refuses.
[[nodiscard]] std::string gzip(std::string_view text);

/// *text* as a zstd frame at level 1: a report shrinks to a tenth, and writing it costs less than writing it
/// plain.
[[nodiscard]] std::string pack(std::string_view text);
/// Undoes pack(). Throws std::runtime_error when *bytes* were not made by it.
[[nodiscard]] std::string unpack(std::string_view bytes);

}  // namespace wats::server
