// Belady's optimum: by hand, against a naive one, and against everything that could have been done instead.
#include "apps/wats/simulate/belady.hpp"

#include "tests/unit/simulate/support.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <utility>

namespace wats::simulate {
namespace {

std::uint64_t misses(const KeyTrace& trace, std::size_t entries) {
  const Outcome outcome = Belady(trace).replay(entries);
  EXPECT_EQ(outcome.requests(), trace.requests.size());
  return outcome.misses;
}

TEST(Belady, example_of_the_textbooks) {
  // Silberschatz, Operating System Concepts: three frames, nine faults.
  EXPECT_EQ(misses(trace_of("70120304230321201701"), 3), 9U);
}

TEST(Belady, keeps_what_comes_soonest) {
  // a b c: a goes for d, since b and c come sooner.
  EXPECT_EQ(misses(trace_of("abcdbca"), 3), 5U);
  EXPECT_EQ(misses(trace_of("abcdabc"), 3), 5U);
}

TEST(Belady, a_key_that_never_comes_again_is_taken_in_too) {
  // With one entry x drives a out, although only a comes again.
  EXPECT_EQ(misses(trace_of("axa"), 1), 3U);
  EXPECT_EQ(misses(trace_of("axa"), 2), 2U);
}

TEST(Belady, with_room_for_all_each_key_is_missed_once) {
  EXPECT_EQ(misses(trace_of("abcabcabc"), 3), 3U);
  EXPECT_EQ(misses(trace_of("abcabcabc"), 1000), 3U);
}

TEST(Belady, with_one_entry_only_repeats_are_hits) {
  EXPECT_EQ(misses(trace_of("aabbbab"), 1), 4U);
}

/// As the definition has it: looks ahead at each miss.
std::uint64_t naive_misses(const KeyTrace& trace, std::size_t entries) {
  std::set<std::uint32_t> held;
  std::uint64_t count = 0;
  for (auto now = trace.requests.begin(); now != trace.requests.end(); ++now) {
    if (held.contains(*now)) continue;
    ++count;
    if (held.size() == entries) {
      const auto next_use = [&](std::uint32_t key) { return std::find(now, trace.requests.end(), key); };
      held.erase(*std::ranges::max_element(held, {}, next_use));
    }
    held.insert(*now);
  }
  return count;
}

TEST(Belady, misses_as_often_as_the_definition) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    const auto trace =
        random_trace(random, 1 + random() % 400, 1 + static_cast<std::uint32_t>(random() % 60));
    for (const std::size_t entries : {1U, 2U, 3U, 7U, 20U, 59U})
      ASSERT_EQ(misses(trace, entries), naive_misses(trace, entries)) << round << ", " << entries;
  }
}

/// The fewest misses over all choices of what goes, a missed key always being taken in.
class Exhaustive {
 public:
  Exhaustive(const KeyTrace& trace, std::size_t entries) : trace_(trace), entries_(entries) {}

  std::uint64_t misses(const std::set<std::uint32_t>& held = {}, std::size_t at = 0) {
    if (at == trace_.requests.size()) return 0;
    const auto known = known_.find({at, held});
    if (known != known_.end()) return known->second;
    const std::uint32_t key = trace_.requests[at];
    std::uint64_t fewest = trace_.requests.size();
    if (held.contains(key)) {
      fewest = misses(held, at + 1);
    } else if (held.size() < entries_) {
      fewest = 1 + misses(with(held, key), at + 1);
    } else {
      for (const std::uint32_t gone : held) {
        auto rest = held;
        rest.erase(gone);
        fewest = std::min(fewest, 1 + misses(with(rest, key), at + 1));
      }
    }
    return known_[{at, held}] = fewest;
  }

 private:
  static std::set<std::uint32_t> with(std::set<std::uint32_t> held, std::uint32_t key) {
    held.insert(key);
    return held;
  }

  const KeyTrace& trace_;
  std::size_t entries_;
  std::map<std::pair<std::size_t, std::set<std::uint32_t>>, std::uint64_t> known_;
};

TEST(Belady, nothing_else_would_have_missed_less) {
  std::mt19937 random(11);
  for (int round = 0; round < 100; ++round) {
    const auto trace = random_trace(random, 1 + random() % 24, 6);
    for (const std::size_t entries : {1U, 2U, 3U, 4U})
      ASSERT_EQ(misses(trace, entries), Exhaustive(trace, entries).misses()) << round << ", " << entries;
  }
}

TEST(Belady, long_traces_reach_all_levels_of_its_tree) {
  std::mt19937 random(3);
  const auto trace = random_trace(random, 300'000, 5'000);
  std::uint64_t before = trace.requests.size();
  for (const std::size_t entries : {1U, 50U, 500U, 2'500U, 5'000U}) {
    const auto now = misses(trace, entries);
    EXPECT_LT(now, before) << "more room, fewer misses";
    before = now;
  }
  EXPECT_EQ(before, trace.distinct_keys);
}

TEST(Belady, counts_what_it_has_done) {
  std::mt19937 random(3);
  const auto trace = random_trace(random, 10'000, 100);
  std::atomic<std::uint64_t> done{0};
  (void)Belady(trace).replay(10, &done);
  EXPECT_EQ(done, 2 * 4096U);
}

}  // namespace
}  // namespace wats::simulate
