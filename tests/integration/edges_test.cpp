// No write changes an answer that its tags leave alone: what changes is found out from the server's store,
// not from the cards.
#include "tests/contract/changed_answers.hpp"

#include <gtest/gtest.h>

#include <iostream>
#include <random>

namespace wats::testing {
namespace {

constexpr std::size_t rounds = 60;

TEST(Edges, every_answer_that_a_write_changes_shares_a_tag_with_it) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  ChangedAnswers server(seed);
  const auto changes = server.after_writes(rounds);
  std::map<std::string, std::size_t> found;
  for (const auto& change : changes) {
    ++found[change.write + " -> " + change.read];
    EXPECT_TRUE(change.tags_meet()) << change.write_text << "\nchanged " << change.read_text << "\nfrom "
                                    << change.before << "\nto   " << change.after;
  }
  std::cout << "with seed " << seed << '\n';
  for (const auto& [edge, count] : found) std::cout << "  " << edge << ": " << count << " times\n";
  op::All::for_each([&]<class Op>() {
    const std::string id(Op::card.id);
    EXPECT_GT(Op::card.is_read() ? server.questions().at(id) : server.writes().at(id), 0U) << id;
  });
}

TEST(Edges, that_are_missing_are_seen) {
  ChangedAnswers server(1);
  std::size_t missing = 0;
  for (auto& change : server.after_writes(5)) {
    std::erase_if(change.write_tags, [](const TagText& tag) { return tag.first.starts_with("product"); });
    missing += change.tags_meet() ? 0 : 1;
  }
  EXPECT_GT(missing, 0U);
}

}  // namespace
}  // namespace wats::testing
