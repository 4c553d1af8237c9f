// How many descriptors this process holds: what a test compares before and after.
#pragma once

#include <cstddef>
#include <filesystem>
#include <iterator>

namespace wats::testing {

[[nodiscard]] inline std::size_t open_files() {
  const std::filesystem::directory_iterator files("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

}  // namespace wats::testing
