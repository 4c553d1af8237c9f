// What -vv tells of an attempt.
#pragma once

#include "wats/core/attempt.hpp"

#include <string>

namespace wats::app {

/// One line for people: what was sent, how it ended, where the time went, what follows.
[[nodiscard]] std::string line_of(const AttemptReport& report);

}  // namespace wats::app
