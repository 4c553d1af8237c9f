// Stale values: when they are shown, what is loaded behind them, and how long anybody waits.
#include "tests/unit/cache/support.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace wats::cache::test {
namespace {

/// Does what the test says, when it says so.
class HandRunner final : public Runner {
 public:
  void run(Task task) override { tasks.push_back(std::move(task)); }
  void run_after(Duration delay, Task task) override { timed.emplace(delay, std::move(task)); }
  /// How many there were.
  int run_all() {
    int count = 0;
    for (; !tasks.empty(); ++count) {
      const Task task = std::move(tasks.front());
      tasks.pop_front();
      task();
    }
    return count;
  }

  std::deque<Task> tasks;
  std::multimap<Duration, Task> timed;
};

class StaleValues : public ::testing::Test {
 protected:
  /// One that holds `a` = 1 for 10 s, tagged t.
  IntCache& holding(Staleness stale, IntCache::Hooks hooks = {}) {
    cache_ = std::make_unique<IntCache>(
        Options{.ttl = 10s, .stale = stale, .now = clock_.function(), .runner = runner_}, std::move(hooks));
    cache_->put("a", number(1), tagged({Tag("t")}));
    return *cache_;
  }
  IntCache::Pointer load(int value) {
    ++loads_;
    return number(value);
  }
  [[nodiscard]] std::function<IntCache::Pointer()> gives(int value) {
    return [this, value] { return load(value); };
  }
  [[nodiscard]] std::function<IntCache::Pointer()> fails() {
    return [this]() -> IntCache::Pointer {
      ++loads_;
      throw std::runtime_error("gone");
    };
  }

  FakeClock clock_;
  std::shared_ptr<HandRunner> runner_ = std::make_shared<HandRunner>();
  std::unique_ptr<IntCache> cache_;
  int loads_ = 0;
};

TEST_F(StaleValues, are_not_shown_unless_somebody_said_so) {
  IntCache& cache = holding({});
  clock_.advance(10s);
  EXPECT_FALSE(cache.find("a", {.max_stale = 1h}));
  EXPECT_EQ(*cache.get("a", gives(2)), 2);
  EXPECT_TRUE(runner_->tasks.empty());
}

TEST_F(StaleValues, are_found_by_who_takes_them_as_long_as_they_are_kept) {
  IntCache& cache = holding({.if_error = 1min});
  clock_.advance(15s);
  EXPECT_FALSE(cache.find("a"));
  EXPECT_FALSE(cache.find("a", {.max_stale = 5s}));
  const auto hit = cache.find("a", {.max_stale = 6s});
  ASSERT_TRUE(hit);
  EXPECT_TRUE(hit.is_stale);
  EXPECT_EQ(hit.age, 15s);
  EXPECT_FALSE(cache.find("a", {.max_age = 15s, .max_stale = 6s}));
  EXPECT_EQ(cache.stats().stale, 1U);
  clock_.advance(55s);
  EXPECT_FALSE(cache.find("a", {.max_stale = 1h}));
}

TEST_F(StaleValues, are_shown_at_once_while_one_load_refreshes_them_behind) {
  IntCache& cache = holding({.while_revalidate = 5s});
  clock_.advance(12s);
  EXPECT_EQ(*cache.get("a", gives(2)), 1);
  EXPECT_EQ(*cache.get("a", gives(3)), 1);
  EXPECT_EQ(loads_, 0);
  EXPECT_EQ(runner_->run_all(), 1);
  EXPECT_EQ(*cache.get("a", gives(4)), 2);
  EXPECT_EQ(loads_, 1);
  const Stats stats = cache.stats();
  EXPECT_EQ(stats.stale, 2U);
  EXPECT_EQ(stats.fresh, 1U);
  EXPECT_EQ(stats.misses, 0U);
  EXPECT_EQ(stats.refreshes, 1U);
}

TEST_F(StaleValues, that_are_too_old_are_waited_for) {
  IntCache& cache = holding({.while_revalidate = 5s});
  clock_.advance(15s);
  EXPECT_EQ(*cache.get("a", gives(2)), 2);
  EXPECT_EQ(loads_, 1);
}

TEST_F(StaleValues, are_never_shown_after_a_change_of_their_tags) {
  IntCache& cache = holding({.while_revalidate = 1h, .if_error = 1h});
  clock_.advance(12s);
  cache.invalidate(Tag("t"));
  EXPECT_FALSE(cache.find("a", {.max_stale = 1h}));
  EXPECT_EQ(*cache.get("a", gives(2)), 2);
  cache.put("a", number(3), tagged({Tag("t")}));
  cache.invalidate(Tag("t"));
  EXPECT_THROW(cache.get("a", fails()), std::runtime_error);
}

TEST_F(StaleValues, that_change_while_they_are_refreshed_are_loaded_anew) {
  IntCache& cache = holding({.while_revalidate = 1h});
  clock_.advance(12s);
  EXPECT_EQ(*cache.get("a", gives(2), one(Tag("t"))), 1);
  cache.invalidate(Tag("t"));
  runner_->run_all();
  EXPECT_EQ(*cache.get("a", gives(3), one(Tag("t"))), 3);
}

TEST_F(StaleValues, stand_in_for_a_load_that_fails) {
  IntCache& cache = holding({.if_error = 1min});
  clock_.advance(30s);
  EXPECT_EQ(*cache.get("a", fails()), 1);
  EXPECT_EQ(cache.stats().rescued, 1U);
  EXPECT_EQ(cache.stats().load_failures, 1U);
  clock_.advance(40s);
  EXPECT_THROW(cache.get("a", fails()), std::runtime_error);
}

TEST_F(StaleValues, do_not_stand_in_where_the_owner_says_so_or_the_caller_wants_a_new_one) {
  IntCache::Hooks hooks;
  hooks.stale_is_better = [](const std::exception_ptr&) { return false; };
  EXPECT_THROW(
      {
        IntCache& cache = holding({.if_error = 1min}, hooks);
        clock_.advance(30s);
        cache.get("a", fails());
      },
      std::runtime_error);
  IntCache& cache = holding({.if_error = 1min});
  EXPECT_THROW(cache.get("a", fails(), {}, {.max_age = 0s}), std::runtime_error);
}

TEST_F(StaleValues, are_shown_without_asking_while_asking_failed_lately_and_ever_longer) {
  IntCache& cache = holding({.if_error = 1h, .back_off = 10s, .longest_back_off = 30s});
  clock_.advance(10s);
  for (const auto wait : {10s, 20s, 30s, 30s}) {
    const int before = loads_;
    EXPECT_EQ(*cache.get("a", fails()), 1);
    EXPECT_EQ(loads_, before + 1) << wait.count();
    EXPECT_EQ(*cache.get("a", fails()), 1);
    clock_.advance(wait - 1ms);
    EXPECT_EQ(*cache.get("a", fails()), 1);
    EXPECT_EQ(loads_, before + 1) << wait.count();
    clock_.advance(1ms);
  }
  EXPECT_EQ(*cache.get("a", gives(2)), 2);
  clock_.advance(11s);
  // It went well since: the first wait is the short one again.
  EXPECT_EQ(*cache.get("a", fails()), 2);
  EXPECT_EQ(cache.explain("a").next_refresh_in, 10s);
}

TEST_F(StaleValues, are_refreshed_early_once_they_are_old_enough) {
  IntCache& cache = holding({.eager_refresh = 0.8});
  clock_.advance(8s - 1ms);
  EXPECT_EQ(*cache.get("a", gives(2)), 1);
  EXPECT_EQ(runner_->run_all(), 0);
  clock_.advance(1ms);
  EXPECT_EQ(*cache.get("a", gives(2)), 1);
  EXPECT_EQ(*cache.get("a", gives(3)), 1);
  EXPECT_EQ(cache.stats().fresh, 3U);
  EXPECT_EQ(runner_->run_all(), 1);
  EXPECT_EQ(*cache.get("a", gives(4)), 2);
  EXPECT_EQ(cache.explain("a").left, 10s);
}

TEST_F(StaleValues, whose_early_refresh_fails_are_not_refreshed_for_a_while) {
  IntCache& cache = holding({.eager_refresh = 0.5, .back_off = 2s});
  clock_.advance(5s);
  EXPECT_EQ(*cache.get("a", fails()), 1);
  EXPECT_EQ(runner_->run_all(), 1);
  EXPECT_EQ(*cache.get("a", fails()), 1);
  EXPECT_EQ(runner_->run_all(), 0);
  clock_.advance(2s);
  EXPECT_EQ(*cache.get("a", gives(2)), 1);
  EXPECT_EQ(runner_->run_all(), 1);
  EXPECT_EQ(*cache.get("a", fails()), 2);
}

/// What somebody was told who does not block.
class Told {
 public:
  [[nodiscard]] auto writer() {
    return [this](const IntCache::Landing& landing) { landings.push_back(landing); };
  }
  [[nodiscard]] const IntCache::Landing& only() const {
    EXPECT_EQ(landings.size(), 1U);
    return landings.front();
  }
  std::vector<IntCache::Landing> landings;
};

TEST_F(StaleValues, are_given_when_a_load_takes_too_long_which_then_goes_on_behind) {
  IntCache& cache = holding({.if_error = 1h, .soft_timeout = 50ms});
  clock_.advance(12s);
  IntCache::Ticket ticket;
  Told first;
  Told second;
  const auto keep = [&](IntCache::Ticket given) { ticket = std::move(given); };
  cache.get_async("a", keep, first.writer());
  cache.get_async("a", keep, second.writer());
  ASSERT_EQ(runner_->timed.size(), 2U);
  EXPECT_EQ(runner_->timed.begin()->first, 50ms);
  for (const auto& [delay, task] : runner_->timed) task();
  for (const Told* told : {&first, &second}) {
    EXPECT_EQ(*told->only().value, 1);
    EXPECT_TRUE(told->only().is_stale);
  }
  EXPECT_EQ(cache.stats().rescued, 2U);
  ticket.land(number(2));
  EXPECT_EQ(first.landings.size(), 1U);
  EXPECT_EQ(*cache.find("a").value, 2);
}

TEST_F(StaleValues, that_are_not_there_cannot_be_given_and_the_caller_fails_in_time) {
  IntCache& cache = holding({.if_error = 1h, .soft_timeout = 50ms, .hard_timeout = 200ms});
  Told told;
  IntCache::Ticket ticket;
  cache.get_async("b", [&](IntCache::Ticket given) { ticket = std::move(given); }, told.writer());
  ASSERT_EQ(runner_->timed.size(), 2U);
  runner_->timed.begin()->second();
  EXPECT_TRUE(told.landings.empty());
  EXPECT_EQ(runner_->timed.rbegin()->first, 200ms);
  runner_->timed.rbegin()->second();
  ASSERT_EQ(told.only().kind, LandingKind::failure);
  EXPECT_THROW(std::rethrow_exception(*told.only().failure), TimedOut);
  ticket.land(number(2));
  EXPECT_EQ(*cache.find("b").value, 2);
  EXPECT_EQ(told.landings.size(), 1U);
}

TEST_F(StaleValues, are_not_given_to_who_was_told_in_time) {
  IntCache& cache = holding({.if_error = 1h, .soft_timeout = 50ms});
  clock_.advance(12s);
  Told told;
  cache.get_async("a", [&](IntCache::Ticket ticket) { ticket.land(number(2)); }, told.writer());
  EXPECT_EQ(*told.only().value, 2);
  for (const auto& [delay, task] : runner_->timed) task();
  EXPECT_EQ(told.landings.size(), 1U);
  EXPECT_EQ(cache.stats().rescued, 0U);
}

TEST_F(StaleValues, are_refreshed_without_blocking_too) {
  IntCache& cache = holding({.while_revalidate = 5s});
  clock_.advance(12s);
  IntCache::Ticket ticket;
  Told told;
  cache.get_async("a", [&](IntCache::Ticket given) { ticket = std::move(given); }, told.writer());
  EXPECT_EQ(*told.only().value, 1);
  ASSERT_TRUE(ticket);
  ticket.land(number(2));
  EXPECT_EQ(*cache.find("a").value, 2);
}

TEST_F(StaleValues, of_a_loader_that_cannot_be_copied_are_refreshed_on_the_spot) {
  IntCache& cache = holding({.while_revalidate = 5s});
  clock_.advance(12s);
  auto loader = [owned = std::make_unique<int>(2)] { return number(*owned); };
  EXPECT_EQ(*cache.get("a", std::move(loader)), 1);
  EXPECT_EQ(*cache.find("a").value, 2);
}

TEST(Timeouts, of_a_kind_of_failure_that_nobody_can_make_up_are_refused) {
  using ErrorCache = Cache<std::string, int, std::string>;
  EXPECT_THROW(ErrorCache({.stale = {.hard_timeout = 1s}}), std::invalid_argument);
  ErrorCache::Hooks hooks;
  hooks.timed_out = [] { return std::string("too slow"); };
  const auto runner = std::make_shared<HandRunner>();
  ErrorCache cache({.stale = {.hard_timeout = 10ms}, .runner = runner}, hooks);
  // Blocking, and really: the runner never runs the loader.
  const auto got = cache.get("a", [] { return std::make_shared<const int>(1); });
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error(), "too slow");
  runner->run_all();
  EXPECT_TRUE(cache.find("a"));
}

TEST_F(StaleValues, are_given_to_a_thread_that_waited_long_enough) {
  IntCache& cache = holding({.if_error = 1h, .soft_timeout = 10ms});
  clock_.advance(12s);
  EXPECT_EQ(*cache.get("a", gives(2)), 1);
  EXPECT_EQ(loads_, 0);
  EXPECT_EQ(runner_->run_all(), 1);
  EXPECT_EQ(*cache.find("a").value, 2);
}

TEST_F(StaleValues, go_with_their_cache_though_a_runner_still_has_something_to_do) {
  IntCache& cache = holding({.if_error = 1h, .soft_timeout = 1h, .hard_timeout = 2h});
  const std::weak_ptr<const int> value = cache.find("a").value;
  clock_.advance(12s);
  Told told;
  cache.get_async("a", [](const IntCache::Ticket&) {}, told.writer());
  EXPECT_EQ(runner_->timed.size(), 2U);
  cache_.reset();
  EXPECT_TRUE(value.expired());
  for (const auto& [delay, task] : runner_->timed) task();
  EXPECT_EQ(told.only().kind, LandingKind::abandoned);
}

TEST_F(StaleValues, whose_refresh_outlives_the_cache_are_loaded_for_nobody) {
  holding({.while_revalidate = 5s});
  clock_.advance(12s);
  EXPECT_EQ(*cache_->get("a", gives(2)), 1);
  cache_.reset();
  EXPECT_EQ(runner_->run_all(), 1);
  EXPECT_EQ(loads_, 1);
}

TEST_F(StaleValues, invalidated_while_somebody_waits_are_not_given_when_the_time_is_over) {
  IntCache& cache = holding({.if_error = 1h, .soft_timeout = 50ms});
  clock_.advance(12s);
  IntCache::Ticket ticket;
  Told told;
  cache.get_async("a", [&](IntCache::Ticket given) { ticket = std::move(given); }, told.writer());
  cache.invalidate(Tag("t"));
  for (const auto& [delay, task] : runner_->timed) task();
  EXPECT_TRUE(told.landings.empty());
  ticket.land(number(2));
  EXPECT_EQ(*told.only().value, 2);
}

TEST_F(StaleValues, go_when_a_refresh_finds_that_there_is_nothing) {
  IntCache& cache = holding({.while_revalidate = 1h, .eager_refresh = 0.5});
  clock_.advance(6s);
  EXPECT_EQ(*cache.get("a", [this] { return ++loads_, IntCache::Pointer(); }), 1);
  EXPECT_EQ(runner_->run_all(), 1);
  EXPECT_FALSE(cache.find("a", {.max_stale = 1h}));
  EXPECT_EQ(cache.stats().removed(Cause::replaced).entries, 1U);
}

TEST_F(StaleValues, that_take_longer_to_load_than_they_live_are_kept_all_the_same) {
  IntCache& cache = holding({.while_revalidate = 1h});
  clock_.advance(12s);
  EXPECT_EQ(*cache.get("a",
                       [this] {
                         clock_.advance(20s);
                         return number(2);
                       }),
            1);
  EXPECT_EQ(runner_->run_all(), 1);
  EXPECT_EQ(*cache.get("a", gives(3)), 2);
}

TEST_F(StaleValues, are_given_though_their_refresh_cannot_even_begin) {
  IntCache& cache = holding({.while_revalidate = 1h});
  clock_.advance(12s);
  auto loader = [owned = std::make_unique<int>(2)]() -> IntCache::Pointer {
    throw std::runtime_error("gone");
  };
  EXPECT_EQ(*cache.get("a", std::move(loader)), 1);
}

IntCache::Pointer plain_loader() {
  return number(2);
}

TEST_F(StaleValues, are_refreshed_behind_by_a_plain_function_too) {
  IntCache& cache = holding({.while_revalidate = 1h});
  clock_.advance(12s);
  EXPECT_EQ(*cache.get("a", plain_loader), 1);
  EXPECT_EQ(runner_->run_all(), 1);
  EXPECT_EQ(*cache.find("a").value, 2);
}

TEST_F(StaleValues, are_given_only_to_who_takes_them_as_old) {
  IntCache& cache = holding({.if_error = 1h});
  clock_.advance(12s);
  EXPECT_EQ(*cache.get("a", fails(), {}, {.max_age = 13s}), 1);
  cache.put("a", number(1));
  clock_.advance(12s);
  IntCache::Ticket ticket;
  Told patient;
  Told strict;
  cache.get_async("a", [&](IntCache::Ticket given) { ticket = std::move(given); }, patient.writer());
  cache.get_async("a", [](const IntCache::Ticket&) {}, strict.writer(), {}, {.max_age = 12s});
  ticket.fail(std::make_exception_ptr(std::runtime_error("gone")));
  EXPECT_TRUE(patient.only().is_stale);
  EXPECT_EQ(patient.only().age, 12s);
  EXPECT_EQ(strict.only().kind, LandingKind::failure);
}

TEST_F(StaleValues, of_failures_that_nothing_stands_in_for_hold_no_later_load_up) {
  IntCache& cache = holding({});
  EXPECT_THROW(cache.get("a", fails(), {}, {.max_age = 0s}), std::runtime_error);
  EXPECT_EQ(cache.stats().rescued, 0U);
  EXPECT_EQ(cache.explain("a").failures, 0U);
  // One that a put() has overtaken says nothing about the value there is now.
  IntCache& other = holding({.if_error = 1h});
  auto lookup = other.find_or_join("b", {}, std::make_shared<Recorder>());
  other.put("b", number(3));
  lookup.lead().fail(std::make_exception_ptr(std::runtime_error("gone")));
  EXPECT_EQ(other.explain("b").failures, 0U);
}

TEST_F(StaleValues, whose_owner_cannot_tell_whether_they_are_better_reach_nobody_and_hold_nobody_up) {
  IntCache::Hooks hooks;
  hooks.stale_is_better = [](const std::exception_ptr&) -> bool { throw std::logic_error("no idea"); };
  IntCache& cache = holding({.if_error = 1h}, hooks);
  clock_.advance(12s);
  Told told;
  IntCache::Ticket ticket;
  cache.get_async("a", [&](IntCache::Ticket given) { ticket = std::move(given); }, told.writer());
  EXPECT_THROW(ticket.fail(std::make_exception_ptr(std::runtime_error("gone"))), std::logic_error);
  EXPECT_EQ(told.only().kind, LandingKind::failure);
  EXPECT_EQ(*cache.get("a", gives(2)), 2);
}

TEST_F(StaleValues, of_times_without_end_are_kept_for_very_long) {
  constexpr Duration ever = Duration::max();
  IntCache& cache = holding({.while_revalidate = ever,
                             .if_error = ever,
                             .soft_timeout = ever,
                             .hard_timeout = ever,
                             .back_off = ever,
                             .longest_back_off = ever});
  EXPECT_EQ(*cache.find("a").value, 1);
  clock_.advance(24h * 365 * 40);
  EXPECT_EQ(*cache.get("a", fails()), 1);
  EXPECT_EQ(runner_->run_all(), 1);
  EXPECT_EQ(*cache.get("a", gives(2)), 1);
  EXPECT_EQ(runner_->run_all(), 0);
}

TEST(Timeouts, keep_what_the_loader_throws_for_its_own_caller) {
  using ErrorCache = Cache<std::string, int, std::string>;
  ErrorCache::Hooks hooks;
  hooks.timed_out = [] { return std::string("too slow"); };
  ErrorCache cache({.stale = {.hard_timeout = 1min}}, hooks);
  int calls = 0;
  const auto throws = [&calls]() -> std::shared_ptr<const int> {
    ++calls;
    throw std::runtime_error("gone");
  };
  const auto ask = [&] {
    const auto got = cache.get("a", throws);
    ADD_FAILURE() << got.has_value();
  };
  EXPECT_THROW(ask(), std::runtime_error);
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace wats::cache::test
