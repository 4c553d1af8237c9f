// What -v tells of where an answer came from.
#pragma once

#include "wats/core/answer.hpp"

#include <string>

namespace wats::app {

/// For people: "from the server", "from memory, 3.2 s old, stale: the server is away".
[[nodiscard]] std::string line_of(const Provenance& provenance);

}  // namespace wats::app
