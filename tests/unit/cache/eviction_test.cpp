// Each policy, by replay: request by request the cache answers as a plain model of the paper does.
#include "tests/unit/cache/support.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <list>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace wats::cache::test {
namespace {

/// A cache of keys, as plain as can be.
class Model {
 public:
  Model() = default;
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;
  virtual ~Model() = default;

  /// True: it was there.
  virtual bool request(const std::string& key) = 0;
  virtual void erase(const std::string& key) = 0;
};

using Keys = std::list<std::string>;

bool holds(const Keys& keys, const std::string& key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

class LruModel final : public Model {
 public:
  explicit LruModel(std::size_t size) : size_(size) {}
  bool request(const std::string& key) override {
    const bool hit = holds(keys_, key);
    keys_.remove(key);
    if (keys_.size() == size_) keys_.pop_back();
    keys_.push_front(key);
    return hit;
  }
  void erase(const std::string& key) override { keys_.remove(key); }

 private:
  std::size_t size_;
  Keys keys_;
};

/// Algorithm 1 of the paper on SIEVE; from the oldest to the newest goes from the back of a list to its
/// front.
class SieveModel final : public Model {
 public:
  explicit SieveModel(std::size_t size) : size_(size) {}
  bool request(const std::string& key) override {
    if (holds(queue_, key)) {
      visited_[key] = true;
      return true;
    }
    if (queue_.size() == size_) {
      if (hand_.empty()) hand_ = queue_.back();
      while (visited_[hand_]) {
        visited_[hand_] = false;
        hand_ = newer_than(hand_);
        if (hand_.empty()) hand_ = queue_.back();
      }
      const std::string victim = hand_;
      hand_ = newer_than(victim);
      queue_.remove(victim);
    }
    queue_.push_front(key);
    visited_[key] = false;
    return false;
  }
  void erase(const std::string& key) override {
    if (key == hand_) hand_ = newer_than(key);
    queue_.remove(key);
  }

 private:
  [[nodiscard]] std::string newer_than(const std::string& key) const {
    const auto at = std::find(queue_.begin(), queue_.end(), key);
    return at == queue_.begin() || at == queue_.end() ? "" : *std::prev(at);
  }

  std::size_t size_;
  Keys queue_;
  std::unordered_map<std::string, bool> visited_;
  std::string hand_;
};

/// Algorithm 1 of the paper on S3-FIFO.
class S3FifoModel final : public Model {
 public:
  explicit S3FifoModel(std::size_t size) : size_(size) {}
  bool request(const std::string& key) override {
    if (holds(small_, key) || holds(main_, key)) {
      freq_[key] = std::min(freq_[key] + 1, 3);
      return true;
    }
    while (small_.size() + main_.size() >= size_) {
      if (10 * small_.size() >= size_) {
        evict_small();
      } else {
        evict_main();
      }
    }
    if (holds(ghost_, key)) {
      ghost_.remove(key);
      main_.push_front(key);
    } else {
      small_.push_front(key);
    }
    freq_[key] = 0;
    return false;
  }
  void erase(const std::string& key) override {
    small_.remove(key);
    main_.remove(key);
  }

 private:
  void evict_small() {
    for (bool evicted = false; !evicted && !small_.empty();) {
      const std::string tail = small_.back();
      small_.pop_back();
      if (freq_[tail] > 1) {
        freq_[tail] = 0;
        main_.push_front(tail);
        if (10 * main_.size() > 9 * size_) evict_main();
      } else {
        ghost_.push_front(tail);
        while (10 * ghost_.size() > 9 * size_) ghost_.pop_back();
        evicted = true;
      }
    }
  }
  void evict_main() {
    for (bool evicted = false; !evicted && !main_.empty();) {
      const std::string tail = main_.back();
      main_.pop_back();
      if (freq_[tail] > 0) {
        --freq_[tail];
        main_.push_front(tail);
      } else {
        evicted = true;
      }
    }
  }

  std::size_t size_;
  Keys small_;
  Keys main_;
  Keys ghost_;
  std::unordered_map<std::string, int> freq_;
};

std::unique_ptr<Model> model_of(Policy policy, std::size_t size) {
  switch (policy) {
    case Policy::lru:
      return std::make_unique<LruModel>(size);
    case Policy::sieve:
      return std::make_unique<SieveModel>(size);
    case Policy::s3_fifo:
      return std::make_unique<S3FifoModel>(size);
  }
  return nullptr;
}

IntCache cache_of(Policy policy, std::size_t size) {
  Options options;
  options.policy = policy;
  options.max_entries = size;
  options.shards = 1;
  return IntCache(options);
}

/// True: it was there; else it is loaded.
bool request(IntCache& cache, const std::string& key) {
  if (cache.find(key)) return true;
  cache.put(key, number(1));
  return false;
}

class Eviction : public ::testing::TestWithParam<Policy> {};

INSTANTIATE_TEST_SUITE_P(each, Eviction, ::testing::Values(Policy::lru, Policy::sieve, Policy::s3_fifo));

/// Few are asked for often: the n-th about n times less than the first. Whom that is moves on slowly.
std::string next_key(std::mt19937& random, int request) {
  constexpr double keys = 400;
  const double even = std::uniform_real_distribution<double>(0, 1)(random);
  return std::to_string(static_cast<int>(std::pow(keys, even)) + request / 500);
}

TEST_P(Eviction, answers_each_request_as_the_paper_has_it) {
  for (const std::size_t size : {1U, 2U, 3U, 9U, 10U, 11U, 25U, 64U, 100U, 237U}) {
    IntCache cache = cache_of(GetParam(), size);
    const auto model = model_of(GetParam(), size);
    std::mt19937 random(static_cast<unsigned>(size));
    int hits = 0;
    for (int i = 0; i < 20'000; ++i) {
      const std::string key = next_key(random, i);
      const bool hit = request(cache, key);
      hits += hit ? 1 : 0;
      ASSERT_EQ(hit, model->request(key)) << "request " << i << " of " << size << " entries, for " << key;
      // What is taken away by hand must not confuse it.
      if (i % 37 == 0) {
        const std::string gone = next_key(random, i);
        cache.erase(gone);
        model->erase(gone);
      }
      ASSERT_LE(cache.stats().entries, size);
    }
    EXPECT_GT(hits, 100);
  }
}

TEST_P(Eviction, goes_on_from_nothing_after_a_clear) {
  IntCache cache = cache_of(GetParam(), 10);
  for (int round = 0; round < 3; ++round) {
    const auto model = model_of(GetParam(), 10);
    std::mt19937 random(5);
    for (int i = 0; i < 500; ++i) {
      const std::string key = next_key(random, i);
      ASSERT_EQ(request(cache, key), model->request(key)) << i;
    }
    cache.clear();
  }
}

TEST_P(Eviction, a_new_value_for_a_key_is_one_more_use_of_it) {
  IntCache cache = cache_of(GetParam(), 10);
  for (int i = 0; i < 10; ++i) cache.put(std::to_string(i), number(i));
  // Used twice, as S3-FIFO wants it to be.
  for (int i = 0; i < 2; ++i) cache.put("0", number(100));
  for (int i = 10; i < 19; ++i) cache.put(std::to_string(i), number(i));
  EXPECT_TRUE(cache.find("0"));
  EXPECT_EQ(cache.stats().entries, 10U);
}

TEST(Sieve, spares_what_was_used_once_and_never_moves_it) {
  IntCache cache = cache_of(Policy::sieve, 7);
  for (const char* const key : {"A", "B", "C", "D", "E", "F", "G"}) request(cache, key);
  for (const char* const key : {"A", "B", "G"}) EXPECT_TRUE(request(cache, key));
  // As in the paper's figure: A and B are spared, C goes, the hand stays beside D.
  EXPECT_FALSE(request(cache, "H"));
  EXPECT_FALSE(cache.find("C"));
  EXPECT_TRUE(request(cache, "A"));
  EXPECT_TRUE(request(cache, "D"));
  EXPECT_FALSE(request(cache, "I"));
  EXPECT_FALSE(cache.find("E"));
  EXPECT_TRUE(cache.find("B"));
}

TEST(S3Fifo, a_scan_drives_nothing_out_that_is_used) {
  IntCache cache = cache_of(Policy::s3_fifo, 100);
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 50; ++i) request(cache, "used " + std::to_string(i));
  }
  for (int i = 0; i < 1'000; ++i) request(cache, "scanned " + std::to_string(i));
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(cache.find("used " + std::to_string(i))) << i;
}

}  // namespace
}  // namespace wats::cache::test
