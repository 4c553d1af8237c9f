// What the instruction gate counts of an attempt that goes well: everything that is decided before and after
// it. See tests/perf/gate.py.
#include "src/http/admission.hpp"
#include "src/http/pipeline.hpp"
#include "tests/perf/scenarios.hpp"

#include <chrono>
#include <cstdlib>
#include <thread>

namespace {

using wats::http::detail::Admission;
using wats::http::detail::Admitted;
using wats::http::detail::Event;
using wats::http::detail::State;

wats::ClientOptions options() {
  wats::RateSettings rate;
  rate.per_minute = 10'000'000;
  rate.burst = 10'000'000;
  wats::ConcurrencySettings concurrency;
  concurrency.adaptive = true;
  return wats::ClientOptions().base_url("http://127.0.0.1").rate(rate).concurrency(concurrency);
}

/// Table, breaker, rate limit, adaptive concurrency and retry budget, all of them on.
void attempt_that_goes_well() {
  static Admission admission(options(), 1);
  static auto now = std::chrono::steady_clock::now();
  now += std::chrono::microseconds(100);
  auto step = wats::http::detail::decide(State::ready, Event::leads);
  const Admitted admitted = admission.ask(wats::Priority::operator_waiting, now);
  if (admitted.verdict != Admitted::Verdict::now) std::abort();
  admission.entered();
  step = wats::http::detail::decide(step.next, Event::admitted);
  admission.report(admitted.pass, Admission::Report::succeeded, std::chrono::milliseconds(1), 1, now);
  admission.left();
  admission.succeeded(0);
  step = wats::http::detail::decide(step.next, Event::answered);
  wats::perf::keep(step);
}

}  // namespace

int main(int argc, char** argv) {
  // libstdc++ skips atomics while a process has one thread.
  std::thread([] {}).join();
  return wats::perf::run(argc, argv, {{"attempt", 1000, 10'000, attempt_that_goes_well}});
}
