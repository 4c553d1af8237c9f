// No client shows a wrong answer, whatever is read and written by whom, and whatever fails: random sequences
// over every operation, each answer judged by the server's version history. Each kind of fault that this is
// there to find is planted once, and found.
//
// A failure prints its seed; WATS_PROPERTY_SEED=N plays that sequence again, WATS_PROPERTY_SEQUENCES=N plays
// more or fewer of them.
#include "tests/property/invalidation/campaign.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <random>
#include <string>

namespace wats::testing {
namespace {

std::optional<std::uint64_t> number_in(const char* variable) {
  const char* const text = std::getenv(variable);
  if (text == nullptr || *text == '\0') return std::nullopt;
  return std::stoull(text);
}

#ifdef WATS_SANITIZED
constexpr std::uint64_t usual_number = 250;
#else
constexpr std::uint64_t usual_number = 2000;
#endif

void print(const Tallies& tallies) {
  for (const auto& [operation, tally] : tallies) {
    std::cout << "  " << operation << ": " << tally.answered << " answered (" << tally.from_memory
              << " from memory, " << tally.from_second_level << " from the second level, " << tally.joined
              << " joined), " << tally.refused << " refused, " << tally.failed << " failed\n";
  }
}

TEST(Invalidation, no_client_shows_a_wrong_answer) {
  const auto only = number_in("WATS_PROPERTY_SEED");
  const std::uint64_t begin = only.value_or(std::random_device()());
  const std::uint64_t count = only ? 1 : number_in("WATS_PROPERTY_SEQUENCES").value_or(usual_number);
  Campaign campaign;
  Tallies tallies;
  std::size_t checks = 0;
  for (std::uint64_t seed = begin; seed < begin + count; ++seed) {
    const Sequence sequence(seed);
    const Verdict verdict = campaign.run(sequence);
    ASSERT_TRUE(verdict.problems.empty()) << verdict.problems.front() << '\n' << campaign.report(sequence);
    checks += verdict.checks;
    for (const auto& [operation, tally] : verdict.tallies) tallies[operation] += tally;
  }
  std::cout << count << " sequences from seed " << begin << ", " << checks << " answers checked\n";
  print(tallies);
  // A run in which nothing is remembered would prove nothing; a short one may not come to everything.
  constexpr std::uint64_t least = 1000;
  if (count < least) return;
  op::All::for_each([&]<class Op>() {
    const Tally& tally = tallies[std::string(Op::card.id)];
    EXPECT_GT(tally.answered, 0U) << Op::card.id;
    if (!Op::card.is_read() || Op::card.cache_class == CacheClass::never) return;
    EXPECT_GT(tally.from_memory, tally.answered / 20) << Op::card.id;
    EXPECT_GT(tally.joined, 0U) << Op::card.id;
  });
}

/// Sequences until the fault is found, as many as a run has; nothing: it is not.
std::optional<std::uint64_t> sequences_to_find(const Plant& plant) {
  Campaign campaign(&plant);
  for (std::uint64_t seed = 1; seed <= usual_number; ++seed) {
    if (!campaign.run(Sequence(seed)).problems.empty()) return seed;
  }
  return std::nullopt;
}

void expect_found(const Plant& plant, const std::string& what) {
#ifdef WATS_SANITIZED
  GTEST_SKIP() << "what the property can find does not depend on the compiler";
#endif
  const auto needed = sequences_to_find(plant);
  ASSERT_TRUE(needed.has_value()) << "nobody notices: " << what;
  std::cout << what << ": found by sequence " << *needed << '\n';
}

class DroppedEdge : public ::testing::TestWithParam<Edge> {};

TEST_P(DroppedEdge, is_found) {
  expect_found(Plant::without(GetParam()), "without " + GetParam().text());
}

INSTANTIATE_TEST_SUITE_P(Invalidation, DroppedEdge, ::testing::ValuesIn(all_edges()), [](const auto& info) {
  std::string name;
  for (const char c : info.param.text())
    name.push_back(std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_');
  return name;
});

TEST(PlantedFault, settling_windows_skipped_is_found) {
  Plant plant;
  plant.skips_settling = true;
  expect_found(plant, "settling windows skipped");
}

TEST(PlantedFault, settling_windows_skipped_on_the_backplane_is_found) {
  Plant plant;
  plant.backplane_skips_settling = true;
  expect_found(plant, "settling windows skipped on the backplane");
}

TEST(PlantedFault, a_silent_backplane_is_found) {
  Plant plant;
  plant.backplane_is_silent = true;
  expect_found(plant, "a backplane that tells nobody");
}

TEST(PlantedFault, a_scope_shared_by_two_principals_is_found) {
  Plant plant;
  plant.shares_scope = true;
  expect_found(plant, "a scope shared by two principals");
}

/// What the cards are wrapped in to plant a fault is none itself.
TEST(PlantedFault, none_is_not_found) {
  const Plant none;
  Campaign campaign(&none);
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const Sequence sequence(seed);
    const Verdict verdict = campaign.run(sequence);
    ASSERT_TRUE(verdict.problems.empty()) << campaign.report(sequence);
  }
}

}  // namespace
}  // namespace wats::testing
