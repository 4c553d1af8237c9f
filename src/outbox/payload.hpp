// Documents as the outbox keeps them: compressed, with a digest that tells damage and equality.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wats::outbox::detail {

/// The first half of a document's SHA-256.
using Digest = std::array<char, 16>;
[[nodiscard]] Digest digest_of(std::string_view document);
[[nodiscard]] inline std::string_view bytes_of(const Digest& digest) noexcept {
  return {digest.data(), digest.size()};
}

/// zstd, fast rather than small.
[[nodiscard]] std::string compress(std::string_view document);
/// Nothing where the bytes are not those that were compressed, or not *size* bytes.
[[nodiscard]] std::optional<std::string> uncompress(std::string_view bytes, std::int64_t size,
                                                    std::string_view digest);

}  // namespace wats::outbox::detail
