// Any bytes from Redis as a value or an entry of the log, as they are and with a right signature: nothing
// crashes, and what was read is written as the same.
#include "src/cache_redis/envelope.hpp"
#include "src/cache_redis/positions.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace wats::cache::redis;

const SiteKey site_key("the secret of the fuzzer");

void require(bool holds) {
  if (!holds) std::abort();
}

std::string sealed(std::string_view purpose, std::string_view key, std::string_view text,
                   std::size_t mac_bytes) {
  const auto mac = purpose == "value" ? site_key.sign(purpose, key, text) : site_key.sign(purpose, text);
  return std::string(mac.data(), mac_bytes).append(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  require(!decode_value(site_key, "key", text) && !decode_entry(site_key, text));
  if (const auto position = parse_position(text)) require(milliseconds_of(*position) < (1ULL << 44U));
  const std::string as_value = sealed("value", "key", text, SiteKey::mac_bytes);
  require(!decode_value(site_key, "other", as_value));
  if (const auto value = decode_value(site_key, "key", as_value)) {
    const auto again = encode_value(site_key, "key", *value);
    require(value->record.tags.size() > most_value_tags ? !again : again == as_value);
  }
  const std::string as_entry = sealed("entry", {}, text, 16);
  if (const auto entry = decode_entry(site_key, as_entry)) {
    const auto again = decode_entry(site_key, encode_entry(site_key, *entry));
    require(again && again->tags == entry->tags && again->sender == entry->sender &&
            again->all == entry->all && again->anchor == entry->anchor && again->settling == entry->settling);
  }
  return 0;
}
