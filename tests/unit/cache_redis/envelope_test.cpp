// How values and changes are written, and what is refused of them.
#include "src/cache_redis/envelope.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <string>

namespace wats::cache::redis {
namespace {

using namespace std::chrono_literals;

const SiteKey site_key("the secret of these tests");

Value some_value() {
  Value value;
  value.position = 0x0123456789abcdefU;
  value.record.bytes = std::string("a body\0with a zero", 18);
  value.record.born = WallTime(1'700'000'000'123ms);
  value.record.ttl = 300s;
  value.record.kept_stale = 24h;
  value.record.tags = {Tag("product", "PN-7"), Tag("unit", "SN-1")};
  return value;
}

LogEntry some_entry() {
  LogEntry entry;
  entry.sender = 0xfedcba9876543210U;
  entry.settling = 60s;
  entry.tags = {Tag("product", "PN-7"), Tag("unit", "SN-1")};
  return entry;
}

std::string in_hex(const SiteKey::Mac& mac) {
  std::string text;
  for (const char byte : mac) {
    static constexpr std::string_view digits = "0123456789abcdef";
    text += digits[static_cast<unsigned char>(byte) >> 4U];
    text += digits[static_cast<unsigned char>(byte) & 0xfU];
  }
  return text;
}

TEST(SiteKey, signs_with_hmac_sha256) {
  // Python: hmac.new(b"key", b"value\0" + (3).to_bytes(8, "little") + b"abc" + b"def", "sha256").hexdigest()
  EXPECT_EQ(in_hex(SiteKey("key").sign("value", "abc", "def")),
            "a77281de33d060eb03af4d64fc80de93cab1c0edd7af668c488d6c3a8784e179");
  EXPECT_EQ(SiteKey("key").name("identity", "token"),
            "3dc7d7ecde067ddce4153b9752c1e69edafe8409d1128d556f128460fdad3d1c");
}

TEST(SiteKey, tells_purposes_and_parts_apart) {
  EXPECT_NE(site_key.sign("value", "ab", "c"), site_key.sign("value", "a", "bc"));
  EXPECT_NE(site_key.sign("value", "ab"), site_key.sign("entry", "ab"));
  EXPECT_NE(site_key.sign("value", "ab"), SiteKey("another secret").sign("value", "ab"));
}

TEST(Envelope, gives_back_what_was_put_in) {
  const auto bytes = encode_value(site_key, "key", some_value());
  ASSERT_TRUE(bytes.has_value());
  const auto value = decode_value(site_key, "key", *bytes);
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(value->position, some_value().position);
  EXPECT_EQ(value->record.bytes, some_value().record.bytes);
  EXPECT_EQ(value->record.born, some_value().record.born);
  EXPECT_EQ(value->record.ttl, some_value().record.ttl);
  EXPECT_EQ(value->record.kept_stale, some_value().record.kept_stale);
  EXPECT_EQ(value->record.tags, some_value().record.tags);
}

TEST(Envelope, takes_an_empty_body_and_no_tags) {
  const auto bytes = encode_value(site_key, "key", Value());
  ASSERT_TRUE(bytes.has_value());
  EXPECT_TRUE(decode_value(site_key, "key", *bytes).has_value());
}

TEST(Envelope, keeps_times_that_nobody_means_within_what_can_be_added) {
  Value value;
  value.record.ttl = std::chrono::milliseconds::max();
  value.record.kept_stale = std::chrono::milliseconds(-5);
  const auto read = decode_value(site_key, "key", *encode_value(site_key, "key", value));
  ASSERT_TRUE(read.has_value());
  EXPECT_GT(read->record.ttl, 24h * 365 * 1000);
  EXPECT_LT(read->record.ttl, std::chrono::milliseconds::max() / 1000);
  EXPECT_EQ(read->record.kept_stale, 0ms);
}

TEST(Envelope, does_not_take_more_tags_than_it_can_count) {
  Value value;
  value.record.tags.resize(most_value_tags);
  EXPECT_TRUE(encode_value(site_key, "key", value).has_value());
  value.record.tags.emplace_back();
  EXPECT_FALSE(encode_value(site_key, "key", value).has_value());
}

TEST(Envelope, refuses_a_value_under_another_key_or_of_another_site) {
  const auto bytes = encode_value(site_key, "key", some_value());
  ASSERT_TRUE(bytes.has_value());
  EXPECT_FALSE(decode_value(site_key, "other", *bytes).has_value());
  EXPECT_FALSE(decode_value(SiteKey("another secret"), "key", *bytes).has_value());
}

TEST(Envelope, refuses_every_change_of_a_bit_every_cut_and_every_byte_more) {
  const auto bytes = encode_value(site_key, "key", some_value());
  ASSERT_TRUE(bytes.has_value());
  for (std::size_t i = 0; i < bytes->size(); ++i) {
    std::string changed = *bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(decode_value(site_key, "key", changed).has_value()) << i;
    EXPECT_FALSE(decode_value(site_key, "key", bytes->substr(0, i)).has_value()) << i;
  }
  EXPECT_FALSE(decode_value(site_key, "key", *bytes + '\0').has_value());
}

/// As somebody who knows the secret would write it.
std::string sealed_value(std::string rest) {
  const auto mac = site_key.sign("value", "key", rest);
  return std::string(mac.begin(), mac.end()) + rest;
}

TEST(Envelope, refuses_another_version_and_numbers_that_do_not_add_up_even_signed) {
  const std::string good = encode_value(site_key, "key", some_value())->substr(SiteKey::mac_bytes);
  EXPECT_TRUE(decode_value(site_key, "key", sealed_value(good)).has_value());
  std::string other_version = good;
  other_version[0] = 2;
  EXPECT_FALSE(decode_value(site_key, "key", sealed_value(other_version)).has_value());
  std::string too_many_tags = good;
  too_many_tags[33] = '\xff';
  too_many_tags[34] = '\xff';
  EXPECT_FALSE(decode_value(site_key, "key", sealed_value(too_many_tags)).has_value());
  std::string endless = good;
  endless[24] = '\x7f';
  EXPECT_FALSE(decode_value(site_key, "key", sealed_value(endless)).has_value());
  const std::size_t head = 35 + 2 * 8;
  for (std::size_t size = 0; size < head; ++size)
    EXPECT_FALSE(decode_value(site_key, "key", sealed_value(good.substr(0, size))).has_value()) << size;
}

TEST(LogEntry, gives_back_what_was_put_in) {
  LogEntry entry = some_entry();
  for (const bool all : {false, true}) {
    for (const bool anchor : {false, true}) {
      entry.all = all;
      entry.anchor = anchor;
      const auto read = decode_entry(site_key, encode_entry(site_key, entry));
      ASSERT_TRUE(read.has_value());
      EXPECT_EQ(read->sender, entry.sender);
      EXPECT_EQ(read->all, all);
      EXPECT_EQ(read->anchor, anchor);
      EXPECT_EQ(read->settling, entry.settling);
      EXPECT_EQ(read->tags, entry.tags);
    }
  }
}

TEST(LogEntry, refuses_every_change_of_a_bit_every_cut_and_every_byte_more) {
  const std::string bytes = encode_entry(site_key, some_entry());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(decode_entry(site_key, changed).has_value()) << i;
    EXPECT_FALSE(decode_entry(site_key, bytes.substr(0, i)).has_value()) << i;
  }
  EXPECT_FALSE(decode_entry(site_key, bytes + '\0').has_value());
  EXPECT_FALSE(decode_entry(SiteKey("another secret"), bytes).has_value());
}

TEST(LogEntry, keeps_a_window_within_what_it_can_say) {
  LogEntry entry;
  entry.settling = std::chrono::milliseconds::max();
  EXPECT_EQ(decode_entry(site_key, encode_entry(site_key, entry))->settling,
            std::chrono::milliseconds(std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace
}  // namespace wats::cache::redis
