// Where tags were changed in the log, and our own changes until they are in it.
#include "src/cache_redis/positions.hpp"

#include "src/cache_redis/unsent.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <string>
#include <vector>

namespace wats::cache::redis {
namespace {

const std::array tag_a{Tag("a")};
const std::array tag_b{Tag("b")};

constexpr Position at_ms(std::uint64_t ms, std::uint64_t sequence = 0) {
  return (ms << 20U) | sequence;
}

TEST(Position, is_the_id_of_an_entry) {
  EXPECT_EQ(parse_position("1700000000000-7"), at_ms(1'700'000'000'000, 7));
  EXPECT_EQ(parse_position("0-1"), at_ms(0, 1));
}

TEST(Position, of_a_sequence_that_is_too_long_to_tell_is_the_last_and_not_exact) {
  EXPECT_EQ(parse_position("5-99999999"), at_ms(5, last_sequence));
  EXPECT_FALSE(is_exact(*parse_position("5-1048575")));
  EXPECT_TRUE(is_exact(*parse_position("5-1048574")));
}

TEST(Position, is_nothing_for_what_is_no_id) {
  for (const char* const text : {"", "-", "5", "5-", "-5", "a-1", "5-a", "5-1x", "+5-1", "5--1", " 5-1",
                                 "17592186044416-0", "99999999999999999999-0", "5-99999999999999999999"})
    EXPECT_FALSE(parse_position(text).has_value()) << text;
}

TEST(Positions, are_not_valid_before_the_log_was_read) {
  const Positions positions;
  EXPECT_FALSE(positions.valid({}, at_ms(1000)));
}

TEST(Positions, before_the_log_begins_are_not_valid) {
  Positions positions;
  positions.start_at(at_ms(10));
  EXPECT_FALSE(positions.valid({}, at_ms(9)));
  EXPECT_TRUE(positions.valid({}, at_ms(10)));
}

TEST(Positions, before_a_change_are_not_valid_for_its_tag_and_for_no_other) {
  Positions positions;
  positions.start_at(at_ms(10));
  positions.changed(tag_a, at_ms(20));
  positions.heard(at_ms(20));
  EXPECT_FALSE(positions.valid(tag_a, at_ms(19)));
  EXPECT_TRUE(positions.valid(tag_a, at_ms(20)));
  EXPECT_TRUE(positions.valid(tag_b, at_ms(19)));
}

TEST(Positions, before_a_change_of_everything_are_not_valid) {
  Positions positions;
  positions.start_at(at_ms(10));
  positions.changed_all(at_ms(20));
  EXPECT_FALSE(positions.valid({}, at_ms(19)));
  EXPECT_TRUE(positions.valid({}, at_ms(20)));
}

TEST(Positions, of_an_earlier_change_do_not_replace_those_of_a_later_one) {
  Positions positions;
  positions.start_at(at_ms(10));
  positions.changed(tag_a, at_ms(30));
  positions.changed(tag_a, at_ms(20));
  EXPECT_FALSE(positions.valid(tag_a, at_ms(25)));
}

TEST(Positions, of_a_tag_that_is_being_changed_are_not_valid_whatever_they_are) {
  Positions positions;
  positions.start_at(at_ms(10));
  positions.begin(tag_a);
  positions.begin(tag_a);
  EXPECT_FALSE(positions.valid(tag_a, at_ms(1000)));
  positions.end(tag_a, at_ms(20));
  EXPECT_FALSE(positions.valid(tag_a, at_ms(1000)));
  positions.end(tag_a, at_ms(21));
  EXPECT_FALSE(positions.valid(tag_a, at_ms(20)));
  EXPECT_TRUE(positions.valid(tag_a, at_ms(21)));
}

TEST(Positions, that_can_not_be_told_apart_are_not_valid) {
  Positions positions;
  positions.start_at(at_ms(10));
  EXPECT_FALSE(positions.valid({}, at_ms(20, last_sequence)));
}

TEST(Positions, give_stamps_that_tell_where_they_were_taken) {
  Positions positions;
  positions.start_at(at_ms(10));
  const Stamp first = positions.stamp();
  positions.heard(at_ms(20));
  EXPECT_LT(first, positions.stamp());
  EXPECT_EQ(positions.at(first), at_ms(10));
  EXPECT_EQ(positions.at(positions.stamp()), at_ms(20));
}

TEST(Positions, know_no_stamp_from_before_the_log_was_lost) {
  Positions positions;
  positions.start_at(at_ms(10));
  positions.heard(at_ms(20));
  const Stamp before = positions.stamp();
  positions.start_at(at_ms(30));
  EXPECT_FALSE(positions.at(before).has_value());
  EXPECT_EQ(positions.at(positions.stamp()), at_ms(30));
}

TEST(Positions, of_a_new_log_that_begins_before_the_old_one_ended_have_later_stamps_all_the_same) {
  Positions positions;
  positions.start_at(at_ms(1000));
  positions.heard(at_ms(2000));
  const Stamp before = positions.stamp();
  positions.start_at(at_ms(500));
  EXPECT_GT(positions.stamp(), before);
  EXPECT_FALSE(positions.at(before).has_value());
  EXPECT_EQ(positions.at(positions.stamp()), at_ms(500));
  positions.heard(at_ms(501));
  EXPECT_EQ(positions.at(positions.stamp()), at_ms(501));
  EXPECT_TRUE(positions.valid(tag_a, at_ms(501)));
}

TEST(Positions, keep_what_is_pending_when_the_log_was_lost) {
  Positions positions;
  positions.start_at(at_ms(10));
  positions.begin(tag_a);
  positions.begin_all();
  positions.start_at(at_ms(20));
  EXPECT_FALSE(positions.valid(tag_b, at_ms(30)));
  positions.end_all(at_ms(25));
  EXPECT_TRUE(positions.valid(tag_b, at_ms(30)));
  EXPECT_FALSE(positions.valid(tag_a, at_ms(30)));
}

class Changes : public ::testing::Test {
 protected:
  void SetUp() override { positions_.start_at(at_ms(10)); }

  [[nodiscard]] std::vector<Unsent::Change> send_all() {
    std::vector<Unsent::Change> sent;
    while (unsent_.waiting()) sent.push_back(unsent_.send_next());
    return sent;
  }
  [[nodiscard]] static std::vector<Tag> numbered(int first, int count) {
    std::vector<Tag> tags;
    for (int i = first; i < first + count; ++i) tags.emplace_back("tag", std::to_string(i));
    return tags;
  }

  static constexpr TimePoint noon{std::chrono::hours(12)};
  Positions positions_;
  Unsent unsent_{positions_};
};

TEST_F(Changes, are_pending_until_they_arrived) {
  unsent_.add(tag_a, noon);
  EXPECT_TRUE(unsent_.waiting());
  EXPECT_EQ(send_all().size(), 1U);
  EXPECT_FALSE(unsent_.waiting());
  EXPECT_FALSE(positions_.valid(tag_a, at_ms(50)));
  unsent_.arrived(at_ms(40));
  EXPECT_TRUE(positions_.valid(tag_a, at_ms(50)));
  EXPECT_FALSE(positions_.valid(tag_a, at_ms(39)));
}

TEST_F(Changes, that_were_lost_on_their_way_are_sent_again_first) {
  unsent_.add(tag_a, noon);
  EXPECT_EQ(send_all().size(), 1U);
  unsent_.add(tag_b, noon);
  unsent_.lost();
  const auto again = send_all();
  ASSERT_EQ(again.size(), 2U);
  EXPECT_EQ(again[0].tags.front(), tag_a.front());
  EXPECT_EQ(again[1].tags.front(), tag_b.front());
}

TEST_F(Changes, of_many_tags_are_sent_in_parts) {
  unsent_.add(numbered(0, 2500), noon);
  const auto sent = send_all();
  ASSERT_EQ(sent.size(), 3U);
  for (const auto& change : sent) EXPECT_LE(change.tags.size(), most_entry_tags);
}

TEST_F(Changes, of_the_same_tags_are_merged_with_the_later_window) {
  for (int i = 0; i < 100; ++i) unsent_.add(numbered(0, 1000), noon + std::chrono::seconds(i));
  std::size_t tags = 0;
  TimePoint latest;
  for (const auto& change : send_all()) {
    EXPECT_FALSE(change.all);
    tags += change.tags.size();
    latest = std::max(latest, change.settles_until);
    unsent_.arrived(at_ms(20));
  }
  EXPECT_LE(tags, 2 * Unsent::most_tags);
  EXPECT_EQ(latest, noon + std::chrono::seconds(99));
  EXPECT_TRUE(unsent_.empty());
  EXPECT_TRUE(positions_.valid(numbered(0, 1000), at_ms(20)));
}

TEST_F(Changes, of_too_many_tags_become_one_of_everything) {
  for (int i = 0; i < 30; ++i) unsent_.add(numbered(1000 * i, 1000), noon);
  const auto sent = send_all();
  ASSERT_FALSE(sent.empty());
  EXPECT_TRUE(sent.front().all);
  EXPECT_FALSE(positions_.valid(tag_b, at_ms(50)));
  for (std::size_t i = 0; i < sent.size(); ++i) unsent_.arrived(at_ms(40));
  EXPECT_TRUE(positions_.valid(tag_b, at_ms(40)));
  EXPECT_TRUE(positions_.valid(numbered(0, 30'000), at_ms(40)));
}

TEST_F(Changes, that_are_on_their_way_are_not_merged) {
  unsent_.add(tag_a, noon);
  EXPECT_EQ(send_all().size(), 1U);
  unsent_.add(tag_b, noon);
  unsent_.add_all(noon);
  unsent_.arrived(at_ms(20));
  const auto rest = send_all();
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_TRUE(rest[0].all);
  unsent_.arrived(at_ms(21));
  EXPECT_TRUE(positions_.valid(tag_a, at_ms(21)));
  EXPECT_TRUE(positions_.valid(tag_b, at_ms(21)));
}

}  // namespace
}  // namespace wats::cache::redis
