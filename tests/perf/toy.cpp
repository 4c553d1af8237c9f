// A program for gate.py to be tested with: a scenario whose cost is known to be steady.
#include "tests/perf/scenarios.hpp"

#include <numeric>
#include <vector>

int main(int argc, char** argv) {
  std::vector<int> numbers(1000);
  const auto sum = [&numbers] { wats::perf::keep(std::accumulate(numbers.begin(), numbers.end(), 0)); };
  return wats::perf::run(argc, argv, {{"sum_of_1000", 10, 100, sum}});
}
