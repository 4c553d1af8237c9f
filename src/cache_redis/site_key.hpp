// Signing with the secret that the stations of a site share.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace wats::cache::redis {

/// HMAC-SHA256. *Thread safety*: any thread.
class SiteKey {
 public:
  static constexpr std::size_t mac_bytes = 32;
  using Mac = std::array<char, mac_bytes>;

  explicit SiteKey(std::string secret) : secret_(std::move(secret)) {}

  /// Over purpose, a zero byte, and the two parts with the length of the first between them, so that no two
  /// things that are signed look the same.
  [[nodiscard]] Mac sign(std::string_view purpose, std::string_view first,
                         std::string_view second = {}) const;
  /// In lower-case hexadecimal.
  [[nodiscard]] std::string name(std::string_view purpose, std::string_view text) const;

 private:
  std::string secret_;
};

/// Takes the same time wherever they differ.
[[nodiscard]] bool same_bytes(std::string_view left, std::string_view right) noexcept;

}  // namespace wats::cache::redis
