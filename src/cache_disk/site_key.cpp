#include "src/cache_disk/site_key.hpp"

#include "src/storage/private_file.hpp"

#include <array>
#include <cstddef>
#include <exception>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <random>

namespace wats::cache::detail {
namespace {

constexpr std::size_t key_bytes = 32;

std::string random_bytes() {
  std::array<unsigned char, key_bytes> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    std::random_device random;
    for (auto& byte : bytes) byte = static_cast<unsigned char>(random());
  }
  return {bytes.begin(), bytes.end()};
}

std::string hexadecimal(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    text += digits[value >> 4U];
    text += digits[value & 15U];
  }
  return text;
}

std::string key_of(const std::filesystem::path& folder) {
  const auto file = folder / "site.key";
  std::string fresh = random_bytes();
  try {
    storage::make_private_folder(folder);
    // Who comes second takes the first one's; what is no key is replaced.
    for (const bool replace : {false, true}) {
      if (const auto kept = storage::read_private_file(file, key_bytes); kept && kept->size() == key_bytes)
        return *kept;
      storage::write_private_file(file, fresh, replace);
    }
    if (const auto kept = storage::read_private_file(file, key_bytes); kept && kept->size() == key_bytes)
      return *kept;
  } catch (const std::exception&) {
    // The level's thread meets the same trouble, and reports it.
    return fresh;
  }
  return fresh;
}

}  // namespace

SiteKey::SiteKey(const std::filesystem::path& folder) : key_(key_of(folder)) {}

std::string SiteKey::identity(std::string_view secret) const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const auto* const done =
      HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
           reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), digest.data(), &size);
  // Without a digest nobody's: never the same for two secrets.
  if (done == nullptr) return hexadecimal(random_bytes());
  return hexadecimal(std::string(digest.begin(), digest.begin() + size));
}

}  // namespace wats::cache::detail
