// How values and changes are written in Redis: signed, and refused unless they are exactly what was signed.
#pragma once

#include "src/cache_redis/positions.hpp"
#include "src/cache_redis/site_key.hpp"
#include "wats/cache/second_level.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wats::cache::redis {

/// A record, and where the log was when its load began.
class Value {
 public:
  Position position = 0;
  Record record;
};

/// Most tags that a value may carry.
inline constexpr std::size_t most_value_tags = 4096;
/// What an encoded value has beside its body, at most.
inline constexpr std::size_t most_value_overhead = SiteKey::mac_bytes + 1 + 4UL * 8 + 2 + 8 * most_value_tags;

/// *key*: the one in Redis; the value is good for no other. Nothing: it has too many tags.
[[nodiscard]] std::optional<std::string> encode_value(const SiteKey& site_key, std::string_view key,
                                                      const Value& value);
/// Nothing: forged, cut, of another key or of another version.
[[nodiscard]] std::optional<Value> decode_value(const SiteKey& site_key, std::string_view key,
                                                std::string_view bytes);

/// An entry of the log.
class LogEntry {
 public:
  /// The level that wrote it; random.
  std::uint64_t sender = 0;
  /// Everything may have changed.
  bool all = false;
  /// Written because there was no log; changes nothing.
  bool anchor = false;
  std::chrono::milliseconds settling{0};
  std::vector<Tag> tags;
};

/// Most tags of an entry; a change of more takes several.
inline constexpr std::size_t most_entry_tags = 1024;

[[nodiscard]] std::string encode_entry(const SiteKey& site_key, const LogEntry& entry);
[[nodiscard]] std::optional<LogEntry> decode_entry(const SiteKey& site_key, std::string_view bytes);

}  // namespace wats::cache::redis
