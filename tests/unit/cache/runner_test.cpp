// Threads that do what nobody waits for.
#include "wats/cache/runner.hpp"

#include "tests/unit/cache/support.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace wats::cache::test {
namespace {

TEST(ThreadRunner, does_tasks_on_as_many_threads_as_it_may) {
  std::latch all_run(3);
  std::mutex mutex;
  std::set<std::thread::id> threads;
  // Goes first, and waits for its tasks: one may still look at the latch that has let this thread go on.
  const auto runner = make_thread_runner(3);
  for (int i = 0; i < 3; ++i) {
    runner->run([&] {
      {
        const std::lock_guard lock(mutex);
        threads.insert(std::this_thread::get_id());
      }
      // Each needs the others to run at the same time.
      all_run.arrive_and_wait();
    });
  }
  all_run.wait();
  EXPECT_EQ(threads.size(), 3U);
  EXPECT_FALSE(threads.contains(std::this_thread::get_id()));
}

TEST(ThreadRunner, does_timed_tasks_in_the_order_of_their_times) {
  std::vector<int> order;
  std::promise<void> done;
  const auto runner = make_thread_runner();
  runner->run_after(30ms, [&] {
    order.push_back(2);
    done.set_value();
  });
  runner->run_after(1ms, [&] { order.push_back(1); });
  runner->run_after(Duration::max(), [&] { order.push_back(3); });
  done.get_future().get();
  EXPECT_EQ(order, (std::vector{1, 2}));
}

TEST(ThreadRunner, destroys_what_has_not_begun_and_waits_for_what_has) {
  std::promise<void> begun;
  std::atomic<bool> is_over = false;
  const auto held = std::make_shared<int>(1);
  {
    const auto runner = make_thread_runner(1);
    runner->run([&] {
      begun.set_value();
      std::this_thread::sleep_for(20ms);
      is_over = true;
    });
    runner->run([held] { ADD_FAILURE() << "the first task takes the only thread until the runner goes"; });
    runner->run_after(1h, [held] { ADD_FAILURE() << "an hour has not passed"; });
    begun.get_future().get();
  }
  EXPECT_TRUE(is_over);
  EXPECT_EQ(held.use_count(), 1);
}

TEST(ThreadRunner, may_be_destroyed_by_its_own_task) {
  std::promise<void> done;
  auto runner = make_thread_runner(1);
  auto* const raw = runner.get();
  raw->run([&done, runner = std::move(runner)]() mutable {
    runner.reset();
    done.set_value();
  });
  done.get_future().get();
}

TEST(ThreadRunner, refreshes_behind_a_stale_value) {
  FakeClock clock;
  IntCache cache({.ttl = 10s, .stale = {.while_revalidate = 1h}, .now = clock.function()});
  cache.put("a", number(1));
  clock.advance(12s);
  std::promise<void> loaded;
  EXPECT_EQ(*cache.get("a",
                       [&] {
                         loaded.set_value();
                         return number(2);
                       }),
            1);
  loaded.get_future().get();
  // The value lands just after its loader has returned: who joins that load gets it.
  EXPECT_EQ(*cache.get("a", [] { return number(3); }, {}, {.max_age = 5s}), 2);
}

}  // namespace
}  // namespace wats::cache::test
