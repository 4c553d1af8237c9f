// Tags, sets of them and the table of their changes.
#include "wats/cache/tags.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace wats::cache {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint noon{12h};

TEST(Tag, a_kind_and_an_id_are_told_apart_however_they_are_cut) {
  EXPECT_NE(Tag("ab", "c").hash(), Tag("a", "bc").hash());
  EXPECT_NE(Tag("ab", "c").hash(), Tag("abc").hash());
  EXPECT_NE(Tag("a", "").hash(), Tag("", "a").hash());
  EXPECT_NE(Tag("a", "").hash(), Tag("a").hash());
  EXPECT_NE(Tag("a").hash(), Tag(std::string_view("a\0", 2)).hash());
}

TEST(Tag, the_same_words_give_the_same_tag_at_compile_time_and_at_run_time) {
  constexpr Tag compiled("product", "PN-0123456789");
  const std::string kind = "product";
  const std::string id = "PN-0123456789";
  EXPECT_EQ(compiled, Tag(kind, id));
}

TEST(TagTable, a_change_of_everything_covers_every_tag_until_it_is_over) {
  TagTable table;
  const std::array tags{Tag("any")};
  const Stamp before = table.stamp();
  table.begin_change_of_all();
  EXPECT_TRUE(table.changed_since(std::span<const Tag>(tags), before));
  EXPECT_TRUE(table.settling(tags, noon));
  const Stamp during = table.stamp();
  table.end_change_of_all();
  EXPECT_TRUE(table.changed_since(std::span<const Tag>(tags), during));
  EXPECT_FALSE(table.settling(tags, noon));
}

TEST(TagTable, a_window_over_everything_ends_at_its_time) {
  TagTable table;
  const std::array tags{Tag("any")};
  const Stamp before = table.stamp();
  table.settle_all(noon + 60s);
  EXPECT_TRUE(table.changed_since(std::span<const Tag>(tags), before));
  EXPECT_TRUE(table.settling(tags, noon + 59s));
  EXPECT_FALSE(table.settling(tags, noon + 60s));
}

TEST(TagSet, keeps_each_tag_once_and_in_order) {
  TagSet set;
  EXPECT_TRUE(set.empty());
  set.add(Tag("b"));
  set.add(Tag("a"));
  set.add(Tag("b"));
  ASSERT_EQ(set.view().size(), 2U);
  EXPECT_EQ(set.view()[0], Tag("b"));
  EXPECT_EQ(set.view()[1], Tag("a"));
}

TEST(TagSet, holds_more_than_its_inline_room_and_copies_are_independent) {
  TagSet set;
  for (int i = 0; i < 20; ++i) set.add(Tag("tag", std::to_string(i)));
  TagSet copy = set;
  copy.add(Tag("another"));
  ASSERT_EQ(set.view().size(), 20U);
  ASSERT_EQ(copy.view().size(), 21U);
  for (std::size_t i = 0; i < 20; ++i) {
    EXPECT_EQ(set.view()[i], Tag("tag", std::to_string(i)));
    EXPECT_EQ(copy.view()[i], set.view()[i]);
  }
}

TEST(TagTable, a_stamp_taken_before_an_invalidation_sees_it_and_one_taken_after_does_not) {
  TagTable table;
  const std::array tags{Tag("a")};
  const Stamp before = table.stamp();
  EXPECT_FALSE(table.changed_since(tags, before));
  table.invalidate(tags);
  EXPECT_TRUE(table.changed_since(tags, before));
  EXPECT_FALSE(table.changed_since(tags, table.stamp()));
}

TEST(TagTable, one_changed_tag_of_several_is_enough_and_others_stay) {
  TagTable table;
  const std::array both{Tag("a"), Tag("b")};
  const std::array other{Tag("c")};
  ASSERT_NE(table.slot(Tag("a")), table.slot(Tag("c")));
  const Stamp before = table.stamp();
  table.invalidate(std::span(both).last(1));
  EXPECT_TRUE(table.changed_since(both, before));
  EXPECT_FALSE(table.changed_since(other, before));
}

TEST(TagTable, tags_that_share_a_slot_drop_too_much_but_never_too_little) {
  TagTable table(1);
  const std::array a{Tag("a")};
  const std::array b{Tag("b")};
  const Stamp before = table.stamp();
  table.invalidate(a);
  EXPECT_TRUE(table.changed_since(a, before));
  EXPECT_TRUE(table.changed_since(b, before));
}

TEST(TagTable, invalidating_no_tag_changes_nothing) {
  TagTable table;
  const Stamp before = table.stamp();
  table.invalidate({});
  EXPECT_EQ(table.stamp(), before);
}

TEST(TagTable, invalidate_all_also_reaches_what_has_no_tags) {
  TagTable table;
  const Stamp before = table.stamp();
  table.invalidate_all();
  EXPECT_TRUE(table.changed_since(std::span<const Tag>(), before));
  EXPECT_FALSE(table.changed_since(std::span<const Tag>(), table.stamp()));
}

TEST(TagTable, a_number_of_slots_is_rounded_up_to_a_power_of_two_and_kept_below_65537) {
  const TagTable three(3);
  const TagTable many(1U << 20U);
  bool above_two = false;
  bool above_32767 = false;
  for (int i = 0; i < 1000; ++i) {
    const Tag tag("n", std::to_string(i));
    EXPECT_LT(three.slot(tag), 4);
    above_two = above_two || three.slot(tag) == 3;
    above_32767 = above_32767 || many.slot(tag) > 32767;
  }
  EXPECT_TRUE(above_two);
  EXPECT_TRUE(above_32767);
}

TEST(TagTable, a_settling_window_ends_at_its_end_and_not_before) {
  TagTable table;
  const std::array a{Tag("a")};
  const std::array b{Tag("b")};
  table.settle(a, noon);
  EXPECT_TRUE(table.settling(a, noon - 1ns));
  EXPECT_FALSE(table.settling(a, noon));
  EXPECT_FALSE(table.settling(b, noon - 1ns));
}

TEST(TagTable, a_shorter_window_does_not_cut_a_longer_one) {
  TagTable table;
  const std::array a{Tag("a")};
  table.settle(a, noon);
  table.settle(a, noon - 1h);
  EXPECT_TRUE(table.settling(a, noon - 1ns));
}

TEST(TagTable, opening_a_window_invalidates_what_was_loaded_before) {
  TagTable table;
  const std::array a{Tag("a")};
  const Stamp before = table.stamp();
  table.settle(a, noon);
  EXPECT_TRUE(table.changed_since(a, before));
}

TEST(TagTable, many_open_windows_leave_other_tags_alone) {
  TagTable table;
  for (int i = 0; i < 1500; ++i) table.settle(std::array{Tag("unit", std::to_string(i))}, noon);
  int mistaken = 0;
  for (int i = 0; i < 10000; ++i) {
    mistaken += table.settling(std::array{Tag("product", std::to_string(i))}, noon - 1ns) ? 1 : 0;
  }
  EXPECT_LT(mistaken, 30);
}

TEST(TagTable, a_change_under_way_lasts_from_its_begin_to_its_end) {
  TagTable table;
  const std::array a{Tag("a")};
  const std::array b{Tag("b")};
  const Stamp before = table.stamp();
  table.begin_change(a);
  const Stamp during = table.stamp();
  EXPECT_TRUE(table.changed_since(a, before));
  EXPECT_FALSE(table.changed_since(a, during));
  EXPECT_TRUE(table.settling(a, noon));
  EXPECT_FALSE(table.settling(b, noon));
  table.end_change(a);
  EXPECT_TRUE(table.changed_since(a, during));
  EXPECT_FALSE(table.settling(a, noon));
}

TEST(TagTable, of_two_changes_the_last_to_end_counts) {
  TagTable table;
  const std::array a{Tag("a")};
  table.begin_change(a);
  table.begin_change(a);
  table.end_change(a);
  EXPECT_TRUE(table.settling(a, noon));
  table.end_change(a);
  EXPECT_FALSE(table.settling(a, noon));
}

TEST(TagTable, of_many_concurrent_invalidations_the_last_one_stays) {
  TagTable table;
  const std::array tags{Tag("a")};
  std::vector<std::jthread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 5000; ++n) table.invalidate(tags);
    });
  }
  threads.clear();
  EXPECT_EQ(table.stamp(), 20000U);
  EXPECT_TRUE(table.changed_since(tags, table.stamp() - 1));
}

}  // namespace
}  // namespace wats::cache
