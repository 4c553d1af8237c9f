// A thousand clients lose their server and get it back, in virtual time: what they send meanwhile and
// afterwards.
#include "wats/policy/breaker.hpp"
#include "wats/policy/retry.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <queue>
#include <random>
#include <vector>

namespace wats::policy {
namespace {

using namespace std::chrono_literals;
using TimePoint = Breaker::TimePoint;

constexpr int client_count = 1000;
constexpr auto outage_begin = 20s;
constexpr auto outage_end = 100s;
constexpr auto end = 300s;

class Outage {
 public:
  explicit Outage(bool with_breaker) {
    BreakerSettings settings;
    settings.enabled = with_breaker;
    for (int i = 0; i < client_count; ++i) clients_.push_back(std::make_unique<Client>(settings));
    // Each client asks about once a second.
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      for (auto at = up_to(1s); at < end; at += up_to(2s)) {
        ++calls_[second(at)];
        attempts_.push({at, i, 0, 0});
      }
    }
    while (!attempts_.empty()) {
      const Attempt attempt = attempts_.top();
      attempts_.pop();
      make(attempt);
    }
  }

  [[nodiscard]] int calls(std::size_t at) const { return calls_[at]; }
  [[nodiscard]] int requests(std::size_t at) const { return requests_[at]; }
  [[nodiscard]] int repeats(std::size_t at) const { return repeats_[at]; }

 private:
  struct Client {
    explicit Client(const BreakerSettings& settings) : breaker(settings) {}
    RetryBudget budget{RetrySettings().budget};
    Breaker breaker;
  };
  struct Attempt {
    std::chrono::nanoseconds at;
    std::size_t client;
    int sent;
    std::int32_t cost;
    friend bool operator<(const Attempt& a, const Attempt& b) { return a.at > b.at; }
  };

  static std::size_t second(std::chrono::nanoseconds at) { return static_cast<std::size_t>(at / 1s); }
  std::chrono::nanoseconds up_to(std::chrono::nanoseconds most) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(draw() * most);
  }
  double draw() { return std::uniform_real_distribution<double>(0, 1)(random_); }

  void make(const Attempt& attempt) {
    Client& client = *clients_[attempt.client];
    const TimePoint now{attempt.at};
    const auto pass = client.breaker.ask(now);
    if (pass == Breaker::Pass::refused || attempt.at >= end) return;
    ++requests_[second(attempt.at)];
    if (attempt.sent > 0) ++repeats_[second(attempt.at)];
    const bool is_up = attempt.at < outage_begin || attempt.at >= outage_end;
    client.breaker.report(pass, is_up ? Breaker::Report::succeeded : Breaker::Report::failed, 5ms, now,
                          draw());
    if (is_up) return client.budget.succeeded(attempt.cost);
    const auto decision =
        decide_retry({}, client.budget, {.is_transient = true}, true, attempt.sent + 1, 30s, draw());
    if (decision.verdict != RetryVerdict::retry) return;
    attempts_.push({attempt.at + decision.delay, attempt.client, attempt.sent + 1, decision.cost});
  }

  std::mt19937 random_{20261123};
  std::vector<std::unique_ptr<Client>> clients_;
  std::priority_queue<Attempt> attempts_;
  std::vector<int> calls_ = std::vector<int>(end / 1s + 1);
  std::vector<int> requests_ = std::vector<int>(end / 1s + 1);
  std::vector<int> repeats_ = std::vector<int>(end / 1s + 1);
};

TEST(Outage, the_budget_alone_ends_repeats_during_it) {
  const Outage outage(false);
  int repeats = 0;
  for (std::size_t at = 0; at < 300; ++at) repeats += outage.repeats(at);
  // A full budget each, and what the successes before and after earned.
  const RetrySettings settings;
  EXPECT_LE(repeats, client_count * (settings.budget / settings.cost + 1));
  // Two repeats for each call at first; none once the budget is gone.
  EXPECT_LE(outage.requests(25), 3.2 * outage.calls(25));
  EXPECT_EQ(outage.repeats(90), 0);
}

TEST(Outage, with_the_breaker_only_probes_reach_a_server_that_is_away) {
  const Outage outage(true);
  for (std::size_t at = 40; at < 100; ++at)
    EXPECT_LE(outage.requests(at), 0.25 * outage.calls(at)) << "second " << at;
}

TEST(Outage, a_server_that_comes_back_gets_no_more_than_what_is_asked_for) {
  const Outage outage(true);
  for (std::size_t at = 100; at < 300; ++at)
    EXPECT_LE(outage.requests(at), 1.02 * outage.calls(at)) << "second " << at;
  // All of them are back when the longest wait of the breaker is over, and stay.
  for (std::size_t at = 195; at < 300; ++at)
    EXPECT_EQ(outage.requests(at), outage.calls(at)) << "second " << at;
}

}  // namespace
}  // namespace wats::policy
