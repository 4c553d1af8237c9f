// Small traces for the tests of the simulation.
#pragma once

#include "apps/wats/simulate/key_trace.hpp"

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace wats::simulate {

/// A line a request.
inline KeyTrace trace_of_lines(std::string_view lines) {
  TraceReader reader;
  if (auto taken = reader.take(lines); !taken) throw Failure(taken.error());
  return reader.finish().value();
}

/// A letter a request.
inline KeyTrace trace_of(std::string_view letters) {
  std::string lines;
  for (const char letter : letters) (lines += letter) += '\n';
  return trace_of_lines(lines);
}

/// Some keys are asked for more often than others.
inline KeyTrace random_trace(std::mt19937& random, std::size_t requests, std::uint32_t keys) {
  std::string lines;
  for (std::size_t i = 0; i < requests; ++i) {
    lines += std::to_string(std::min(random() % keys, random() % keys)) + "\n";
  }
  return trace_of_lines(lines);
}

}  // namespace wats::simulate
