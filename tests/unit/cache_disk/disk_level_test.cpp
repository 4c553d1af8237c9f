// What is kept, for how long, and what leaves with a change.
#include "tests/unit/cache_disk/support.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace wats::cache::test {
namespace {

TEST(DiskLevel, finds_what_was_kept_by_the_process_before) {
  Place place;
  const Record kept = place.record(std::string("a\0b", 3), {Tag("a"), Tag("b")});
  {
    const auto level = place.open();
    level->store("key", kept, level->stamp());
  }
  const auto level = place.open();
  const auto found = find(*level, "key");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->bytes, kept.bytes);
  EXPECT_EQ(found->born, kept.born);
  EXPECT_EQ(found->ttl, kept.ttl);
  EXPECT_EQ(found->kept_stale, kept.kept_stale);
  EXPECT_EQ(found->tags, kept.tags);
  EXPECT_EQ(body(*level, "other"), "-");
  const auto stats = level->stats();
  EXPECT_EQ(stats.found, 1U);
  EXPECT_EQ(stats.missed, 1U);
  EXPECT_EQ(stats.entries, 1U);
  EXPECT_TRUE(stats.is_available);
  EXPECT_TRUE(place.reports.lines().empty());
}

TEST(DiskLevel, keeps_empty_bodies_and_keys_of_any_bytes) {
  Place place;
  const std::string key("\0\xff'\"", 4);
  const auto level = place.open();
  place.put(*level, key, "");
  place.put(*level, "", "nobody");
  EXPECT_EQ(body(*level, key), "");
  EXPECT_EQ(body(*level, ""), "nobody");
}

TEST(DiskLevel, replaces_what_is_under_a_key_with_its_tags) {
  Place place;
  const auto level = place.open();
  place.put(*level, "key", "old", {Tag("a")});
  place.put(*level, "key", "new", {Tag("b")});
  EXPECT_EQ(body(*level, "key"), "new");
  change(*level, Tag("a"));
  EXPECT_EQ(body(*level, "key"), "new");
  change(*level, Tag("b"));
  EXPECT_EQ(body(*level, "key"), "-");
  settle(*level);
  EXPECT_EQ(level->stats().entries, 0U);
  EXPECT_EQ(level->stats().bytes, 0U);
}

TEST(DiskLevel, gives_stale_records_as_long_as_they_are_worth_keeping) {
  Place place;
  const auto level = place.open();
  place.put(*level, "key", "body", {Tag("a")});
  place.clock.advance(1h);
  EXPECT_EQ(body(*level, "key"), "body");
  place.clock.advance(1min);
  EXPECT_EQ(body(*level, "key"), "-");
  EXPECT_EQ(level->stats().refused, 1U);
  EXPECT_EQ(body(*level, "key"), "-");
  EXPECT_EQ(level->stats().entries, 0U) << "what is over leaves when it is met";
}

TEST(DiskLevel, does_not_give_what_was_born_in_the_future) {
  Place place;
  const auto level = place.open();
  place.put(*level, "key", "body");
  EXPECT_EQ(body(*level, "key"), "body");
  place.clock.advance(-1s);
  EXPECT_EQ(body(*level, "key"), "-");
  EXPECT_EQ(level->stats().refused, 1U);
  place.clock.advance(1s);
  EXPECT_EQ(body(*level, "key"), "body");
}

TEST(DiskLevel, drops_what_is_over_without_its_being_asked_for) {
  Place place;
  {
    const auto level = place.open();
    place.put(*level, "a", "a");
    place.clock.advance(2h);
    place.put(*level, "b", "b");
    settle(*level);
    EXPECT_EQ(level->stats().entries, 1U);
  }
  place.clock.advance(2h);
  const auto level = place.open();
  settle(*level);
  EXPECT_EQ(level->stats().entries, 0U);
}

TEST(DiskLevel, erases_one_key) {
  Place place;
  const auto level = place.open();
  place.put(*level, "a", "a");
  place.put(*level, "b", "b");
  level->erase("a");
  EXPECT_EQ(body(*level, "a"), "-");
  EXPECT_EQ(body(*level, "b"), "b");
  place.put(*level, "a", "again");
  EXPECT_EQ(body(*level, "a"), "again");
}

TEST(DiskLevel, drops_what_carries_a_changed_tag_and_nothing_else) {
  Place place;
  {
    const auto level = place.open();
    place.put(*level, "a", "a", {Tag("product", "1"), Tag("products")});
    place.put(*level, "b", "b", {Tag("product", "2"), Tag("products")});
    place.put(*level, "c", "c", {Tag("unit", "1")});
    change(*level, Tag("product", "1"));
    EXPECT_EQ(body(*level, "a"), "-");
    EXPECT_EQ(body(*level, "b"), "b");
  }
  const auto level = place.open();
  EXPECT_EQ(body(*level, "a"), "-");
  EXPECT_EQ(body(*level, "b"), "b");
  change(*level, Tag("products"));
  EXPECT_EQ(body(*level, "b"), "-");
  EXPECT_EQ(body(*level, "c"), "c");
}

TEST(DiskLevel, drops_everything_when_anything_may_have_changed) {
  Place place;
  {
    const auto level = place.open();
    place.put(*level, "a", "a", {Tag("a")});
    place.put(*level, "b", "b");
    const auto since = level->stamp();
    level->changed_all(0s, nullptr);
    level->store("late", place.record("late"), since);
    EXPECT_EQ(body(*level, "a"), "-");
    EXPECT_EQ(body(*level, "late"), "-");
  }
  const auto level = place.open();
  EXPECT_EQ(body(*level, "b"), "-");
}

TEST(DiskLevel, refuses_what_was_loaded_before_a_change_in_whatever_order_it_comes) {
  Place place;
  const auto level = place.open();
  const auto since = level->stamp();
  change(*level, Tag("a"));
  level->store("after", place.record("old", {Tag("a")}), since);
  EXPECT_EQ(body(*level, "after"), "-");
  EXPECT_EQ(level->stats().dropped, 1U);

  const auto later = level->stamp();
  level->store("before", place.record("old", {Tag("a")}), later);
  change(*level, Tag("a"));
  EXPECT_EQ(body(*level, "before"), "-");

  level->store("new", place.record("new", {Tag("a")}), level->stamp());
  EXPECT_EQ(body(*level, "new"), "new");
}

TEST(DiskLevel, keeps_nothing_while_one_of_its_tags_settles) {
  Place place;
  {
    const auto level = place.open();
    change(*level, Tag("a"), 30s);
    place.put(*level, "a", "a", {Tag("a")});
    place.put(*level, "b", "b", {Tag("b")});
    EXPECT_EQ(body(*level, "a"), "-");
    EXPECT_EQ(body(*level, "b"), "b");
  }
  const auto level = place.open();
  place.put(*level, "a", "a", {Tag("a")});
  EXPECT_EQ(body(*level, "a"), "-");
  place.clock.advance(30s);
  place.put(*level, "a", "a", {Tag("a")});
  EXPECT_EQ(body(*level, "a"), "a");
}

TEST(DiskLevel, tells_changes_to_all_but_who_told_it) {
  Place place;
  const auto level = place.open();
  const auto teller = std::make_shared<Ear>();
  const auto other = std::make_shared<Ear>();
  level->listen(teller);
  level->listen(other);
  change(*level, Tag("a"), 0s, teller.get());
  level->changed_all(1s, teller.get());
  settle(*level);
  EXPECT_TRUE(teller->heard().empty() ||
              teller->heard() == Ear::Heard({{0, 1s}}));  // a newcomer hears of open windows
  const auto heard = other->heard();
  ASSERT_GE(heard.size(), 2U);
  EXPECT_EQ(heard[0], std::pair(Tag("a").hash(), Duration{0s}));
  EXPECT_EQ(level->stats().told, 2U);
}

TEST(DiskLevel, tells_who_comes_late_of_open_windows) {
  Place place;
  {
    const auto level = place.open();
    change(*level, Tag("a"), 30s);
    change(*level, Tag("b"), 5s);
    change(*level, Tag("c"));
    place.clock.advance(10s);
    const auto ear = std::make_shared<Ear>();
    level->listen(ear);
    settle(*level);
    EXPECT_EQ(ear->heard(), Ear::Heard({{Tag("a").hash(), 20s}}));
  }
  place.clock.advance(10s);
  {
    const auto level = place.open();
    const auto ear = std::make_shared<Ear>();
    level->listen(ear);
    settle(*level);
    EXPECT_EQ(ear->heard(), Ear::Heard({{Tag("a").hash(), 10s}}));
    EXPECT_EQ(level->stats().heard, 1U);
    level->changed_all(40s, ear.get());
  }
  const auto level = place.open();
  const auto ear = std::make_shared<Ear>();
  level->listen(ear);
  settle(*level);
  auto heard = ear->heard();
  std::ranges::sort(heard);
  EXPECT_EQ(heard, Ear::Heard({{0, 40s}, {Tag("a").hash(), 10s}}));
}

TEST(DiskLevel, never_tells_of_a_longer_window_than_it_was_when_the_clock_goes_back) {
  Place place;
  const auto level = place.open();
  change(*level, Tag("a"), 30s);
  place.clock.advance(-1h);
  const auto ear = std::make_shared<Ear>();
  level->listen(ear);
  settle(*level);
  EXPECT_EQ(ear->heard(), Ear::Heard({{Tag("a").hash(), 30s}}));
}

TEST(DiskLevel, has_one_identity_for_a_secret_that_tells_nothing_of_it) {
  Place place;
  Place elsewhere;
  const auto level = place.open();
  const auto identity = level->identity("token");
  EXPECT_EQ(identity.size(), 64U);
  EXPECT_EQ(identity.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(place.open()->identity("token"), identity);
  EXPECT_NE(level->identity("token2"), identity);
  EXPECT_NE(elsewhere.open()->identity("token"), identity);
}

TEST(DiskLevel, refuses_settings_that_make_no_sense) {
  EXPECT_THROW(static_cast<void>(open_disk({})), std::invalid_argument);
  DiskSettings small("folder");
  small.max_bytes = 1000;
  EXPECT_THROW(static_cast<void>(open_disk(small)), std::invalid_argument);
  DiskSettings impatient("folder");
  impatient.patience = -1ms;
  EXPECT_THROW(static_cast<void>(open_disk(impatient)), std::invalid_argument);
}

TEST(DiskLevel, may_be_let_go_by_what_it_has_found) {
  Place place;
  std::promise<void> let_go;
  std::promise<void> done;
  auto level = place.open();
  // Who calls it holds it until it returns; what was found holds it last.
  level->find("key", [&, held = level](const std::optional<Record>&) mutable {
    let_go.get_future().wait();
    held.reset();
    done.set_value();
  });
  level.reset();
  let_go.set_value();
  done.get_future().get();
}

}  // namespace
}  // namespace wats::cache::test
