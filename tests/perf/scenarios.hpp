// The frame of a program for gate.py: named scenarios, each a warm-up and a counted loop.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <valgrind/callgrind.h>
#include <vector>

namespace wats::perf {

/// Keeps the compiler from dropping a value that nobody reads.
template <class T>
void keep(const T& value) {
  asm volatile("" : : "r,m"(value) : "memory");
}

/// One scenario: *body* is run *warm_up* times uncounted, then *runs* times counted.
struct Scenario {
  std::string_view name;
  int warm_up;
  int runs;
  std::function<void()> body;
};

/// `main` of such a program. *Errors*: 2 for a scenario that is not there.
inline int run(int argc, char** argv, const std::vector<Scenario>& scenarios) {
  const std::string_view wanted = argc > 1 ? argv[1] : "--list";
  if (wanted == "--list") {
    for (const auto& scenario : scenarios) std::printf("%s\n", std::string(scenario.name).c_str());
    return 0;
  }
  for (const auto& scenario : scenarios) {
    if (scenario.name != wanted) continue;
    // A slow-down for a test to see the gate fail: every run costs twice.
    const bool planted = std::getenv("WATS_PLANT_SLOWDOWN") != nullptr;
    for (int i = 0; i < scenario.warm_up; ++i) scenario.body();
    CALLGRIND_TOGGLE_COLLECT;
    for (int i = 0; i < scenario.runs; ++i) {
      scenario.body();
      if (planted) scenario.body();
    }
    CALLGRIND_TOGGLE_COLLECT;
    std::printf("runs %d\n", scenario.runs);
    return 0;
  }
  std::fprintf(stderr, "no scenario is called '%s'\n", argv[1]);
  return 2;
}

}  // namespace wats::perf
