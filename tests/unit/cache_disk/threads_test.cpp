// Many threads at one level.
#include "tests/unit/cache_disk/support.hpp"
#include "wats/cache_disk/disk_file.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <latch>
#include <thread>

namespace wats::cache::test {
namespace {

constexpr int keys = 8;

/// The truth of each key is a number that only grows; a change is told after it has grown.
TEST(DiskThreads, never_find_what_was_changed_before_they_asked) {
  Place place;
  auto settings = place.settings();
  settings.max_bytes = std::size_t{256} << 10U;
  const auto level = open_disk(settings);
  std::array<std::atomic<int>, keys> truth{};
  std::array<std::atomic<int>, keys> told{};
  std::atomic<int> found = 0;
  const auto tag_of = [](int key) { return Tag("key", std::to_string(key)); };
  const auto name_of = [](int key) { return std::to_string(key); };

  const auto load = [&](int key) {
    const auto since = level->stamp();
    const int value = truth[static_cast<std::size_t>(key)];
    level->store(name_of(key), place.record(std::to_string(value) + std::string(500, ' '), {tag_of(key)}),
                 since);
  };
  const auto look = [&](int key) {
    const int least = told[static_cast<std::size_t>(key)];
    const auto record = find(*level, name_of(key));
    if (!record) return;
    ++found;
    ASSERT_GE(std::stoi(record->bytes), least);
  };
  const auto write = [&](int key) {
    const int value = ++truth[static_cast<std::size_t>(key)];
    change(*level, tag_of(key));
    // Of several writers the largest.
    auto& last = told[static_cast<std::size_t>(key)];
    for (int before = last; before < value && !last.compare_exchange_weak(before, value);) continue;
  };

  std::vector<std::jthread> threads;
  for (int which = 0; which < 6; ++which) {
    threads.emplace_back([&, which] {
      for (int i = 0; i < 600; ++i) {
        const int key = (i * 7 + which) % keys;
        load(key);
        look(key);
        if (i % 5 == which % 5) write(key);
        if (which == 0 && i % 100 == 0) level->changed_all({}, nullptr);
        if (which == 1 && i % 50 == 0) level->listen(std::make_shared<Ear>());
        if (which == 2 && i % 100 == 0) level->erase(name_of(key));
        if (which == 3 && i % 100 == 0)
          static_cast<void>(DiskFile::open(place.path()).stats(place.clock.now()));
        static_cast<void>(level->stats());
      }
    });
  }
  threads.clear();
  EXPECT_GT(found, 100);
}

TEST(DiskThreads, close_while_others_are_still_answered) {
  Place place;
  std::atomic<int> answers = 0;
  for (int round = 0; round < 20; ++round) {
    const auto level = place.open();
    std::vector<std::jthread> threads;
    for (int which = 0; which < 3; ++which) {
      threads.emplace_back([&] {
        for (int i = 0; i < 50; ++i)
          level->find("key", [&answers](const std::optional<Record>&) { ++answers; });
      });
    }
  }
  EXPECT_EQ(answers, 20 * 3 * 50);
}

}  // namespace
}  // namespace wats::cache::test
