// What the instruction gate counts of a lookup by the rules of HTTP: how old the stored answer is, and
// whether it may be shown. See tests/perf/gate.py.
#include "tests/perf/scenarios.hpp"
#include "wats/policy/reuse.hpp"

#include <chrono>
#include <cstdlib>

namespace {

using wats::policy::ReuseVerdict;

wats::policy::Stored product_answer() {
  const auto now = std::chrono::system_clock::time_point(std::chrono::hours(500'000));
  wats::policy::AnswerFacts facts(200, std::chrono::floor<std::chrono::seconds>(now));
  facts.note("Cache-Control", "private, max-age=300, stale-while-revalidate=60");
  facts.note("ETag", "\"7\"");
  facts.note("Age", "12");
  return wats::policy::make_stored(facts, now - std::chrono::milliseconds(5), now);
}

/// A fresh answer and a request that wants it no older than two minutes.
void reuse_decision() {
  static const wats::policy::Stored stored = product_answer();
  static const wats::policy::Wish wish{.max_age = wats::policy::DeltaSeconds(120)};
  wats::perf::keep(&stored);
  wats::perf::keep(&wish);
  const auto age = wats::policy::age_of(stored, std::chrono::milliseconds(34'567));
  if (wats::policy::decide_reuse(stored, age, wish) != ReuseVerdict::show) std::abort();
}

}  // namespace

int main(int argc, char** argv) {
  return wats::perf::run(argc, argv, {{"http_reuse_decision", 100, 10'000, reuse_decision}});
}
