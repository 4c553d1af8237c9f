// What a cache is built of, each part against a simple reference.
#include "wats/cache/detail/index.hpp"
#include "wats/cache/detail/list.hpp"
#include "wats/cache/detail/slab.hpp"
#include "wats/cache/detail/slot_list.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <vector>

namespace wats::cache::detail {
namespace {

// Hashes from a narrow range collide; those at the top of the range make probing wrap around.
class IndexOfHashes : public testing::TestWithParam<std::pair<std::uint32_t, std::uint32_t>> {};

TEST_P(IndexOfHashes, finds_exactly_what_was_inserted_and_not_erased) {
  const auto [lowest, highest] = GetParam();
  HashIndex index;
  std::map<Number, std::uint32_t> reference;
  std::mt19937 random(7);
  std::uniform_int_distribution<std::uint32_t> hashes(lowest, highest);
  std::vector<std::uint32_t> known;
  for (Number step = 0; step < 5000; ++step) {
    // Grows for a while, shrinks for a while.
    const bool insert = reference.empty() || random() % 100 < (step / 1000 % 2 == 0 ? 70U : 30U);
    if (insert) {
      const std::uint32_t hash = hashes(random);
      index.reserve_one();
      index.insert(hash, step);
      reference.emplace(step, hash);
      known.push_back(hash);
    } else {
      const auto victim = std::next(reference.begin(), static_cast<long>(random() % reference.size()));
      index.erase(victim->second, victim->first);
      reference.erase(victim);
    }
    if (step % 97 != 0) continue;
    for (const auto& [number, hash] : reference) {
      ASSERT_EQ(index.find(hash, [number = number](Number found) { return found == number; }), number);
    }
    for (const std::uint32_t hash : known) {
      std::vector<Number> seen;
      (void)index.find(hash, [&](Number found) {
        seen.push_back(found);
        return false;
      });
      std::vector<Number> expected;
      for (const auto& [number, filed] : reference) {
        if (filed == hash) expected.push_back(number);
      }
      std::sort(seen.begin(), seen.end());
      ASSERT_EQ(seen, expected) << "hash " << hash << " at step " << step;
      if (known.size() > 50) break;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Hashes, IndexOfHashes,
                         testing::Values(std::pair{0U, 0xffffffffU}, std::pair{0U, 20U},
                                         std::pair{0xfffffff0U, 0xffffffffU},
                                         std::pair{0xe0000000U, 0xffffffffU}));

TEST(HashIndex, an_empty_index_finds_nothing) {
  EXPECT_EQ(HashIndex().find(1, [](Number) { return true; }), no_number);
}

TEST(Slab, keeps_values_in_place_and_uses_freed_numbers_again) {
  Slab<std::shared_ptr<int>> slab;
  std::vector<const std::shared_ptr<int>*> addresses;
  addresses.reserve(200);
  for (int i = 0; i < 200; ++i) addresses.push_back(&slab[slab.create(std::make_shared<int>(i))]);
  for (Number number = 0; number < 200; ++number) {
    EXPECT_EQ(&slab[number], addresses[number]);
    EXPECT_EQ(*slab[number], static_cast<int>(number));
  }
  slab.destroy(5);
  slab.destroy(150);
  EXPECT_FALSE(slab.is_live(5));
  EXPECT_EQ(slab.create(std::make_shared<int>(1)), 150U);
  EXPECT_EQ(slab.create(std::make_shared<int>(2)), 5U);
  EXPECT_EQ(slab.create(std::make_shared<int>(3)), 200U);
  EXPECT_EQ(slab.end(), 201U);
}

TEST(Slab, destroys_what_is_alive_and_nothing_else) {
  const auto counted = std::make_shared<int>(0);
  {
    Slab<std::shared_ptr<int>> slab;
    for (int i = 0; i < 100; ++i) slab.create(counted);
    for (Number number = 0; number < 100; number += 3) slab.destroy(number);
    EXPECT_EQ(counted.use_count(), 1 + 66);
  }
  EXPECT_EQ(counted.use_count(), 1);
}

TEST(Slab, a_value_that_throws_while_it_is_made_leaves_the_slab_as_it_was) {
  struct Picky {
    explicit Picky(bool refuse) {
      if (refuse) throw std::runtime_error("refused");
    }
  };
  Slab<Picky> slab;
  const Number first = slab.create(false);
  const Number second = slab.create(false);
  EXPECT_THROW(slab.create(true), std::runtime_error);
  EXPECT_EQ(slab.end(), 2U);
  slab.destroy(first);
  EXPECT_THROW(slab.create(true), std::runtime_error);
  EXPECT_FALSE(slab.is_live(first));
  EXPECT_TRUE(slab.is_live(second));
  EXPECT_EQ(slab.create(false), first);
}

TEST(List, is_in_the_order_of_a_plain_one) {
  Slab<int> slab;
  List<int> list;
  std::list<Number> reference;
  std::mt19937 random(3);
  for (int step = 0; step < 5000; ++step) {
    const auto choice = random() % 10;
    if (reference.empty() || choice < 3) {
      const Number number = slab.create(step);
      list.push_front(slab, number);
      reference.push_front(number);
    } else {
      const auto place = std::next(reference.begin(), static_cast<long>(random() % reference.size()));
      const Number number = *place;
      reference.erase(place);
      if (choice < 8) {
        list.move_to_front(slab, number);
        reference.push_front(number);
      } else {
        list.unlink(slab, number);
        slab.destroy(number);
      }
    }
    ASSERT_EQ(list.back(), reference.empty() ? no_number : reference.back());
    ASSERT_EQ(list.size(), reference.size());
  }
}

TEST(SlotList, holds_what_it_was_given_near_or_far) {
  for (const std::size_t size : {0U, 1U, 3U, 4U, 70'000U}) {
    std::vector<TagTable::Slot> slots(size);
    for (std::size_t i = 0; i < size; ++i) slots[i] = static_cast<TagTable::Slot>(i * 7);
    SlotList list{slots};
    SlotList moved(std::move(list));
    SlotList assigned{std::vector<TagTable::Slot>(5, 9)};
    assigned = std::move(moved);
    EXPECT_TRUE(std::ranges::equal(assigned.view(), slots)) << size;
  }
}

TEST(Ghosts, are_the_last_ones_each_once) {
  Ghosts ghosts;
  for (std::uint32_t hash = 0; hash < 10; ++hash) ghosts.add(hash % 7, 4);
  // 6, 0, 1, 2 came last.
  for (const std::uint32_t hash : {3U, 4U, 5U}) EXPECT_FALSE(ghosts.erase(hash)) << hash;
  for (const std::uint32_t hash : {0U, 1U, 2U, 6U}) EXPECT_TRUE(ghosts.erase(hash)) << hash;
  EXPECT_FALSE(ghosts.erase(6));
  ghosts.add(1, 0);
  EXPECT_FALSE(ghosts.erase(1));
}

}  // namespace
}  // namespace wats::cache::detail
