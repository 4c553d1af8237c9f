// Many threads at once: one load, no stale value, bounds and counts that still add up.
#include "support.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace wats::cache::test {
namespace {

constexpr std::uint64_t others = 15;

void wait_until_joined(IntCache& cache, std::uint64_t count) {
  while (cache.stats().joined < count) std::this_thread::yield();
}

TEST(CacheOfManyThreads, sixteen_that_miss_one_key_blocking_and_not_cause_exactly_one_load) {
  for (int round = 0; round < 20; ++round) {
    IntCache cache;
    std::atomic<int> loads = 0;
    std::atomic<int> sum = 0;
    {
      std::vector<std::jthread> threads;
      threads.reserve(16);
      std::vector<std::jthread> loaders(16);
      for (std::size_t i = 0; i < 16; ++i) {
        if (i % 2 == 0) {
          threads.emplace_back([&] {
            // The load does not end before all others wait for it, whoever leads.
            sum += *cache.get("key", [&] {
              ++loads;
              wait_until_joined(cache, others);
              return number(1);
            });
          });
        } else {
          threads.emplace_back([&, i] {
            std::promise<int> told;
            cache.get_async(
                "key",
                [&, i](IntCache::Ticket ticket) {
                  ++loads;
                  loaders[i] = std::jthread([&cache, ticket = std::move(ticket)]() mutable {
                    wait_until_joined(cache, others);
                    ticket.land(number(1));
                  });
                },
                [&](const IntCache::Landing& landing) { told.set_value(*landing.value); });
            sum += told.get_future().get();
          });
        }
      }
      threads.clear();
    }
    EXPECT_EQ(loads, 1);
    EXPECT_EQ(sum, 16);
    EXPECT_EQ(cache.stats().loads, 1U);
  }
}

TEST(CacheOfManyThreads, a_thousand_misses_blocking_and_not_cause_exactly_one_load) {
  constexpr std::size_t blocking = 250;
  constexpr std::size_t callers = 2;
  constexpr std::size_t calls_each = 375;
  IntCache cache;
  std::atomic<int> loads = 0;
  std::atomic<std::size_t> sum = 0;
  std::mutex mutex;
  std::vector<std::jthread> loaders;
  const auto lead = [&](const auto& end) {
    ++loads;
    wait_until_joined(cache, blocking + callers * calls_each - 1);
    end();
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < blocking; ++i) {
      threads.emplace_back([&] {
        sum += static_cast<std::size_t>(*cache.get("key", [&] {
          lead([] {});
          return number(1);
        }));
      });
    }
    for (std::size_t i = 0; i < callers; ++i) {
      threads.emplace_back([&] {
        for (std::size_t k = 0; k < calls_each; ++k) {
          cache.get_async(
              "key",
              [&](IntCache::Ticket ticket) {
                const std::lock_guard lock(mutex);
                loaders.emplace_back(
                    [&, ticket = std::move(ticket)]() mutable { lead([&] { ticket.land(number(1)); }); });
              },
              [&](const IntCache::Landing& landing) { sum += static_cast<std::size_t>(*landing.value); });
        }
      });
    }
  }
  loaders.clear();
  EXPECT_EQ(loads, 1);
  EXPECT_EQ(sum, 1000U);
  EXPECT_EQ(cache.stats().loads, 1U);
}

TEST(CacheOfManyThreads, an_exception_of_the_one_load_reaches_all_threads) {
  IntCache cache;
  std::atomic<int> loads = 0;
  std::atomic<int> caught = 0;
  std::vector<std::jthread> threads;
  threads.reserve(16);
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      try {
        (void)cache.get("key", [&]() -> IntCache::Pointer {
          ++loads;
          wait_until_joined(cache, others);
          throw std::runtime_error("refused");
        });
      } catch (const std::runtime_error&) {
        ++caught;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(loads, 1);
  EXPECT_EQ(caught, 16);
}

TEST(CacheOfManyThreads, threads_that_wait_for_a_load_that_is_given_up_load_again) {
  IntCache cache;
  auto lead = std::make_unique<IntCache::Lookup>(cache.find_or_join("key", {}, std::make_shared<Recorder>()));
  std::atomic<int> loads = 0;
  std::atomic<int> sum = 0;
  std::vector<std::jthread> threads;
  threads.reserve(16);
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      sum += *cache.get("key", [&] {
        ++loads;
        return number(1);
      });
    });
  }
  wait_until_joined(cache, 8);
  lead.reset();
  threads.clear();
  EXPECT_EQ(loads, 1);
  EXPECT_EQ(sum, 8);
}

// A little server: a version per key that grows. A reader remembers the version whose write was over before
// it asked.
class Server {
 public:
  static constexpr std::size_t keys = 4;

  [[nodiscard]] int read(std::size_t key) const { return stored_[key].load(); }
  [[nodiscard]] int finished(std::size_t key) const { return finished_[key].load(); }
  void write(std::size_t key, IntCache& cache) {
    const int version = ++stored_[key];
    cache.invalidate(Tag("key", std::to_string(key)));
    int seen = finished_[key].load();
    while (seen < version && !finished_[key].compare_exchange_weak(seen, version)) {
    }
  }

 private:
  std::array<std::atomic<int>, keys> stored_{};
  std::array<std::atomic<int>, keys> finished_{};
};

// known: the readers know the tag beforehand; else only the answer brings it.
void nobody_reads_an_older_state(bool known) {
  IntCache cache;
  Server server;
  std::atomic<int> stale = 0;
  std::vector<std::jthread> threads;
  threads.reserve(16);
  for (unsigned thread = 0; thread < 6; ++thread) {
    threads.emplace_back([&, thread] {
      std::mt19937 random(thread);
      for (int i = 0; i < 4000; ++i) {
        const std::size_t key = random() % Server::keys;
        if (thread < 2 && i % 4 == 0) {
          server.write(key, cache);
          continue;
        }
        const Tag tag("key", std::to_string(key));
        const int least = server.finished(key);
        const auto loader = [&] {
          auto value = number(server.read(key));
          // Between reading and landing is where a write does harm.
          std::this_thread::yield();
          return IntCache::Loaded(std::move(value), tagged({tag}));
        };
        const auto value = cache.get(std::to_string(key), loader, known ? one(tag) : std::span<const Tag>());
        if (*value < least) ++stale;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(stale, 0);
  EXPECT_GT(cache.stats().fresh, 0U);
}

TEST(CacheOfManyThreads, after_a_write_nobody_reads_the_older_state) {
  nobody_reads_an_older_state(true);
}

TEST(CacheOfManyThreads, after_a_write_nobody_reads_the_older_state_though_only_the_answer_told_its_tag) {
  nobody_reads_an_older_state(false);
}

TEST(CacheOfManyThreads, bounds_and_counts_hold_when_everything_happens_at_once) {
  constexpr std::size_t max_entries = 50;
  IntCache cache({.max_entries = max_entries, .shards = 4});
  std::atomic<std::uint64_t> lookups = 0;
  std::vector<std::jthread> threads;
  threads.reserve(16);
  for (unsigned thread = 0; thread < 6; ++thread) {
    threads.emplace_back([&, thread] {
      std::mt19937 random(thread);
      for (int i = 0; i < 5000; ++i) {
        const std::string key = std::to_string(random() % 200);
        const Tag tag("tag", std::to_string(random() % 8));
        switch (random() % 16) {
          case 0:
            cache.put(key, number(1), tagged({tag}));
            break;
          case 1:
            cache.erase(key);
            break;
          case 2:
            cache.invalidate(tag);
            break;
          case 3:
            (void)cache.purge();
            break;
          case 4:
            if (random() % 20 == 0) cache.clear();
            break;
          case 5:
          case 6:
          case 7:
            ++lookups;
            (void)cache.get_async(
                key, [](IntCache::Ticket ticket) { ticket.land(number(2)); }, [](const auto&) {}, one(tag));
            break;
          default:
            ++lookups;
            (void)cache.find(key);
            break;
        }
      }
    });
  }
  threads.clear();
  const Stats stats = cache.stats();
  EXPECT_EQ(stats.fresh + stats.misses + stats.joined, lookups);
  EXPECT_LE(stats.entries, max_entries);
  std::uint64_t removed = 0;
  for (const Removed& each : stats.removed_by) {
    removed += each.entries;
  }
  EXPECT_EQ(stats.inserts, removed + stats.entries);
  cache.clear();
  EXPECT_EQ(cache.stats().entries, 0U);
  EXPECT_EQ(cache.stats().bytes, 0U);
  EXPECT_EQ(cache.stats().removed(Cause::cleared).bytes - stats.removed(Cause::cleared).bytes, stats.bytes);
}

TEST(CacheOfManyThreads, with_all_it_can_on_bad_days_nobody_reads_a_state_older_than_a_write) {
  Server server;
  std::atomic<int> stale = 0;
  std::atomic<std::uint64_t> removals = 0;
  std::atomic<std::uint64_t> ends = 0;
  std::atomic<std::uint64_t> answers = 0;
  Options options;
  options.max_entries = 3;
  options.ttl = 100us;
  options.jitter = 0.5;
  options.idle_ttl = 1ms;
  options.negative_ttl = 50us;
  options.stale = {.while_revalidate = 1ms,
                   .if_error = 10ms,
                   .eager_refresh = 0.5,
                   .soft_timeout = 200us,
                   .hard_timeout = 1s,
                   .back_off = 10us,
                   .longest_back_off = 50us};
  options.shards = 2;
  options.now = [] { return std::chrono::steady_clock::now(); };
  IntCache::Hooks hooks;
  hooks.ttl = [](const std::string&, const int& version) { return version % 2 == 0 ? 100us : 300us; };
  hooks.weigh = [](const std::string& key, const int&) { return key.size() + sizeof(int); };
  hooks.on_removed = [&](const auto&...) { ++removals; };
  hooks.on_loaded = [&](const auto&...) { ++ends; };
  // Goes first: loads behind look at what stands before it.
  IntCache cache(std::move(options), std::move(hooks));
  std::vector<std::jthread> threads;
  for (unsigned thread = 0; thread < 6; ++thread) {
    threads.emplace_back([&, thread] {
      std::mt19937 random(thread);
      for (int i = 0; i < 2000; ++i) {
        const std::size_t key = random() % Server::keys;
        if (thread == 0 && i % 4 == 0) {
          server.write(key, cache);
          continue;
        }
        if (i % 256 == 255) cache.resize(1 + random() % 4, std::size_t{1} << 20U);
        const Tag tag("key", std::to_string(key));
        const int least = server.finished(key);
        const unsigned weather = random() % 16;
        const auto loader = [&server, key, tag, weather]() -> IntCache::Loaded {
          auto value = weather == 1 ? nullptr : number(server.read(key));
          std::this_thread::yield();
          if (weather == 0) throw std::runtime_error("away");
          if (weather == 2) std::this_thread::sleep_for(300us);
          return IntCache::Loaded(std::move(value), tagged({tag}));
        };
        try {
          const auto value = cache.get(std::to_string(key), loader, one(tag));
          ++answers;
          if (value && *value < least) ++stale;
        } catch (const std::runtime_error&) {
          // Nothing stood in for it.
          continue;
        }
      }
    });
  }
  threads.clear();
  EXPECT_EQ(stale, 0);
  EXPECT_GT(answers, 0U);
  EXPECT_GT(removals, 0U);
  EXPECT_GT(ends, 0U);
  const Stats stats = cache.stats();
  EXPECT_GT(stats.stale, 0U);
  EXPECT_GT(stats.refreshes, 0U);
}

}  // namespace
}  // namespace wats::cache::test
