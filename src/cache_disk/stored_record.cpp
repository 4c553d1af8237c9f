#include "src/cache_disk/stored_record.hpp"

#include "wats/cache/detail/hash.hpp"

#include <algorithm>
#include <limits>

namespace wats::cache::detail {
namespace {

constexpr std::size_t tag_bytes = 8;
// With more than this in one row, SQLite keeps the rest in pages of its own.
constexpr std::size_t page_bytes = 4096;
constexpr std::size_t most_in_page = page_bytes - 100;
// Of the row, and its place in four indexes.
constexpr std::size_t row_bytes = 160;
constexpr std::size_t bytes_a_tag = tag_bytes + 24;

std::int64_t sum_of(std::int64_t a, std::int64_t b) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  b = std::max<std::int64_t>(b, 0);
  return a > most - b ? most : a + b;
}

void append(std::string& bytes, std::uint64_t number) {
  for (unsigned shift = 0; shift < 64; shift += 8) bytes += static_cast<char>((number >> shift) & 0xffU);
}

}  // namespace

std::string bytes_of(std::span<const Tag> tags) {
  std::string bytes;
  bytes.reserve(tags.size() * tag_bytes);
  for (const Tag tag : tags) append(bytes, tag.hash());
  return bytes;
}

std::optional<std::vector<Tag>> tags_of(std::string_view bytes) {
  if (bytes.size() % tag_bytes != 0) return std::nullopt;
  std::vector<Tag> tags;
  tags.reserve(bytes.size() / tag_bytes);
  for (; !bytes.empty(); bytes.remove_prefix(tag_bytes)) {
    std::uint64_t hash = 0;
    for (std::size_t i = 0; i < tag_bytes; ++i)
      hash |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    tags.push_back(Tag::of_hash(hash));
  }
  return tags;
}

std::uint64_t checksum(std::string_view key, const Record& record) {
  std::string rest = bytes_of(record.tags);
  append(rest, static_cast<std::uint64_t>(milliseconds_of(record.born)));
  append(rest, static_cast<std::uint64_t>(record.ttl.count()));
  append(rest, static_cast<std::uint64_t>(record.kept_stale.count()));
  return hash_bytes(record.bytes, hash_bytes(key, hash_bytes(rest, 0x7761747364697363U)));
}

std::int64_t room_for(std::string_view key, const Record& record) {
  const std::size_t row = key.size() + record.bytes.size() + record.tags.size() * tag_bytes + row_bytes;
  const std::size_t pages = row > most_in_page ? (row / page_bytes + 1) * page_bytes : row;
  return static_cast<std::int64_t>(pages + key.size() + record.tags.size() * bytes_a_tag);
}

std::int64_t milliseconds_of(WallTime time) {
  return time.time_since_epoch().count();
}

WallTime wall_time_of(std::int64_t milliseconds) {
  // What is damaged must not overflow where it is compared: 30 000 years either way will do.
  constexpr std::int64_t most = 1'000'000'000'000'000;
  return WallTime{std::chrono::milliseconds{std::clamp(milliseconds, -most, most)}};
}

WallTime end_of(const Record& record) {
  return wall_time_of(
      sum_of(sum_of(milliseconds_of(record.born), record.ttl.count()), record.kept_stale.count()));
}

}  // namespace wats::cache::detail
