// Hashing for keys and tags: a finaliser for weak hashes and a constexpr hash of bytes.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>

namespace wats::cache::detail {

/// Spreads every input bit over all 64 output bits (the finaliser of splitmix64), since std::hash of an
/// integer is the integer itself and shard, index and comparison use different bits.
constexpr std::uint64_t mix(std::uint64_t x) noexcept {
  x ^= x >> 30U;
  x *= 0xbf58476d1ce4e5b9U;
  x ^= x >> 27U;
  x *= 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

/// A 64-bit hash of some bytes, the same at compile time and at run time.
constexpr std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed) noexcept {
  std::uint64_t hash = seed ^ (bytes.size() * 0x9e3779b97f4a7c15U);
  std::size_t at = 0;
  while (at < bytes.size()) {
    std::uint64_t word = 0;
    const std::size_t end = bytes.size() - at < 8 ? bytes.size() : at + 8;
    for (unsigned shift = 0; at < end; ++at, shift += 8) {
      word |= std::uint64_t{static_cast<unsigned char>(bytes[at])} << shift;
    }
    hash = (hash ^ word) * 0xff51afd7ed558ccdU;
    hash ^= hash >> 32U;
  }
  return mix(hash);
}

/// Hashes a key of type K as Hash would hash the Key it stands for, without building that Key where possible.
template <class Key, class Hash, class K>
std::uint64_t hash_key(const Hash& hash, const K& key) {
  if constexpr (std::is_same_v<Hash, std::hash<std::string>> &&
                std::convertible_to<const K&, std::string_view>) {
    // The standard promises the same hash for a string and for a view of it.
    return mix(std::hash<std::string_view>{}(std::string_view(key)));
  } else if constexpr (std::invocable<const Hash&, const K&>) {
    return mix(hash(key));
  } else {
    return mix(hash(Key(key)));
  }
}

}  // namespace wats::cache::detail
