// The secret of a directory, with which identities of this site are made.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace wats::cache::detail {

/// *Thread safety*: any thread.
class SiteKey {
 public:
  /// Reads the key of the folder, or makes one; where neither is possible it is one for this process, and
  /// what is kept is not found again.
  explicit SiteKey(const std::filesystem::path& folder);

  /// HMAC-SHA256 of the secret, in hexadecimal digits.
  [[nodiscard]] std::string identity(std::string_view secret) const;

 private:
  std::string key_;
};

}  // namespace wats::cache::detail
