#include "tests/property/invalidation/campaign.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

namespace wats::testing {
namespace {

/// Sequences that one server serves: its history is looked through after each of them.
constexpr std::size_t uses_of_a_stage = 40;
/// A failure that depends on how threads meet does not come every time.
constexpr int tries = 3;
constexpr std::size_t most_told = 5;
constexpr std::string_view variable = "WATS_PROPERTY_SEED";

}  // namespace

Stage& Campaign::stage(bool keeps_back) {
  auto& stage = stages_[keeps_back];
  if (!stage || ++uses_[keeps_back] % uses_of_a_stage == 0) stage = std::make_unique<Stage>(keeps_back);
  return *stage;
}

Verdict Campaign::run(const Sequence& sequence) {
  World world(++number_, sequence.products, sequence.units);
  Session session(stage(sequence.keeps_back), world, plant_);
  play(sequence, session);
  Verdict verdict;
  verdict.problems = session.problems();
  verdict.tallies = session.tallies();
  verdict.checks = session.reads();
  if (!verdict.problems.empty()) verdict.story = session.story();
  return verdict;
}

Sequence Campaign::shortened(Sequence sequence) {
  const auto fails = [&](const Sequence& shorter) {
    for (int i = 0; i < tries; ++i) {
      if (!run(shorter).problems.empty()) return true;
    }
    return false;
  };
  for (std::size_t length = sequence.steps.size() / 2; length > 0; length /= 2) {
    for (std::size_t at = 0; at + length <= sequence.steps.size();) {
      Sequence shorter = sequence;
      const auto begin = shorter.steps.begin() + static_cast<std::ptrdiff_t>(at);
      shorter.steps.erase(begin, begin + static_cast<std::ptrdiff_t>(length));
      if (fails(shorter))
        sequence = std::move(shorter);
      else
        at += length;
    }
  }
  return sequence;
}

std::string Campaign::report(const Sequence& sequence) {
  const Sequence shorter = shortened(sequence);
  std::ostringstream text;
  text << "wrong answers with seed " << sequence.seed << "; once more: " << variable << "=" << sequence.seed
       << "\nof " << sequence.steps.size() << " steps " << shorter.steps.size() << " are needed";
  Verdict verdict;
  for (int i = 0; i < tries && verdict.problems.empty(); ++i) verdict = run(shorter);
  if (verdict.problems.empty()) text << ", and did not show it this time";
  for (std::size_t i = 0; i < std::min(verdict.problems.size(), most_told); ++i)
    text << "\n  " << verdict.problems[i];
  text << "\nall that happened:\n" << verdict.story;
  return text.str();
}

}  // namespace wats::testing
