// Pictures: the figures drawn as SVG.
#pragma once

#include "apps/wats/demo/figures.hpp"

#include <string>

namespace wats::demo {

/// What share of the static and slow reads was answered within which time, a curve a run.
[[nodiscard]] std::string latency_picture(const Figures& figures, const Runs& runs);
/// Calls that the server counted, by operation: without cache, with everything on, and the fewest possible.
[[nodiscard]] std::string calls_picture(const Figures& figures);
/// Hit rate of the static and slow reads in the course of a run, with what a perfect cache would have
/// reached.
[[nodiscard]] std::string hit_rate_picture(const Figures& figures, const Runs& runs);
/// Requests a second of the backlog, one at a time and many at once.
[[nodiscard]] std::string backlog_picture(const Runs& runs);

}  // namespace wats::demo
