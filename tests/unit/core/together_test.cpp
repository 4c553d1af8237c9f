// Calls waited for together: who is begun when, what ends the whole, and what is left of the rest.
#include "wats/core/together.hpp"

#include "tests/support/fake_operation.hpp"
#include "wats/core/detail/parking_sink.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <chrono>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace wats {
namespace {

using testing::FakeOperation;
using Text = Call<std::string>;

/// What waits for the whole.
struct Waiter final : detail::Sink {
  void complete(detail::Outcome outcome) noexcept override { got.emplace(std::move(outcome)); }
  std::optional<detail::Outcome> got;
};

class Together : public ::testing::Test {
 protected:
  Text make() {
    operations.push_back(std::make_shared<FakeOperation>());
    return Text(operations.back());
  }
  std::vector<Text> make(int count) {
    std::vector<Text> calls;
    for (int i = 0; i < count; ++i) calls.push_back(make());
    return calls;
  }
  template <class T>
  void start(Call<T> call) {
    whole = detail::Unwrap::of(call);
    ASSERT_FALSE(whole->try_now().has_value());
    whole->start(waiter);
  }
  void finish(std::size_t index, detail::Outcome outcome) {
    operations[index]->outcome = std::move(outcome);
    operations[index]->finish();
  }
  Results<std::string> results() {
    return detail::to_result<Results<std::string>>(*std::move(waiter.got))->copy();
  }
  static detail::Outcome failure() { return std::unexpected(Error(Errc::timeout, "late")); }

  std::vector<std::shared_ptr<FakeOperation>> operations;
  std::shared_ptr<detail::Operation> whole;
  Waiter waiter;
};

TEST_F(Together, all_begin_at_once_and_results_keep_their_order) {
  start(when_all(make(3)));
  for (const auto& operation : operations) EXPECT_EQ(operation->starts, 1);
  finish(2, FakeOperation::answer("c"));
  finish(0, failure());
  EXPECT_FALSE(waiter.got.has_value());
  finish(1, FakeOperation::answer("b"));
  ASSERT_TRUE(waiter.got.has_value());
  const auto all = results();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].error().code(), Errc::timeout);
  EXPECT_EQ(**all[1], "b");
  EXPECT_EQ(**all[2], "c");
}

TEST_F(Together, calls_of_different_types_give_a_tuple) {
  auto number = std::make_shared<FakeOperation>();
  number->ready = true;
  number->outcome = detail::Landed(std::make_shared<detail::HeldValue<int>>(7), Provenance{});
  auto text = make();
  operations[0]->ready = true;
  const auto both = when_all(Call<int>(number), std::move(text)).get();
  ASSERT_TRUE(both.has_value());
  EXPECT_EQ(**std::get<0>(**both), 7);
  EXPECT_EQ(**std::get<1>(**both), "done");
}

TEST_F(Together, nothing_to_wait_for_is_there_at_once) {
  const auto none = when_all(std::vector<Text>()).get();
  ASSERT_TRUE(none.has_value());
  EXPECT_TRUE((*none)->empty());
  EXPECT_EQ(when_any(std::vector<Text>()).get().error().code(), Errc::invalid_argument);
  const auto each = for_each(std::vector<int>(), 4, [this](int) { return make(); }).get();
  ASSERT_TRUE(each.has_value());
  EXPECT_TRUE((*each)->empty());
}

TEST_F(Together, the_first_success_wins_and_the_rest_is_taken_back) {
  start(when_any(make(3)));
  finish(0, failure());
  EXPECT_EQ(operations[1]->cancels, 0);
  finish(2, FakeOperation::answer("first"));
  EXPECT_EQ(operations[1]->cancels, 1);
  EXPECT_FALSE(waiter.got.has_value()) << "waits until nothing is under way";
  finish(1, std::unexpected(Error(Errc::cancelled, "taken back")));
  const auto answer = detail::to_result<std::string>(*std::move(waiter.got));
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(**answer, "first");
}

TEST_F(Together, when_none_succeeds_the_last_error_tells) {
  start(when_any(make(2)));
  finish(1, failure());
  finish(0, std::unexpected(Error(Errc::not_found, "gone")));
  EXPECT_EQ(waiter.got->error().code(), Errc::not_found);
}

TEST_F(Together, no_more_than_asked_for_are_under_way) {
  std::vector<int> items(10);
  std::iota(items.begin(), items.end(), 0);
  start(for_each(items, 3, [this](int) { return make(); }));
  EXPECT_EQ(operations.size(), 3U);
  finish(1, FakeOperation::answer("1"));
  EXPECT_EQ(operations.size(), 4U);
  for (std::size_t i : {0U, 2U, 3U, 4U, 5U, 6U, 7U, 8U, 9U}) {
    EXPECT_LE(operations.size(), 10U);
    finish(i, FakeOperation::answer(std::to_string(i)));
  }
  ASSERT_TRUE(waiter.got.has_value());
  const auto all = results();
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(**all[i], std::to_string(i));
}

TEST_F(Together, a_great_many_answers_that_are_there_at_once_need_no_deep_stack) {
  const auto each = for_each(std::vector<int>(200'000), 2, [](int) {
                      auto operation = std::make_shared<FakeOperation>();
                      operation->ready = true;
                      return Text(std::move(operation));
                    }).get();
  ASSERT_TRUE(each.has_value());
  EXPECT_EQ((*each)->size(), 200'000U);
}

TEST_F(Together, a_function_that_throws_ends_the_whole_once_the_rest_is_over) {
  start(for_each(std::vector<int>{1, 2, 3}, 2, [this](int item) {
    if (item == 2) throw std::runtime_error("no second one");
    return make();
  }));
  EXPECT_FALSE(waiter.got.has_value());
  finish(0, FakeOperation::answer("1"));
  ASSERT_TRUE(waiter.got.has_value());
  EXPECT_EQ(waiter.got->error().code(), Errc::invalid_argument);
  EXPECT_NE(waiter.got->error().message().find("no second one"), std::string::npos);
}

TEST_F(Together, taken_back_it_begins_no_more_and_takes_back_what_runs) {
  std::stop_source stop;
  start(for_each(std::vector<int>(5), 2, [this](int) { return make(); }).stop_on(stop.get_token()));
  stop.request_stop();
  EXPECT_EQ(operations[0]->cancels, 1);
  finish(0, std::unexpected(Error(Errc::cancelled, "taken back")));
  finish(1, std::unexpected(Error(Errc::cancelled, "taken back")));
  EXPECT_EQ(operations.size(), 2U);
  ASSERT_TRUE(waiter.got.has_value());
  EXPECT_EQ(waiter.got->error().code(), Errc::cancelled);
}

TEST_F(Together, time_given_to_the_whole_is_shared_by_its_parts) {
  const auto before = std::chrono::steady_clock::now();
  start(when_all(make(2)).with({.timeout = std::chrono::seconds(5), .priority = Priority::backlog}));
  ASSERT_TRUE(operations[0]->options.deadline.has_value());
  EXPECT_EQ(operations[0]->options.deadline, operations[1]->options.deadline);
  EXPECT_GE(*operations[0]->options.deadline, before + std::chrono::seconds(5));
  EXPECT_FALSE(operations[0]->options.timeout.has_value());
  EXPECT_EQ(operations[1]->options.priority, Priority::backlog);
  finish(0, failure());
  finish(1, failure());
}

TEST_F(Together, a_senseless_time_for_the_whole_does_no_harm) {
  const auto begin = std::chrono::steady_clock::now();
  start(when_all(make(1)).with({.timeout = std::chrono::milliseconds::max()}));
  EXPECT_GT(operations[0]->options.deadline, begin + std::chrono::hours(24));
  finish(0, failure());
  waiter.got.reset();
  start(when_all(make(1)).with({.timeout = std::chrono::milliseconds::min()}));
  EXPECT_GE(operations[1]->options.deadline, begin);
  finish(1, failure());
}

TEST_F(Together, thrown_away_unstarted_each_call_is_told) {
  {
    static_cast<void>(when_all(make(2)));
  }
  EXPECT_EQ(operations[0]->abandons, 1);
  EXPECT_EQ(operations[1]->abandons, 1);
  {
    static_cast<void>(when_all(make(), make()));
  }
  EXPECT_EQ(operations[2]->abandons, 1);
  EXPECT_EQ(operations[3]->abandons, 1);
}

TEST_F(Together, a_blocking_wait_where_its_parts_must_run_is_an_error) {
  auto calls = make(2);
  operations[0]->blocking_allowed = false;
  EXPECT_EQ(when_all(std::move(calls)).get().error().code(), Errc::would_deadlock);
}

TEST_F(Together, parts_may_end_on_any_thread) {
  for (int round = 0; round < 200; ++round) {
    operations.clear();
    waiter.got.reset();
    start(when_all(make(4)));
    std::vector<std::thread> threads;
    for (const auto& operation : operations) threads.emplace_back([operation] { operation->finish(); });
    for (auto& thread : threads) thread.join();
    ASSERT_TRUE(waiter.got.has_value());
    EXPECT_EQ(results().size(), 4U);
  }
}

TEST_F(Together, a_success_counts_though_all_is_taken_back_before_the_others_have_ended) {
  start(when_any(make(2)));
  finish(0, FakeOperation::answer("first"));
  whole->cancel();
  finish(1, std::unexpected(Error(Errc::cancelled, "taken back")));
  ASSERT_TRUE(waiter.got.has_value());
  const auto answer = detail::to_result<std::string>(*std::move(waiter.got));
  ASSERT_TRUE(answer.has_value()) << answer.error().message();
  EXPECT_EQ(**answer, "first");
}

/// Runs a function on the calling thread at the same time as another elsewhere, again and again.
class AtOnce {
 public:
  explicit AtOnce(std::function<void()> other) : other_(std::move(other)) {}
  ~AtOnce() {
    is_over_ = true;
    meet_.arrive_and_wait();
    thread_.join();
  }
  template <class Function>
  void round(Function&& function) {
    meet_.arrive_and_wait();
    function();
    meet_.arrive_and_wait();
  }

 private:
  void run() {
    for (;;) {
      meet_.arrive_and_wait();
      if (is_over_) return;
      other_();
      meet_.arrive_and_wait();
    }
  }
  std::function<void()> other_;
  std::atomic<bool> is_over_{false};
  std::barrier<> meet_{2};
  std::thread thread_{[this] { run(); }};
};

TEST_F(Together, a_stop_requested_before_leaves_it_whole_until_it_has_begun) {
  // Whoever waits lets go of it as soon as it is over.
  struct Holder final : detail::Sink {
    void complete(detail::Outcome outcome) noexcept override {
      code = outcome.error().code();
      held.reset();
    }
    std::shared_ptr<detail::Operation> held;
    std::optional<Errc> code;
  };
  std::stop_source stop;
  stop.request_stop();
  Holder holder;
  auto call = when_all(make(2)).stop_on(stop.get_token());
  holder.held = detail::Unwrap::of(call);
  auto* const begun = holder.held.get();
  ASSERT_FALSE(begun->try_now().has_value());
  begun->start(holder);
  EXPECT_EQ(holder.code, Errc::cancelled);
  EXPECT_EQ(operations[0]->starts, 0);
}

TEST_F(Together, a_stop_may_be_requested_on_another_thread_while_it_begins) {
  std::stop_source stop;
  AtOnce both([&] { stop.request_stop(); });
  for (int round = 0; round < 2000; ++round) {
    operations.clear();
    stop = std::stop_source();
    auto call = when_all(make(2)).stop_on(stop.get_token());
    for (const auto& operation : operations) operation->ends_when_cancelled = true;
    const auto begun = detail::Unwrap::of(call);
    ASSERT_FALSE(begun->try_now().has_value());
    detail::ParkingSink sink;
    both.round([&] { begun->start(sink); });
    EXPECT_EQ(sink.wait().error().code(), Errc::cancelled);
  }
}

TEST_F(Together, it_may_be_taken_back_on_another_thread_while_its_last_part_ends) {
  AtOnce both([&] { whole->cancel(); });
  for (int round = 0; round < 2000; ++round) {
    operations.clear();
    waiter.got.reset();
    start(when_all(make(1)));
    both.round([&] { operations[0]->finish(); });
    // Whichever was first.
    ASSERT_TRUE(waiter.got.has_value());
    if (*waiter.got) {
      EXPECT_EQ(results().size(), 1U);
    } else {
      EXPECT_EQ(waiter.got->error().code(), Errc::cancelled);
    }
  }
}

TEST_F(Together, the_last_parts_may_end_on_two_threads_and_nobody_else_holds_it) {
  // Whoever waits for it lets go at once.
  struct Counter final : detail::Sink {
    void complete(detail::Outcome /*outcome*/) noexcept override { ++completions; }
    std::atomic<int> completions{0};
  };
  Counter counter;
  AtOnce both([&] { operations[0]->finish(); });
  for (int round = 1; round <= 2000; ++round) {
    operations.clear();
    auto call = when_all(make(2));
    detail::Unwrap::of(call)->start(counter);
    both.round([&] { operations[1]->finish(); });
    EXPECT_EQ(counter.completions, round);
  }
}

}  // namespace
}  // namespace wats
