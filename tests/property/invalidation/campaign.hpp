// Campaign: many sequences one after the other, and what to say of the first that shows a wrong answer.
#pragma once

#include "tests/property/invalidation/sequence.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace wats::testing {

/// How a sequence ended.
class Verdict {
 public:
  Verdict() = default;
  std::vector<std::string> problems;
  std::string story;
  Tallies tallies;
  std::size_t checks = 0;
};

/// *Thread safety*: one thread at a time.
class Campaign {
 public:
  /// *Lifetime*: the plant outlives it. No plant: the cards as they are.
  explicit Campaign(const Plant* plant = nullptr) : plant_(plant) {}

  [[nodiscard]] Verdict run(const Sequence& sequence);
  /// Leaves out steps of a sequence that fails for as long as it goes on failing.
  [[nodiscard]] Sequence shortened(Sequence sequence);
  /// What a reader needs to understand a failure and to see it again.
  [[nodiscard]] std::string report(const Sequence& sequence);

 private:
  [[nodiscard]] Stage& stage(bool keeps_back);

  const Plant* plant_;
  /// By whether it keeps reports back.
  std::map<bool, std::unique_ptr<Stage>> stages_;
  std::map<bool, std::size_t> uses_;
  std::uint32_t number_ = 0;
};

}  // namespace wats::testing
