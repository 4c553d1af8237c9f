// Bad days: time limits, repeats, priorities, and what a client tells of its server.
#include "wats/wats.hpp"

#include <chrono>
#include <iostream>

int main() {
  using namespace std::chrono_literals;
  auto options = wats::load_options().value();

  // Each attempt of each call, when it is over; told on the client's threads, so it must not take long.
  options.on_attempt([](const wats::AttemptReport& attempt) {
    std::cout << attempt.operation << " attempt " << attempt.number << ": HTTP " << attempt.status << "\n";
  });

  wats::RetrySettings retry;
  retry.attempts = 5;
  options.retry(retry);
  wats::RateSettings rate;
  rate.per_minute = 1000;
  options.rate(rate);
  const wats::Client client(options);

  // Time for the whole call, and for one attempt, after which another is made.
  const auto known = client.processes().list().with({.timeout = 5s, .attempt_timeout = 1s}).get();

  // Calls that belong together share one deadline.
  const wats::CallOptions together{.deadline = std::chrono::steady_clock::now() + 10s};
  const auto version = client.server().version().with(together).get();
  const auto products = client.products().list().with(together).get();

  // Where calls have to wait, those of people go first.
  const auto headers =
      client.reports().list(wats::ReportPage(10)).with({.priority = wats::Priority::backlog}).get();

  for (const auto& operation : client.stats().operations()) {
    std::cout << operation.operation << ": " << operation.attempts << " attempts, " << operation.repeats
              << " repeats, half of them within " << operation.latency.p50.count() / 1000 << " us\n";
  }
  std::cout << "breaker: " << name(client.stats().condition().breaker) << "\n";
  return known && version && products && headers ? 0 : 1;
}
