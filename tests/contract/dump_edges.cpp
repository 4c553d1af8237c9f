// Prints which reads each write was seen to change at a server, as JSON, for edges_test.py to compare with
// the OpenAPI files.
#include "tests/contract/changed_answers.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <iostream>
#include <map>
#include <string>
#include <utility>

int main() {
  constexpr std::size_t rounds = 60;
  // The same in every run: the test of the tags draws another seed each time.
  constexpr std::uint64_t seed = 7;
  wats::testing::ChangedAnswers server(seed);
  nlohmann::json edges = nlohmann::json::array();
  std::map<std::pair<std::string, std::string>, std::size_t> found;
  for (const auto& change : server.after_writes(rounds)) {
    if (found[{change.write, change.read}]++ > 0) continue;
    edges.push_back({{"write", change.write},
                     {"read", change.read},
                     {"example", change.write_text + " changed " + change.read_text}});
  }
  for (auto& edge : edges) edge["times"] = found[{edge["write"], edge["read"]}];
  nlohmann::json cards = nlohmann::json::array();
  wats::op::All::for_each([&]<class Op>() { cards.push_back(Op::card.id); });
  std::cout << nlohmann::json{{"edges", edges}, {"cards", cards}}.dump(1) << '\n';
  return 0;
}
