// Call<T>: lazy, waited for in one of several ways, exactly once.
#include "wats/core/call.hpp"

#include "tests/support/fake_operation.hpp"
#include "tests/support/foreign.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace wats {
namespace {

using testing::FakeOperation;
using Answered = Result<Answer<std::string>>;

std::shared_ptr<FakeOperation> fake() {
  return std::make_shared<FakeOperation>();
}
Call<std::string> call_of(const std::shared_ptr<FakeOperation>& operation) {
  return Call<std::string>(operation);
}
Error refused() {
  return {Errc::not_found, "no such thing"};
}

testing::HeldCoroutine wait_for(Call<std::string> call, std::optional<Answered>& result) {
  auto answered = co_await std::move(call);
  result.emplace(std::move(answered));
}

TEST(Call, does_nothing_until_it_is_waited_for) {
  const auto operation = fake();
  {
    const Call<std::string> call(operation);
  }
  EXPECT_EQ(operation->runs + operation->starts, 0);
}

TEST(Call, get_runs_it_and_gives_the_answer) {
  const auto operation = fake();
  const auto result = Call<std::string>(operation).get();
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(**result, "done");
  EXPECT_EQ(operation->runs, 1);
}

TEST(Call, get_gives_the_error_as_a_value) {
  const auto operation = fake();
  operation->outcome = std::unexpected(refused());
  const auto result = Call<std::string>(operation).get();
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), Errc::not_found);
}

TEST(Call, value_throws_a_failure_that_holds_the_error) {
  const auto operation = fake();
  operation->outcome = std::unexpected(refused());
  try {
    static_cast<void>(Call<std::string>(operation).value());
    FAIL() << "value() gave something back";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.error().code(), Errc::not_found);
    EXPECT_EQ(failure.code(), make_error_code(Errc::not_found));
    EXPECT_NE(std::string(failure.what()).find("no such thing"), std::string::npos);
  }
}

TEST(Call, waiting_twice_is_an_error_and_not_a_second_request) {
  const auto operation = fake();
  Call<std::string> call(operation);
  ASSERT_TRUE(call.get().has_value());
  EXPECT_EQ(call.get().error().code(), Errc::already_started);
  EXPECT_EQ(operation->runs, 1);
}

TEST(Call, late_options_and_stop_token_reach_the_operation) {
  const auto operation = fake();
  std::stop_source source;
  const auto result = Call<std::string>(operation)
                          .with({.timeout = std::chrono::seconds(2), .cache = CacheMode::fresh})
                          .stop_on(source.get_token())
                          .get();
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(operation->options.timeout, std::chrono::seconds(2));
  EXPECT_EQ(operation->options.cache, CacheMode::fresh);
  EXPECT_TRUE(operation->stop.stop_possible());
}

TEST(Call, thrown_away_unstarted_it_tells_its_operation_once) {
  const auto operation = fake();
  {
    Call<std::string> first(operation);
    const Call<std::string> second = std::move(first);
  }
  EXPECT_EQ(operation->abandons, 1);
}

TEST(Call, handed_to_a_token_that_never_begins_it_tells_its_operation) {
  const auto operation = fake();
  {
    auto later = Call<std::string>(operation)(boost::asio::deferred);
  }
  EXPECT_EQ(operation->abandons, 1);
  EXPECT_EQ(operation->starts, 0);
}

TEST(Call, later_options_leave_earlier_ones_as_they_are) {
  const auto operation = fake();
  auto call = Call<std::string>(operation)
                  .with({.cache = CacheMode::fresh})
                  .with({.timeout = std::chrono::seconds(2)});
  EXPECT_TRUE(call.get().has_value());
  EXPECT_EQ(operation->options.cache, CacheMode::fresh);
  EXPECT_EQ(operation->options.timeout, std::chrono::seconds(2));
}

TEST(Call, assignment_gives_up_what_was_there) {
  const auto old_one = fake();
  const auto new_one = fake();
  Call<std::string> call(old_one);
  call = Call<std::string>(new_one);
  EXPECT_EQ(old_one->abandons, 1);
  EXPECT_TRUE(call.get().has_value());
  EXPECT_EQ(new_one->abandons, 0);
}

TEST(Call, a_foreign_coroutine_gets_the_answer) {
  const auto operation = fake();
  std::optional<Answered> result;
  const auto coroutine = wait_for(Call<std::string>(operation), result);
  EXPECT_FALSE(result.has_value());
  operation->finish();
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(***result, "done");
  coroutine.handle.destroy();
}

TEST(Call, a_foreign_coroutine_does_not_suspend_for_what_is_there) {
  const auto operation = fake();
  operation->ready = true;
  std::optional<Answered> result;
  const auto coroutine = wait_for(Call<std::string>(operation), result);
  EXPECT_TRUE(result.has_value());
  EXPECT_EQ(operation->starts, 0);
  coroutine.handle.destroy();
}

TEST(Call, destroying_a_waiting_coroutine_takes_the_call_back) {
  const auto operation = fake();
  std::optional<Answered> result;
  const auto coroutine = wait_for(Call<std::string>(operation), result);
  coroutine.handle.destroy();
  EXPECT_EQ(operation->cancels, 1);
  EXPECT_EQ(operation->sink, nullptr);
  EXPECT_FALSE(result.has_value());
}

TEST(Call, a_handler_is_posted_to_its_executor_and_never_run_inside) {
  boost::asio::io_context app;
  const auto operation = fake();
  operation->ready = true;
  std::optional<Answered> result;
  call_of(operation)(boost::asio::bind_executor(
      app.get_executor(), [&](Answered answered) { result.emplace(std::move(answered)); }));
  EXPECT_FALSE(result.has_value());
  app.run();
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(***result, "done");
}

TEST(Call, a_waiting_handler_keeps_its_io_context_running) {
  boost::asio::io_context app;
  const auto operation = fake();
  bool called = false;
  call_of(operation)(boost::asio::bind_executor(app.get_executor(), [&](const Answered&) { called = true; }));
  std::thread other([&] { operation->finish(); });
  app.run();
  other.join();
  EXPECT_TRUE(called);
}

TEST(Call, a_handler_may_be_move_only) {
  boost::asio::io_context app;
  const auto operation = fake();
  auto owned = std::make_unique<int>(7);
  int seen = 0;
  call_of(operation)(boost::asio::bind_executor(
      app.get_executor(), [&seen, owned = std::move(owned)](const Answered&) { seen = *owned; }));
  operation->finish();
  app.run();
  EXPECT_EQ(seen, 7);
}

TEST(Call, a_future_gets_the_answer) {
  const auto operation = fake();
  auto future = call_of(operation)(boost::asio::use_future);
  operation->finish();
  EXPECT_EQ(**future.get(), "done");
}

TEST(Call, a_cancellation_slot_reaches_the_operation) {
  boost::asio::io_context app;
  boost::asio::cancellation_signal signal;
  const auto operation = fake();
  call_of(operation)(boost::asio::bind_cancellation_slot(
      signal.slot(), boost::asio::bind_executor(app.get_executor(), [](const Answered&) {})));
  signal.emit(boost::asio::cancellation_type::terminal);
  EXPECT_EQ(operation->cancels, 1);
  operation->finish();
  app.run();
}

boost::asio::awaitable<void> await_in_all_forms(std::shared_ptr<FakeOperation> plain,
                                                std::shared_ptr<FakeOperation> token, std::string& seen) {
  Call<std::string> first(std::move(plain));
  auto one = co_await std::move(first);
  seen += **one;
  Call<std::string> second(std::move(token));
  auto two = co_await std::move(second)(boost::asio::use_awaitable);
  seen += **two;
}

TEST(Call, an_asio_coroutine_awaits_it_bare_and_as_a_token) {
  boost::asio::io_context app;
  const auto plain = fake();
  const auto token = fake();
  plain->ready = true;
  token->ready = true;
  std::string seen;
  boost::asio::co_spawn(app, await_in_all_forms(plain, token, seen), boost::asio::detached);
  app.run();
  EXPECT_EQ(seen, "donedone");
}

TEST(Answer, copies_share_the_value) {
  const Answer<std::string> first(std::string("text"));
  // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): the copy is what is tested
  const Answer<std::string> second = first;
  EXPECT_EQ(&*first, &*second);
  std::string own = first.copy();
  own += "!";
  EXPECT_EQ(*first, "text");
}

}  // namespace
}  // namespace wats
