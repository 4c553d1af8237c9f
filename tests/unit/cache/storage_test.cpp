// What is shown, for how long, and what has to go when the cache is full.
#include "support.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace wats::cache::test {
namespace {

std::size_t weight(std::string_view key, std::size_t bytes) {
  return IntCache::weight_of(std::string(key), bytes);
}

TEST(Cache, a_stored_value_is_found_with_its_age) {
  FakeClock clock;
  IntCache cache({.now = clock.function()});
  EXPECT_TRUE(cache.put("a", number(7)));
  clock.advance(3s);
  const auto hit = cache.find("a");
  ASSERT_TRUE(hit);
  EXPECT_EQ(*hit.value, 7);
  EXPECT_EQ(hit.age, 3s);
  EXPECT_FALSE(cache.find("b"));
}

TEST(Cache, works_with_its_default_clock_and_bounds) {
  IntCache cache;
  cache.put("a", number(7));
  EXPECT_TRUE(cache.find("a"));
}

TEST(Cache, an_entry_is_fresh_while_younger_than_its_time_to_live) {
  FakeClock clock;
  IntCache cache({.ttl = 10s, .now = clock.function()});
  cache.put("a", number(1));
  clock.advance(10s - 1ns);
  EXPECT_TRUE(cache.find("a"));
  clock.advance(1ns);
  EXPECT_FALSE(cache.find("a"));
}

TEST(Cache, an_entry_may_have_a_time_to_live_of_its_own) {
  FakeClock clock;
  IntCache cache({.ttl = 10s, .now = clock.function()});
  cache.put("short", number(1), {.ttl = 1s});
  cache.put("forever", number(2), {.ttl = Duration::max()});
  clock.advance(1s);
  EXPECT_FALSE(cache.find("short"));
  clock.advance(24h * 365 * 100);
  EXPECT_TRUE(cache.find("forever"));
}

TEST(Cache, without_time_to_live_nothing_is_stored_and_the_old_value_goes) {
  IntCache cache;
  cache.put("a", number(1));
  EXPECT_FALSE(cache.put("a", number(2), {.ttl = 0s}));
  EXPECT_FALSE(cache.find("a"));
  EXPECT_FALSE(cache.put("b", number(2), {.ttl = -1s}));
  EXPECT_EQ(cache.stats().refused, 2U);
}

TEST(Cache, the_age_is_counted_from_when_the_load_began) {
  FakeClock clock;
  IntCache cache({.ttl = 10s, .now = clock.function()});
  auto lookup = cache.find_or_join("a", {}, std::make_shared<Recorder>());
  clock.advance(4s);
  EXPECT_TRUE(lookup.lead().land(number(1)));
  EXPECT_EQ(cache.find("a").age, 4s);
  clock.advance(6s);
  EXPECT_FALSE(cache.find("a"));
}

TEST(Cache, a_value_that_was_loaded_for_longer_than_it_may_live_is_not_stored) {
  FakeClock clock;
  IntCache cache({.ttl = 10s, .now = clock.function()});
  auto lookup = cache.find_or_join("a", {}, std::make_shared<Recorder>());
  clock.advance(10s);
  EXPECT_FALSE(lookup.lead().land(number(1)));
  EXPECT_EQ(cache.stats().entries, 0U);
}

TEST(Cache, a_value_that_was_kept_elsewhere_brings_its_age) {
  FakeClock clock;
  IntCache cache({.ttl = 10s, .now = clock.function()});
  EXPECT_TRUE(cache.put("a", number(1), {.age = 4s}));
  EXPECT_EQ(cache.find("a").age, 4s);
  EXPECT_FALSE(cache.put("old", number(1), {.age = 10s}));
  auto lookup = cache.find_or_join("b", {}, std::make_shared<Recorder>());
  EXPECT_TRUE(lookup.lead().land(number(1), {.age = 4s}));
  EXPECT_EQ(cache.find("b").age, 4s);
  clock.advance(6s);
  EXPECT_FALSE(cache.find("a"));
  EXPECT_FALSE(cache.find("b"));
}

TEST(Cache, a_value_that_brings_its_age_is_not_for_those_who_joined_for_a_younger_one) {
  FakeClock clock;
  IntCache cache({.ttl = 10s, .now = clock.function()});
  const auto any = std::make_shared<Recorder>();
  const auto strict = std::make_shared<Recorder>();
  auto lookup = cache.find_or_join("a", {}, std::make_shared<Recorder>());
  EXPECT_TRUE(cache.find_or_join("a", {}, any).joined());
  EXPECT_TRUE(cache.find_or_join("a", {}, strict, {.max_age = 4s}).joined());
  lookup.lead().land(number(1), {.age = 4s});
  ASSERT_EQ(any->landings.size(), 1U);
  EXPECT_EQ(any->landings[0].kind, LandingKind::value);
  EXPECT_EQ(any->landings[0].age, 4s);
  ASSERT_EQ(strict->landings.size(), 1U);
  EXPECT_EQ(strict->landings[0].kind, LandingKind::abandoned);
}

TEST(Cache, a_maximal_age_turns_down_what_is_as_old_and_leaves_it_for_others) {
  FakeClock clock;
  IntCache cache({.now = clock.function()});
  cache.put("a", number(1));
  EXPECT_FALSE(cache.find("a", {.max_age = 0s}));
  clock.advance(5s);
  EXPECT_TRUE(cache.find("a", {.max_age = 5s + 1ns}));
  EXPECT_FALSE(cache.find("a", {.max_age = 5s}));
  EXPECT_TRUE(cache.find("a"));
}

TEST(Cache, replacing_gives_the_new_value_and_keeps_readers_of_the_old_one) {
  IntCache cache;
  cache.put("a", number(1));
  const auto old = cache.find("a");
  cache.put("a", number(2));
  EXPECT_EQ(*old.value, 1);
  EXPECT_EQ(*cache.find("a").value, 2);
  EXPECT_EQ(cache.stats().entries, 1U);
  EXPECT_EQ(cache.stats().removed(Cause::replaced).entries, 1U);
}

TEST(Cache, null_or_a_value_not_to_keep_is_not_stored_and_takes_the_place_of_the_old_one) {
  IntCache cache;
  cache.put("a", number(1));
  cache.put("b", number(1));
  EXPECT_FALSE(cache.put("a", nullptr));
  EXPECT_FALSE(cache.put("b", number(2), {.keep = false}));
  EXPECT_FALSE(cache.find("a"));
  EXPECT_FALSE(cache.find("b"));
}

TEST(Cache, erase_removes_one_key_and_says_whether_it_was_there) {
  IntCache cache;
  cache.put("a", number(1));
  cache.put("b", number(2));
  EXPECT_TRUE(cache.erase(std::string_view("a")));
  EXPECT_FALSE(cache.erase("a"));
  EXPECT_FALSE(cache.find("a"));
  EXPECT_TRUE(cache.find("b"));
}

TEST(Cache, an_invalidated_tag_drops_what_carries_it_and_nothing_else) {
  IntCache cache;
  cache.put("a", number(1), tagged({Tag("x"), Tag("y")}));
  cache.put("b", number(2), tagged({Tag("z")}));
  cache.put("c", number(3));
  cache.invalidate(Tag("y"));
  EXPECT_FALSE(cache.find("a"));
  EXPECT_TRUE(cache.find("b"));
  EXPECT_TRUE(cache.find("c"));
  cache.put("a", number(4), tagged({Tag("x"), Tag("y")}));
  EXPECT_TRUE(cache.find("a"));
}

TEST(Cache, every_tag_of_an_entry_counts_however_many_there_are) {
  for (int count : {1, 4, 5, 8, 9, 40}) {
    for (int changed = 0; changed < count; ++changed) {
      IntCache cache;
      StoreOptions options;
      for (int i = 0; i < count; ++i) options.tags.add(Tag("n", std::to_string(i)));
      cache.put("a", number(1), options);
      ASSERT_TRUE(cache.find("a"));
      cache.invalidate(Tag("n", std::to_string(changed)));
      EXPECT_FALSE(cache.find("a")) << changed << " of " << count;
    }
  }
}

TEST(Cache, nothing_is_stored_or_shown_while_a_tag_settles) {
  FakeClock clock;
  IntCache cache({.now = clock.function()});
  const Tag tag("t");
  cache.put("before", number(1), tagged({tag}));
  cache.tags().settle(one(tag), clock.now() + 10s);
  EXPECT_FALSE(cache.find("before"));
  EXPECT_FALSE(cache.put("inside", number(2), tagged({tag})));
  clock.advance(10s);
  EXPECT_FALSE(cache.find("before"));
  EXPECT_FALSE(cache.find("inside"));
  EXPECT_TRUE(cache.put("after", number(3), tagged({tag})));
  EXPECT_TRUE(cache.find("after"));
}

TEST(Cache, what_was_asked_for_while_a_tag_settled_is_not_put_after_it) {
  FakeClock clock;
  IntCache cache({.now = clock.function()});
  const Tag tag("x");
  cache.tags().settle(one(tag), clock.now() + 10s);
  StoreOptions late = tagged({tag});
  late.since = cache.tags().stamp();
  late.began = clock.now();
  clock.advance(11s);
  EXPECT_FALSE(cache.put("a", number(1), late));
  late.began = clock.now();
  EXPECT_TRUE(cache.put("a", number(1), late));
}

TEST(Cache, the_time_to_live_of_what_is_put_counts_from_when_it_was_asked_for) {
  FakeClock clock;
  IntCache cache({.ttl = 10s, .now = clock.function()});
  StoreOptions late;
  late.began = clock.now();
  clock.advance(4s);
  EXPECT_TRUE(cache.put("a", number(1), late));
  EXPECT_EQ(cache.find("a").age, 4s);
  clock.advance(6s);
  EXPECT_FALSE(cache.find("a"));
}

TEST(Cache, a_value_made_from_another_is_put_only_while_that_one_is_stored) {
  IntCache cache;
  EXPECT_TRUE(cache.put_if_unchanged("a", nullptr, number(1)));
  EXPECT_FALSE(cache.put_if_unchanged("a", nullptr, number(2)));
  const auto seen = cache.peek("a").value;
  cache.put("a", number(3));
  EXPECT_FALSE(cache.put_if_unchanged("a", seen, number(4)));
  EXPECT_EQ(*cache.find("a").value, 3);
  cache.erase("a");
  EXPECT_FALSE(cache.put_if_unchanged("a", seen, number(4)));
  EXPECT_FALSE(cache.find("a")) << "what was erased does not come back";
  EXPECT_EQ(cache.stats().refused, 3U);
}

TEST(Cache, a_value_that_was_not_put_for_a_newer_one_stops_no_load) {
  IntCache cache;
  cache.put("a", number(1));
  LookupOptions anew;
  anew.max_age = Duration::zero();
  auto load = cache.find_or_join("a", {}, std::make_shared<Recorder>(), anew);
  EXPECT_FALSE(cache.put_if_unchanged("a", nullptr, number(2)));
  EXPECT_TRUE(load.lead().land(number(3)));
  EXPECT_EQ(*cache.find("a").value, 3);
}

TEST(Cache, what_was_invalidated_is_nothing_to_what_is_put_in_its_place) {
  IntCache cache;
  const Tag tag("x");
  cache.put("a", number(1), tagged({tag}));
  const auto seen = cache.peek("a").value;
  cache.invalidate(tag);
  EXPECT_FALSE(cache.put_if_unchanged("a", seen, number(2)));
  EXPECT_TRUE(cache.put_if_unchanged("a", nullptr, number(3)));
}

TEST(Cache, the_least_recently_used_goes_first) {
  IntCache cache({.max_entries = 3});
  cache.put("a", number(1));
  cache.put("b", number(2));
  cache.put("c", number(3));
  ASSERT_TRUE(cache.find("a"));
  cache.put("d", number(4));
  EXPECT_TRUE(cache.find("a"));
  EXPECT_FALSE(cache.find("b"));
  EXPECT_TRUE(cache.find("c"));
  EXPECT_TRUE(cache.find("d"));
}

TEST(Cache, the_order_of_use_stays_exact_over_more_hits_than_are_buffered) {
  constexpr int count = 40;
  IntCache cache({.max_entries = count, .shards = 1});
  std::vector<int> order(count);
  std::iota(order.begin(), order.end(), 0);
  for (const int key : order) cache.put(std::to_string(key), number(key));
  std::mt19937 random(1);
  for (int round = 0; round < 11; ++round) {
    std::shuffle(order.begin(), order.end(), random);
    for (const int key : order) ASSERT_TRUE(cache.find(std::to_string(key)));
  }
  for (int gone = 0; gone < count; ++gone) {
    cache.put("new" + std::to_string(gone), number(0));
    EXPECT_EQ(cache.stats().removed(Cause::capacity).entries, static_cast<std::uint64_t>(gone + 1));
    EXPECT_FALSE(cache.erase(std::to_string(order[static_cast<std::size_t>(gone)])));
  }
}

TEST(Cache, an_entry_weighs_its_value_its_key_and_a_constant) {
  EXPECT_EQ(weight("key", 101), weight("key", 100) + 1);
  EXPECT_EQ(weight("longer key", 100), weight("key", 100) + 7);
  EXPECT_EQ(weight("key", 0), weight("key", sizeof(int)));
  EXPECT_GT(weight("", 1), sizeof(std::string) + sizeof(std::shared_ptr<int>) + 1);
}

TEST(Cache, the_bytes_of_all_entries_stay_within_the_bound) {
  IntCache cache({.max_bytes = 3 * weight("a", 100), .shards = 1});
  cache.put("a", number(1), {.bytes = 100});
  cache.put("b", number(2), {.bytes = 100});
  cache.put("c", number(3), {.bytes = 100});
  EXPECT_EQ(cache.stats().bytes, 3 * weight("a", 100));
  cache.put("d", number(4), {.bytes = 101});
  EXPECT_FALSE(cache.find("a"));
  EXPECT_FALSE(cache.find("b"));
  EXPECT_TRUE(cache.find("c"));
  EXPECT_TRUE(cache.find("d"));
  EXPECT_EQ(cache.stats().bytes, weight("c", 100) + weight("d", 101));
  EXPECT_EQ(cache.stats().removed(Cause::capacity).bytes, 2 * weight("a", 100));
}

TEST(Cache, a_value_heavier_than_the_whole_cache_is_not_stored_and_evicts_nothing_else) {
  IntCache cache({.max_bytes = weight("a", 100)});
  cache.put("a", number(1), {.bytes = 50});
  EXPECT_FALSE(cache.put("b", number(2), {.bytes = 101}));
  EXPECT_TRUE(cache.find("a"));
  EXPECT_TRUE(cache.put("c", number(3), {.bytes = 100}));
  EXPECT_TRUE(cache.find("c"));
}

TEST(Cache, without_room_for_entries_nothing_is_stored) {
  IntCache cache({.max_entries = 0});
  EXPECT_FALSE(cache.put("a", number(1)));
  EXPECT_EQ(cache.stats().entries, 0U);
}

TEST(Cache, the_bounds_hold_over_all_shards_together) {
  IntCache entries({.max_entries = 5, .shards = 16});
  IntCache bytes({.max_bytes = 3 * weight("key10", 100), .shards = 16});
  for (int i = 10; i < 100; ++i) {
    const std::string key = "key" + std::to_string(i);
    entries.put(key, number(i));
    bytes.put(key, number(i), {.bytes = 100});
    EXPECT_EQ(entries.stats().entries, static_cast<std::uint64_t>(std::min(i - 9, 5)));
    EXPECT_EQ(bytes.stats().bytes, static_cast<std::size_t>(std::min(i - 9, 3)) * weight("key10", 100));
    EXPECT_TRUE(entries.find(key));
    EXPECT_TRUE(bytes.find(key));
  }
}

TEST(Cache, purge_removes_what_is_expired_or_invalidated_and_nothing_else) {
  FakeClock clock;
  IntCache cache({.max_entries = 10000, .ttl = 10s, .now = clock.function()});
  for (int i = 0; i < 3000; ++i) cache.put("short" + std::to_string(i), number(i), {.ttl = 1s});
  for (int i = 0; i < 2000; ++i) cache.put("tagged" + std::to_string(i), number(i), tagged({Tag("t")}));
  for (int i = 0; i < 1000; ++i) cache.put("good" + std::to_string(i), number(i));
  EXPECT_EQ(cache.purge(), 0U);
  clock.advance(1s);
  cache.invalidate(Tag("t"));
  EXPECT_EQ(cache.purge(), 5000U);
  EXPECT_EQ(cache.purge(), 0U);
  const Stats stats = cache.stats();
  EXPECT_EQ(stats.entries, 1000U);
  EXPECT_EQ(stats.removed(Cause::expired).entries, 3000U);
  EXPECT_EQ(stats.removed(Cause::invalidated).entries, 2000U);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(cache.find("good" + std::to_string(i)));
}

TEST(Cache, clear_removes_everything_and_the_cache_goes_on) {
  IntCache cache;
  for (int i = 0; i < 100; ++i) cache.put(std::to_string(i), number(i), tagged({Tag("t")}));
  const auto bytes = cache.stats().bytes;
  cache.clear();
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(cache.find(std::to_string(i)));
  EXPECT_EQ(cache.stats().entries, 0U);
  EXPECT_EQ(cache.stats().bytes, 0U);
  EXPECT_EQ(cache.stats().removed(Cause::cleared).entries, 100U);
  EXPECT_EQ(cache.stats().removed(Cause::cleared).bytes, bytes);
  cache.put("a", number(1));
  EXPECT_TRUE(cache.find("a"));
}

TEST(Cache, counts_every_event_once) {
  FakeClock clock;
  IntCache cache({.max_entries = 2, .ttl = 10s, .now = clock.function()});
  cache.put("a", number(1), tagged({Tag("t")}));
  ASSERT_TRUE(cache.find("a"));
  ASSERT_FALSE(cache.find("b"));
  cache.put("a", number(2), tagged({Tag("t")}));  // replaced
  cache.put("b", number(3));
  cache.put("c", number(4));                      // capacity: a
  cache.put("d", number(5), tagged({Tag("t")}));  // capacity: b
  cache.invalidate(Tag("t"));
  cache.put("d", number(6));  // invalidated
  clock.advance(10s);
  EXPECT_EQ(cache.purge(), 2U);  // expired: c, d
  cache.put("e", number(7));
  cache.erase("e");
  cache.put("f", number(8));
  const Stats stats = cache.stats();
  EXPECT_EQ(stats.fresh, 1U);
  EXPECT_EQ(stats.misses, 1U);
  EXPECT_EQ(stats.joined, 0U);
  EXPECT_EQ(stats.loads, 0U);
  EXPECT_EQ(stats.inserts, 8U);
  EXPECT_EQ(stats.refused, 0U);
  EXPECT_EQ(stats.removed(Cause::replaced).entries, 1U);
  EXPECT_EQ(stats.removed(Cause::capacity).entries, 2U);
  EXPECT_EQ(stats.removed(Cause::invalidated).entries, 1U);
  EXPECT_EQ(stats.removed(Cause::expired).entries, 2U);
  EXPECT_EQ(stats.removed(Cause::erased).entries, 1U);
  EXPECT_EQ(stats.removed(Cause::cleared).entries, 0U);
  EXPECT_EQ(stats.entries, 1U);
  EXPECT_EQ(stats.bytes, weight("f", 0));
}

// A key that tells when one is made.
class CountedKey {
 public:
  explicit CountedKey(std::string_view text) : text_(text) { ++made; }
  [[nodiscard]] const std::string& text() const { return text_; }
  static inline int made = 0;

 private:
  std::string text_;
};
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(const CountedKey& key) const { return std::hash<std::string_view>{}(key.text()); }
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
struct TextEqual {
  using is_transparent = void;
  bool operator()(const CountedKey& a, const CountedKey& b) const { return a.text() == b.text(); }
  bool operator()(const CountedKey& a, std::string_view b) const { return a.text() == b; }
};

TEST(Cache, finds_by_a_view_of_the_key_without_making_a_key) {
  Cache<CountedKey, int, std::exception_ptr, TextHash, TextEqual> cache;
  cache.put(CountedKey("a"), number(1));
  CountedKey::made = 0;
  EXPECT_TRUE(cache.find(std::string_view("a")));
  EXPECT_FALSE(cache.find(std::string_view("b")));
  EXPECT_EQ(CountedKey::made, 0);
}

TEST(Cache, keys_that_differ_are_kept_apart_even_if_their_hashes_do_not) {
  struct SameHash {
    std::size_t operator()(int) const { return 42; }
  };
  Cache<int, int, std::exception_ptr, SameHash> cache;
  for (int i = 0; i < 100; ++i) cache.put(i, number(i));
  for (int i = 0; i < 100; i += 2) EXPECT_TRUE(cache.erase(i));
  for (int i = 0; i < 100; ++i) {
    const auto hit = cache.find(i);
    EXPECT_EQ(hit ? *hit.value : -1, i % 2 == 1 ? i : -1);
  }
}

TEST(Cache, destroys_values_outside_of_its_locks) {
  FakeClock clock;
  IntCache cache({.max_entries = 2, .ttl = 10s, .now = clock.function()});
  int destroyed = 0;
  // A destructor that asks the cache would throw (resource_deadlock_would_occur) if a lock were held.
  const auto asks_back = [&] {
    return IntCache::Pointer(new int(1), [&](const int* value) {
      (void)cache.find("any");
      ++destroyed;
      delete value;
    });
  };
  cache.put("replaced", asks_back());
  cache.put("replaced", number(1));
  EXPECT_EQ(destroyed, 1);
  cache.put("erased", asks_back());
  cache.erase("erased");
  EXPECT_EQ(destroyed, 2);
  cache.put("evicted", asks_back());
  cache.put("a", number(1));
  cache.put("b", number(1));
  EXPECT_EQ(destroyed, 3);
  cache.put("purged", asks_back());
  clock.advance(10s);
  cache.purge();
  EXPECT_EQ(destroyed, 4);
  cache.put("cleared", asks_back());
  cache.put("cleared too", asks_back());
  cache.clear();
  EXPECT_EQ(destroyed, 6);
  EXPECT_FALSE(cache.put("refused", asks_back(), {.ttl = 0s}));
  EXPECT_EQ(destroyed, 7);
  cache.put("dead", asks_back());
  clock.advance(10s);
  EXPECT_TRUE(cache.find_or_join("dead", {}, std::make_shared<Recorder>()).lead());
  EXPECT_EQ(destroyed, 8);
}

}  // namespace
}  // namespace wats::cache::test
