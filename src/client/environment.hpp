// The variables of the environment that name places and options.
#pragma once

#include <cstdlib>
#include <string>

namespace wats::detail {

/// "" where it is not set. Read at start-up, before a program starts threads that could change the
/// environment.
[[nodiscard]] inline std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): see above
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace wats::detail
