// The simulator against plain models of the papers, on small traces and on one with very many keys.
#include "apps/wats/simulate/replay.hpp"

#include "apps/wats/simulate/belady.hpp"
#include "tests/unit/simulate/support.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <list>
#include <random>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace wats::simulate {
namespace {

using cache::Policy;
using Queue = std::list<std::uint32_t>;

std::uint64_t misses(const KeyTrace& trace, Policy policy, std::size_t entries) {
  const Outcome outcome = replay(trace, policy, entries);
  EXPECT_EQ(outcome.requests(), trace.requests.size());
  return outcome.misses;
}

/// The front is the newest.
std::uint64_t lru_misses(const KeyTrace& trace, std::size_t entries) {
  Queue queue;
  std::uint64_t count = 0;
  for (const auto key : trace.requests) {
    const auto at = std::ranges::find(queue, key);
    if (at == queue.end()) ++count;
    if (at != queue.end()) queue.erase(at);
    if (queue.size() == entries) queue.pop_back();
    queue.push_front(key);
  }
  return count;
}

std::uint64_t sieve_misses(const KeyTrace& trace, std::size_t entries) {
  Queue queue;
  std::unordered_set<std::uint32_t> visited;
  // What the hand is at; the end: the oldest.
  auto hand = queue.end();
  const auto newer = [&](Queue::iterator at) { return at == queue.begin() ? queue.end() : std::prev(at); };
  std::uint64_t count = 0;
  for (const auto key : trace.requests) {
    if (std::ranges::find(queue, key) != queue.end()) {
      visited.insert(key);
      continue;
    }
    ++count;
    if (queue.size() == entries) {
      if (hand == queue.end()) hand = std::prev(queue.end());
      while (visited.erase(*hand) > 0) {
        hand = newer(hand);
        if (hand == queue.end()) hand = std::prev(queue.end());
      }
      const auto gone = hand;
      hand = newer(hand);
      queue.erase(gone);
    }
    queue.push_front(key);
  }
  return count;
}

/// Keys in the order of their coming, any of which may be looked up or taken out.
class KeyQueue {
 public:
  [[nodiscard]] bool contains(std::uint32_t key) const { return places_.contains(key); }
  [[nodiscard]] std::size_t size() const { return places_.size(); }
  void push(std::uint32_t key) { places_[key] = queue_.insert(queue_.end(), key); }
  std::uint32_t pop() {
    const auto key = queue_.front();
    erase(key);
    return key;
  }
  void erase(std::uint32_t key) {
    queue_.erase(places_.at(key));
    places_.erase(key);
  }

 private:
  Queue queue_;
  std::unordered_map<std::uint32_t, Queue::iterator> places_;
};

/// Algorithm 1 of the paper.
class S3Fifo {
 public:
  explicit S3Fifo(std::size_t entries) : entries_(entries) {}

  bool request(std::uint32_t key) {
    if (small_.contains(key) || main_.contains(key)) {
      uses_[key] = std::min(uses_[key] + 1, 3);
      return true;
    }
    while (small_.size() + main_.size() >= entries_) {
      if (10 * small_.size() >= entries_) {
        evict_small();
      } else {
        evict_main();
      }
    }
    uses_[key] = 0;
    if (ghosts_.contains(key)) {
      ghosts_.erase(key);
      main_.push(key);
    } else {
      small_.push(key);
    }
    return false;
  }

 private:
  void evict_small() {
    while (small_.size() > 0) {
      const auto key = small_.pop();
      if (uses_[key] <= 1) {
        ghosts_.push(key);
        while (10 * ghosts_.size() > 9 * entries_) ghosts_.pop();
        return;
      }
      uses_[key] = 0;
      main_.push(key);
      if (10 * main_.size() > 9 * entries_) evict_main();
    }
  }
  void evict_main() {
    while (main_.size() > 0) {
      const auto key = main_.pop();
      if (uses_[key] == 0) return;
      --uses_[key];
      main_.push(key);
    }
  }

  std::size_t entries_;
  KeyQueue small_;
  KeyQueue main_;
  KeyQueue ghosts_;
  std::unordered_map<std::uint32_t, int> uses_;
};

std::uint64_t s3_fifo_misses(const KeyTrace& trace, std::size_t entries) {
  S3Fifo model(entries);
  return static_cast<std::uint64_t>(
      std::ranges::count_if(trace.requests, [&](std::uint32_t key) { return !model.request(key); }));
}

TEST(Replay, small_traces_miss_as_the_models_do) {
  std::mt19937 random(5);
  for (int round = 0; round < 60; ++round) {
    const auto trace =
        random_trace(random, 1 + random() % 800, 1 + static_cast<std::uint32_t>(random() % 90));
    for (const std::size_t entries : {1U, 2U, 3U, 9U, 10U, 11U, 40U, 100U}) {
      ASSERT_EQ(misses(trace, Policy::lru, entries), lru_misses(trace, entries)) << round << ", " << entries;
      ASSERT_EQ(misses(trace, Policy::sieve, entries), sieve_misses(trace, entries))
          << round << ", " << entries;
      ASSERT_EQ(misses(trace, Policy::s3_fifo, entries), s3_fifo_misses(trace, entries))
          << round << ", " << entries;
    }
  }
}

TEST(Replay, nothing_is_better_than_belady) {
  std::mt19937 random(6);
  for (int round = 0; round < 20; ++round) {
    const auto trace = random_trace(random, 2'000, 200);
    for (const std::size_t entries : {1U, 10U, 60U}) {
      const auto best = Belady(trace).replay(entries).misses;
      for (const Policy policy : {Policy::lru, Policy::sieve, Policy::s3_fifo})
        EXPECT_GE(misses(trace, policy, entries), best);
    }
  }
}

TEST(Replay, what_a_time_to_live_or_a_bound_on_bytes_would_drop_stays) {
  std::mt19937 random(8);
  const auto trace = random_trace(random, 200'000, 150'000);
  for (const Policy policy : {Policy::lru, Policy::sieve, Policy::s3_fifo})
    EXPECT_EQ(misses(trace, policy, 150'000), trace.distinct_keys) << "there is room for all";
}

TEST(Replay, no_two_keys_are_one_ghost) {
  // Known by 32 bits of an ordinary hash, a dozen new keys would be taken for what has lately left, come to
  // the main queue at once and be hit there later.
  std::mt19937 random(9);
  KeyTrace trace;
  trace.distinct_keys = 400'000;
  for (std::uint32_t key = 0; key < trace.distinct_keys; ++key) {
    trace.requests.push_back(key);
    trace.requests.push_back(key - static_cast<std::uint32_t>(random() % std::min(key + 1, 240'000U)));
  }
  constexpr std::size_t entries = 120'000;
  EXPECT_EQ(misses(trace, Policy::s3_fifo, entries), s3_fifo_misses(trace, entries));
}

}  // namespace
}  // namespace wats::simulate
