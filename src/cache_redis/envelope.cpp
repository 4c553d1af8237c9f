#include "src/cache_redis/envelope.hpp"

#include <algorithm>
#include <concepts>
#include <limits>

namespace wats::cache::redis {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::size_t entry_mac_bytes = 16;
constexpr std::uint8_t all_flag = 1;
constexpr std::uint8_t anchor_flag = 2;
/// What is no time that anybody meant: ten thousand years.
constexpr std::uint64_t longest_ms = 10'000ULL * 366 * 24 * 3600 * 1000;

/// Little-endian.
template <std::unsigned_integral T>
void put(std::string& out, T value) {
  for (unsigned shift = 0; shift < 8 * sizeof(T); shift += 8)
    out.push_back(static_cast<char>((value >> shift) & 0xffU));
}

void put_tags(std::string& out, const std::vector<Tag>& tags) {
  put(out, static_cast<std::uint16_t>(tags.size()));
  for (const Tag tag : tags) put(out, tag.hash());
}

std::uint64_t bounded_ms(std::chrono::milliseconds time) {
  return std::min(static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0)), longest_ms);
}

/// Takes numbers off the front; once something is missing, all that follows is zero.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <std::unsigned_integral T>
  T take() {
    if (rest_.size() < sizeof(T)) {
      complete_ = false;
      return 0;
    }
    T value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
      value = static_cast<T>(value | static_cast<T>(static_cast<unsigned char>(rest_[i])) << (8 * i));
    rest_.remove_prefix(sizeof(T));
    return value;
  }

  std::chrono::milliseconds take_ms() {
    const auto count = take<std::uint64_t>();
    if (count > longest_ms) complete_ = false;
    return std::chrono::milliseconds(std::min(count, longest_ms));
  }

  std::vector<Tag> take_tags() {
    const auto count = take<std::uint16_t>();
    std::vector<Tag> tags;
    if (rest_.size() / sizeof(std::uint64_t) < count) {
      complete_ = false;
      return tags;
    }
    tags.reserve(count);
    for (std::size_t i = 0; i < count; ++i) tags.push_back(Tag::of_hash(take<std::uint64_t>()));
    return tags;
  }

  [[nodiscard]] bool complete() const noexcept { return complete_; }
  [[nodiscard]] std::string_view rest() const noexcept { return rest_; }

 private:
  std::string_view rest_;
  bool complete_ = true;
};

std::string_view view(const SiteKey::Mac& mac, std::size_t size = SiteKey::mac_bytes) {
  return {mac.data(), size};
}

}  // namespace

std::optional<std::string> encode_value(const SiteKey& site_key, std::string_view key, const Value& value) {
  const Record& record = value.record;
  if (record.tags.size() > most_value_tags) return {};
  std::string head;
  head.reserve(most_value_overhead - 8 * (most_value_tags - record.tags.size()) + record.bytes.size());
  head.append(SiteKey::mac_bytes, '\0');
  put(head, version);
  put(head, value.position);
  put(head, static_cast<std::uint64_t>(record.born.time_since_epoch().count()));
  put(head, bounded_ms(record.ttl));
  put(head, bounded_ms(record.kept_stale));
  put_tags(head, record.tags);
  head.append(record.bytes);
  const auto mac = site_key.sign("value", key, std::string_view(head).substr(SiteKey::mac_bytes));
  std::copy(mac.begin(), mac.end(), head.begin());
  return head;
}

std::optional<Value> decode_value(const SiteKey& site_key, std::string_view key, std::string_view bytes) {
  if (bytes.size() <= SiteKey::mac_bytes) return {};
  const std::string_view mac = bytes.substr(0, SiteKey::mac_bytes);
  bytes.remove_prefix(SiteKey::mac_bytes);
  if (!same_bytes(mac, view(site_key.sign("value", key, bytes)))) return {};
  Reader reader(bytes);
  if (reader.take<std::uint8_t>() != version) return {};
  Value value;
  value.position = reader.take<std::uint64_t>();
  value.record.born = WallTime(
      std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(reader.take<std::uint64_t>())));
  value.record.ttl = reader.take_ms();
  value.record.kept_stale = reader.take_ms();
  value.record.tags = reader.take_tags();
  if (!reader.complete()) return {};
  value.record.bytes = reader.rest();
  return value;
}

std::string encode_entry(const SiteKey& site_key, const LogEntry& entry) {
  std::string out(entry_mac_bytes, '\0');
  put(out, version);
  put(out, entry.sender);
  put(out, static_cast<std::uint8_t>((entry.all ? all_flag : 0U) | (entry.anchor ? anchor_flag : 0U)));
  put(out, static_cast<std::uint32_t>(std::min<std::uint64_t>(bounded_ms(entry.settling),
                                                              std::numeric_limits<std::uint32_t>::max())));
  put_tags(out, entry.tags);
  const auto mac = site_key.sign("entry", std::string_view(out).substr(entry_mac_bytes));
  std::copy_n(mac.begin(), entry_mac_bytes, out.begin());
  return out;
}

std::optional<LogEntry> decode_entry(const SiteKey& site_key, std::string_view bytes) {
  if (bytes.size() <= entry_mac_bytes) return {};
  const std::string_view mac = bytes.substr(0, entry_mac_bytes);
  bytes.remove_prefix(entry_mac_bytes);
  if (!same_bytes(mac, view(site_key.sign("entry", bytes), entry_mac_bytes))) return {};
  Reader reader(bytes);
  if (reader.take<std::uint8_t>() != version) return {};
  LogEntry entry;
  entry.sender = reader.take<std::uint64_t>();
  const auto flags = reader.take<std::uint8_t>();
  entry.all = (flags & all_flag) != 0;
  entry.anchor = (flags & anchor_flag) != 0;
  entry.settling = std::chrono::milliseconds(reader.take<std::uint32_t>());
  entry.tags = reader.take_tags();
  if (!reader.complete() || !reader.rest().empty()) return {};
  return entry;
}

}  // namespace wats::cache::redis
