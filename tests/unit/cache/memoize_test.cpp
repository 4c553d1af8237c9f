// Functions that remember.
#include "wats/cache/memoize.hpp"

#include "tests/unit/cache/support.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <expected>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace wats::cache::test {
namespace {

int plain_calls = 0;

std::size_t length(const std::string& text) {
  ++plain_calls;
  return text.size();
}

TEST(Memoize, asks_a_plain_function_once_for_the_same_arguments) {
  plain_calls = 0;
  const auto remembered = memoize(length);
  EXPECT_EQ(remembered("four"), 4U);
  EXPECT_EQ(remembered(std::string("four")), 4U);
  EXPECT_EQ(remembered("three"), 5U);
  EXPECT_EQ(plain_calls, 2);
  EXPECT_EQ(remembered.store().stats().fresh, 1U);
}

TEST(Memoize, tells_arguments_apart_by_place_and_value) {
  int calls = 0;
  const auto remembered = memoize([&calls](int a, std::string_view b, long c) {
    ++calls;
    return std::to_string(a) + std::string(b) + std::to_string(c);
  });
  EXPECT_EQ(remembered(1, "x", 2), "1x2");
  EXPECT_EQ(remembered(2, "x", 1), "2x1");
  EXPECT_EQ(remembered(1, "y", 2), "1y2");
  // In the types of the function these are the first call again.
  EXPECT_EQ(remembered(1L, std::string("x"), 2), "1x2");
  EXPECT_EQ(calls, 3);
}

TEST(Memoize, keeps_text_that_is_gone) {
  int calls = 0;
  const auto remembered = memoize([&calls](std::string_view text) {
    ++calls;
    return text.size();
  });
  auto text = std::make_unique<std::string>("a text that is longer than what a string holds in place");
  const std::string same = *text;
  const std::size_t size = remembered(*text);
  text.reset();
  EXPECT_EQ(remembered(same), size);
  EXPECT_EQ(calls, 1);
}

TEST(Memoize, of_no_arguments_remembers_one_value) {
  int calls = 0;
  const auto remembered = memoize([&calls] { return ++calls; });
  EXPECT_EQ(remembered(), 1);
  EXPECT_EQ(remembered(), 1);
}

TEST(Memoize, by_a_key_of_ones_own_takes_any_argument) {
  struct Unit {
    std::string serial;
    const int* irrelevant = nullptr;
  };
  int calls = 0;
  const auto remembered = memoize([&calls](const Unit& unit) { return ++calls, unit.serial + "!"; },
                                  [](const Unit& unit) { return unit.serial; });
  const int there = 1;
  EXPECT_EQ(remembered(Unit{"SN-1", nullptr}), "SN-1!");
  EXPECT_EQ(remembered(Unit{"SN-1", &there}), "SN-1!");
  EXPECT_EQ(calls, 1);
}

TEST(Memoize, keeps_a_key_that_is_only_looked_at) {
  struct Unit {
    std::string serial;
  };
  int calls = 0;
  const auto remembered = memoize([&calls](const Unit&) { return ++calls; },
                                  [](const Unit& unit) { return std::string_view(unit.serial); });
  const std::string serial = "a serial number that is longer than what a string holds in place";
  auto unit = std::make_unique<Unit>(Unit{serial});
  EXPECT_EQ(remembered(*unit), 1);
  unit.reset();
  EXPECT_EQ(remembered(Unit{serial}), 1);
}

TEST(Memoize, takes_text_however_the_function_does) {
  const auto by_pointer = memoize([](const char* text) { return std::string_view(text).size(); },
                                  [](const char* text) { return std::string(text); });
  EXPECT_EQ(by_pointer("four"), 4U);
}

TEST(Memoize, forgets_in_time_and_when_told_to) {
  FakeClock clock;
  int calls = 0;
  const auto remembered = memoize([&calls](int) { return ++calls; }, {.ttl = 10s, .now = clock.function()});
  EXPECT_EQ(remembered(7), 1);
  clock.advance(10s);
  EXPECT_EQ(remembered(7), 2);
  EXPECT_TRUE(remembered.forget(7));
  EXPECT_FALSE(remembered.forget(8));
  EXPECT_EQ(remembered(7), 3);
}

TEST(Memoize, keeps_no_errors) {
  int calls = 0;
  const auto throwing = memoize([&calls](int value) -> int {
    if (++calls == 1) throw std::runtime_error("not yet");
    return value;
  });
  EXPECT_THROW(static_cast<void>(throwing(1)), std::runtime_error);
  EXPECT_EQ(throwing(1), 1);
  EXPECT_EQ(throwing(1), 1);
  EXPECT_EQ(calls, 2);

  calls = 0;
  const auto failing = memoize([&calls](int value) -> std::expected<int, std::string> {
    if (++calls == 1) return std::unexpected("not yet");
    return value;
  });
  EXPECT_EQ(failing(1).error(), "not yet");
  EXPECT_EQ(failing(1).value(), 1);
  EXPECT_EQ(failing(1).value(), 1);
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(failing.store().stats().load_failures, 1U);
}

TEST(Memoize, shows_an_old_value_in_place_of_none) {
  FakeClock clock;
  bool fails = false;
  const auto remembered = memoize(
      [&fails](int value) -> std::expected<int, std::string> {
        if (fails) return std::unexpected("away");
        return value;
      },
      {.ttl = 10s, .stale = {.if_error = 1min}, .now = clock.function()});
  EXPECT_EQ(remembered(1).value(), 1);
  clock.advance(20s);
  fails = true;
  EXPECT_EQ(remembered(1).value(), 1);
  EXPECT_EQ(remembered(2).error(), "away");
  clock.advance(1min);
  EXPECT_EQ(remembered(1).error(), "away");
}

TEST(Memoize, calls_once_for_all_threads_that_ask_at_once) {
  std::atomic<int> calls{0};
  std::promise<void> may_go_on;
  const auto go = may_go_on.get_future().share();
  const auto remembered = memoize([&calls, go](int value) {
    ++calls;
    go.wait();
    return value;
  });
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([remembered] { EXPECT_EQ(remembered(5), 5); });
  while (remembered.store().stats().joined < 7) std::this_thread::yield();
  may_go_on.set_value();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(calls, 1);
}

TEST(Memoize, shares_its_values_and_its_cache_with_its_copies) {
  const auto remembered = memoize([](int value) { return std::vector<int>(3, value); });
  const auto& copy = remembered;
  EXPECT_EQ(remembered.shared(4).get(), copy.shared(4).get());
  EXPECT_EQ((remembered.shared(4)->size()), 3U);
}

TEST(Memoize, may_call_itself_with_other_arguments) {
  std::function<long(int)> fibonacci;
  const auto remembered =
      memoize([&fibonacci](int n) -> long { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); });
  fibonacci = remembered;
  EXPECT_EQ(fibonacci(80), 23'416'728'348'467'685);
}

TEST(Memoize, refreshes_behind_with_arguments_of_its_own) {
  FakeClock clock;
  std::vector<Runner::Task> tasks;
  class Later final : public Runner {
   public:
    explicit Later(std::vector<Task>& tasks) : tasks_(tasks) {}
    void run(Task task) override { tasks_.push_back(std::move(task)); }
    void run_after(Duration /*delay*/, Task /*task*/) override {}

   private:
    std::vector<Task>& tasks_;
  };
  std::string seen;
  const auto remembered = memoize(
      [&seen](std::string_view text) {
        seen = text;
        return text.size();
      },
      {.ttl = 10s,
       .stale = {.while_revalidate = 1h},
       .now = clock.function(),
       .runner = std::make_shared<Later>(tasks)});
  const std::string_view text = "text that is only looked at and goes soon, so that it must be copied";
  {
    const std::string gone_soon(text);
    EXPECT_EQ(remembered(std::string_view(gone_soon)), text.size());
    clock.advance(12s);
    EXPECT_EQ(remembered(std::string_view(gone_soon)), text.size());
  }
  seen.clear();
  ASSERT_EQ(tasks.size(), 1U);
  tasks.front()();
  EXPECT_EQ(seen, text);
}

}  // namespace
}  // namespace wats::cache::test
