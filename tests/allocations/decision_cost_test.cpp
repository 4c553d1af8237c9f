// Deciding about an attempt allocates nothing, whether it goes well or fails.
#include "src/http/admission.hpp"
#include "src/http/pipeline.hpp"
#include "tests/support/allocations.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>

namespace wats::http::detail {
namespace {

using namespace std::chrono_literals;

TEST(DecisionCost, of_ten_thousand_attempts_is_no_allocation) {
  ConcurrencySettings concurrency;
  concurrency.adaptive = true;
  Admission admission(ClientOptions().base_url("https://wats.test").concurrency(concurrency), 1);
  Admission::TimePoint now{1h};
  std::size_t admitted = 0;
  std::size_t retried = 0;
  const std::size_t before = testing::allocations();
  for (int i = 0; i < 10'000; ++i) {
    now += 150ms;
    auto step = decide(State::ready, Event::leads);
    const Admitted turn = admission.ask(Priority::operator_waiting, now);
    if (turn.verdict != Admitted::Verdict::now) continue;
    ++admitted;
    step = decide(step.next, Event::admitted);
    const bool fails = i % 4 == 0;
    const auto report = fails ? Admission::Report::failed : Admission::Report::succeeded;
    admission.report(turn.pass, report, 3ms, fails ? std::nullopt : std::optional(1U), now);
    step = decide(step.next, fails ? Event::again : Event::answered);
    EXPECT_EQ(step.action, fails ? Action::pause : Action::answer);
    if (!fails) {
      admission.succeeded(0);
    } else if (admission.retry({.is_transient = true}, true, 1, 3, 10s).verdict ==
               policy::RetryVerdict::retry) {
      ++retried;
    }
  }
  EXPECT_EQ(testing::allocations() - before, 0U);
  EXPECT_GT(admitted, 9'000U);
  EXPECT_GT(retried, 0U);
}

}  // namespace
}  // namespace wats::http::detail
