// How much is kept, what leaves first, and how much may wait.
#include "tests/unit/cache_disk/support.hpp"
#include "wats/cache_disk/disk_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <latch>

namespace wats::cache::test {
namespace {

namespace fs = std::filesystem;

TEST(DiskBounds, keeps_the_file_small_whatever_is_stored) {
  Place place;
  auto settings = place.settings();
  settings.max_bytes = std::size_t{4} << 20U;
  {
    const auto level = open_disk(settings);
    for (int i = 0; i < 5000; ++i) {
      place.put(*level, "key " + std::to_string(i), std::string(4096, 'x'),
                {Tag("t"), Tag("u", std::to_string(i))});
      if (i % 100 == 0) settle(*level);
    }
    settle(*level);
    const auto stats = level->stats();
    EXPECT_EQ(stats.stored, 5000U);
    EXPECT_LE(stats.bytes, settings.max_bytes);
    EXPECT_GT(stats.bytes, settings.max_bytes / 10 * 8);
    EXPECT_EQ(body(*level, "key 4999").size(), 4096U);
    EXPECT_EQ(body(*level, "key 0"), "-");
    EXPECT_LE(fs::file_size(place.file().string() + "-wal"), std::size_t{10} << 20U);
  }
  EXPECT_LE(fs::file_size(place.file()), settings.max_bytes / 10 * 12);
}

TEST(DiskBounds, bounds_the_file_by_small_records_too) {
  Place place;
  auto settings = place.settings();
  settings.max_bytes = std::size_t{1} << 20U;
  {
    const auto level = open_disk(settings);
    for (int i = 0; i < 20000; ++i) {
      place.put(*level, "key " + std::to_string(i), "x", {Tag("t"), Tag("u", std::to_string(i))});
      if (i % 1000 == 0) settle(*level);
    }
    settle(*level);
  }
  EXPECT_LE(fs::file_size(place.file()), settings.max_bytes / 10 * 12);
}

TEST(DiskBounds, drops_first_what_was_not_used_for_longest) {
  Place place;
  auto settings = place.settings();
  settings.max_bytes = std::size_t{64} << 10U;
  const std::string kilobytes(3000, 'x');
  const auto level = open_disk(settings);
  for (int i = 0; i < 20; ++i) place.put(*level, std::to_string(i), kilobytes);
  settle(*level);
  place.clock.advance(2min);
  EXPECT_NE(body(*level, "0"), "-");
  place.put(*level, "20", kilobytes);
  EXPECT_NE(body(*level, "0"), "-");
  EXPECT_EQ(body(*level, "1"), "-");
  EXPECT_NE(body(*level, "20"), "-");
}

TEST(DiskBounds, remembers_over_a_restart_what_was_used) {
  Place place;
  auto settings = place.settings();
  settings.max_bytes = std::size_t{64} << 10U;
  const std::string kilobytes(3000, 'x');
  {
    const auto level = open_disk(settings);
    for (int i = 0; i < 20; ++i) place.put(*level, std::to_string(i), kilobytes);
    settle(*level);
    place.clock.advance(2min);
    EXPECT_NE(body(*level, "0"), "-");
  }
  const auto level = open_disk(settings);
  place.put(*level, "20", kilobytes);
  EXPECT_NE(body(*level, "0"), "-");
  EXPECT_EQ(body(*level, "1"), "-");
}

TEST(DiskBounds, does_not_keep_what_would_take_more_than_an_eighth) {
  Place place;
  auto settings = place.settings();
  settings.max_bytes = std::size_t{64} << 10U;
  const auto level = open_disk(settings);
  place.put(*level, "large", std::string(9000, 'x'));
  EXPECT_EQ(body(*level, "large"), "-");
  EXPECT_EQ(level->stats().dropped, 1U);
}

TEST(DiskBounds, shrinks_the_file_when_it_is_given_less) {
  Place place;
  {
    const auto level = place.open();
    for (int i = 0; i < 500; ++i) place.put(*level, std::to_string(i), std::string(4000, 'x'));
  }
  const auto before = fs::file_size(place.file());
  auto settings = place.settings();
  settings.max_bytes = std::size_t{256} << 10U;
  settle(*open_disk(settings));
  EXPECT_LT(fs::file_size(place.file()), before / 4);
}

/// A level whose thread is held up in an answer until release().
class Held {
 public:
  explicit Held(SecondLevel& level) {
    std::promise<void> held;
    level.find("held", [this, &held](const std::optional<Record>&) {
      held.set_value();
      may_go_.wait();
    });
    held.get_future().get();
  }
  void release() { may_go_.count_down(); }

 private:
  std::latch may_go_{1};
};

TEST(DiskBounds, answers_with_nothing_when_too_many_wait) {
  Place place;
  const auto level = place.open();
  Held held(*level);
  std::atomic<int> answers = 0;
  const auto count = [&answers](const std::optional<Record>&) { ++answers; };
  std::promise<void> all;
  for (int i = 0; i < 1023; ++i) level->find("key", count);
  level->find("key", [&](const std::optional<Record>& record) {
    count(record);
    all.set_value();
  });
  EXPECT_EQ(answers, 0);
  level->find("key", count);
  EXPECT_EQ(answers, 1);
  EXPECT_EQ(level->stats().failed, 1U);
  held.release();
  all.get_future().get();
  EXPECT_EQ(answers, 1025);
}

TEST(DiskBounds, drops_stores_but_no_change_when_too_much_waits) {
  Place place;
  const auto level = place.open();
  place.put(*level, "kept", "kept", {Tag("a")});
  Held held(*level);
  for (int i = 0; i < 40; ++i) place.put(*level, std::to_string(i), std::string(std::size_t{1} << 20U, 'x'));
  const auto dropped = level->stats().dropped;
  EXPECT_GE(dropped, 8U);
  EXPECT_LE(dropped, 10U);
  change(*level, Tag("a"));
  for (int i = 0; i < 20000; ++i) level->erase("nothing " + std::to_string(i));
  held.release();
  EXPECT_EQ(body(*level, "kept"), "-");
}

TEST(DiskBounds, does_what_waits_before_it_closes) {
  Place place;
  {
    const auto level = place.open();
    for (int i = 0; i < 1000; ++i) place.put(*level, std::to_string(i), std::string(1000, 'x'), {Tag("a")});
    place.put(*level, "kept", "kept");
    change(*level, Tag("a"));
  }
  const auto level = place.open();
  EXPECT_EQ(body(*level, "kept"), "kept");
  EXPECT_EQ(level->stats().entries, 1U);
}

TEST(DiskFile, shows_what_is_there_while_it_is_used) {
  Place place;
  const auto level = place.open();
  place.put(*level, "product 1", "12345", {Tag("a"), Tag("b")});
  place.clock.advance(2min);
  place.put(*level, "product 2", "123");
  place.put(*level, "unit 1", "1");
  settle(*level);
  const auto file = DiskFile::open(place.path());
  const auto stats = file.stats(place.clock.now());
  EXPECT_EQ(stats.entries, 3U);
  EXPECT_EQ(stats.fresh, 2U);
  EXPECT_EQ(stats.stale, 1U);
  EXPECT_EQ(stats.over, 0U);
  EXPECT_EQ(stats.oldest, 2min);
  EXPECT_EQ(stats.bytes, level->stats().bytes);
  EXPECT_GT(stats.file_bytes, 0U);
  const auto products = file.list(place.clock.now(), "product");
  ASSERT_EQ(products.size(), 2U);
  EXPECT_EQ(products[0].key, "product 1");
  EXPECT_EQ(products[0].body_bytes, 5U);
  EXPECT_EQ(products[0].age, 2min);
  EXPECT_EQ(products[0].ttl_left, -1min);
  EXPECT_EQ(products[0].tags, 2U);
  EXPECT_EQ(file.list(place.clock.now()).size(), 3U);
  EXPECT_EQ(file.list(place.clock.now(), {}, 1).size(), 1U);
  const auto found = file.find("product 1");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->bytes, "12345");
  EXPECT_FALSE(file.find("product"));
}

TEST(DiskFile, clears_beside_the_level_that_uses_it) {
  Place place;
  const auto level = place.open();
  place.put(*level, "a", "a", {Tag("a")});
  change(*level, Tag("b"), 30s);
  settle(*level);
  EXPECT_EQ(DiskFile::open(place.path()).clear(), 1U);
  EXPECT_EQ(body(*level, "a"), "-");
  place.put(*level, "b", "b");
  settle(*level);
  EXPECT_EQ(level->stats().entries, 1U);
  EXPECT_EQ(body(*level, "b"), "b");
}

TEST(DiskFile, says_what_is_wrong_where_there_is_none) {
  Place place;
  EXPECT_THROW(static_cast<void>(DiskFile::open(place.path())), std::runtime_error);
  fs::create_directories(place.file());
  EXPECT_THROW(static_cast<void>(DiskFile::open(place.path())), std::runtime_error);
}

}  // namespace
}  // namespace wats::cache::test
