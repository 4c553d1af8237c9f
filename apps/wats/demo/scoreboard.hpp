// Scoreboard: the figures as cells of tables for people and as JSON for programs.
#pragma once

#include "apps/wats/demo/figures.hpp"

#include <string>
#include <vector>

namespace wats::demo {

/// Cells of one row; numbers are right-aligned by whoever shows them.
using Cells = std::vector<std::string>;

/// Headings of the rows below.
[[nodiscard]] Cells metric_headings();
[[nodiscard]] Cells operation_headings();
/// Name, plan's target, our goal, measured, pass and what else there is to know.
[[nodiscard]] std::vector<Cells> metric_cells(const Figures& figures);
/// Operation, class, calls plain, cached, all and fewest, hit rate, p50 and p95 of plain, cached and all.
[[nodiscard]] std::vector<Cells> operation_cells(const Figures& figures);
/// What was checked and found, one sentence a line.
[[nodiscard]] std::vector<std::string> verdict_lines(const Figures& figures);
/// What the runs over a second level came to; nothing where they were not played.
[[nodiscard]] std::vector<std::string> level_lines(const Figures& figures);
/// The same work against a server that limits requests, when it was played.
[[nodiscard]] std::string limited_line(const Runs& runs);

/// One JSON object, as the demonstration's readers expect it.
[[nodiscard]] std::string scoreboard_json(const Figures& figures);

/// For example 23.4 ms or 3.1 us.
[[nodiscard]] std::string duration_text(Nanoseconds time);

}  // namespace wats::demo
