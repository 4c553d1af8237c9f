// What a stored answer costs: one shared object, at most one allocation, whatever its size.
#include "tests/support/allocations.hpp"
#include "tests/support/server_fixture.hpp"

#include <gtest/gtest.h>

#include <string>

namespace wats {
namespace {

class HitCost : public testing::ServerFixture, public ::testing::WithParamInterface<std::size_t> {};

INSTANTIATE_TEST_SUITE_P(revisions, HitCost, ::testing::Values(1, 50, 500));

TEST_P(HitCost, a_hit_makes_at_most_one_allocation) {
  add_product("PN-1", GetParam());
  const Client client(options());
  const auto first = client.products().find("PN-1").value();
  ASSERT_EQ(first->revisions.size(), GetParam());
  static_cast<void>(client.products().find("PN-1").value());

  const auto before = testing::allocations();
  const auto hit = client.products().find("PN-1").get();
  const auto made = testing::allocations() - before;

  ASSERT_TRUE(hit.has_value());
  EXPECT_EQ(hit->provenance().origin, Origin::memory);
  EXPECT_EQ(&**hit, &*first);
  EXPECT_LE(made, 1U);
}

TEST_F(HitCost, the_counter_counts) {
  const auto before = testing::allocations();
  const std::string text(1000, 'x');
  EXPECT_EQ(testing::allocations() - before, 1U);
  EXPECT_EQ(text.size(), 1000U);
}

}  // namespace
}  // namespace wats
