// The report: one HTML file with the scoreboard and the pictures that needs nothing else to be seen.
#pragma once

#include "apps/wats/demo/figures.hpp"

#include <string>

namespace wats::demo {

[[nodiscard]] std::string report_html(const Figures& figures, const Runs& runs);

}  // namespace wats::demo
