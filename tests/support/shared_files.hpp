// Files that belong to others and are not part of the project: read where they are, missed only where they
// must be.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace wats::testing {

[[nodiscard]] inline std::filesystem::path shared_path(std::string_view path) {
  return std::filesystem::path(WATS_SHARED_DIR) / path;
}

/// CI sets it: there what is skipped elsewhere fails.
[[nodiscard]] inline bool shared_files_are_required() {
  const char* const required = std::getenv("WATS_REQUIRE_SHARED");
  return required != nullptr && std::string_view(required) == "1";
}

/// The whole file, as bytes.
[[nodiscard]] inline std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace wats::testing

/// Ends the test, skipped or failed, when *path* is not there.
#define WATS_NEEDS_SHARED(path)                                                         \
  if (std::filesystem::exists(path)) {                                                  \
  } else if (::wats::testing::shared_files_are_required()) {                            \
    FAIL() << (path) << " is not there, and WATS_REQUIRE_SHARED is set";                \
  } else /* NOLINT(readability-misleading-indentation,readability-else-after-return) */ \
    GTEST_SKIP() << (path) << " is not there"
