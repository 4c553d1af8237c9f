// The index, the slab and the recency list, each against a simple reference.
#include "wats/cache/detail/index.hpp"
#include "wats/cache/detail/lru_policy.hpp"
#include "wats/cache/detail/slab.hpp"

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

TEST(LruPolicy, names_the_victims_of_a_plain_list) {
  Slab<int> slab;
  LruPolicy<int> policy;
  std::list<Number> reference;  // most recently used first
  std::mt19937 random(3);
  for (int step = 0; step < 5000; ++step) {
    const auto choice = random() % 10;
    if (reference.empty() || choice < 3) {
      const Number number = slab.create(step);
      policy.inserted(slab, number);
      reference.push_front(number);
    } else {
      const auto place = std::next(reference.begin(), static_cast<long>(random() % reference.size()));
      const Number number = *place;
      reference.erase(place);
      if (choice < 8) {
        policy.hit(slab, number);
        reference.push_front(number);
      } else {
        policy.removed(slab, number);
        slab.destroy(number);
      }
    }
    ASSERT_EQ(policy.victim(), reference.empty() ? no_number : reference.back());
  }
}

}  // namespace
}  // namespace wats::cache::detail
