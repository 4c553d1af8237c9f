#include "src/cache_redis/site_key.hpp"

#include <cstdint>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdexcept>

namespace wats::cache::redis {

SiteKey::Mac SiteKey::sign(std::string_view purpose, std::string_view first, std::string_view second) const {
  std::string signed_text;
  signed_text.reserve(purpose.size() + 1 + sizeof(std::uint64_t) + first.size() + second.size());
  signed_text.append(purpose).push_back('\0');
  for (unsigned shift = 0; shift < 64; shift += 8)
    signed_text.push_back(static_cast<char>((first.size() >> shift) & 0xffU));
  signed_text.append(first).append(second);
  Mac mac{};
  unsigned int size = 0;
  const auto* const made = HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()),
                                reinterpret_cast<const unsigned char*>(signed_text.data()),
                                signed_text.size(), reinterpret_cast<unsigned char*>(mac.data()), &size);
  if (made == nullptr || size != mac.size()) throw std::runtime_error("OpenSSL refuses to make an HMAC");
  return mac;
}

std::string SiteKey::name(std::string_view purpose, std::string_view text) const {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * mac_bytes);
  for (const char byte : sign(purpose, text)) {
    const auto value = static_cast<unsigned char>(byte);
    hex.push_back(digits[value >> 4U]);
    hex.push_back(digits[value & 0xfU]);
  }
  return hex;
}

bool same_bytes(std::string_view left, std::string_view right) noexcept {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace wats::cache::redis
