#include "tests/property/invalidation/oracle.hpp"

#include <algorithm>

namespace wats::testing {

std::optional<std::string> Oracle::problem(const SeenRead& read) {
  if (!read.given_to.empty() && read.given_to != principal_of(read.who))
    return "was given to principal " + read.given_to;
  const demo::Timeline& timeline = index_.timeline(read.groups);
  const auto& points = timeline.points();
  auto [first, last] = timeline.current(news_limit(read), read.end);
  if (!read.has_to_be_newest) {
    while (first > 0 && may_be_missed(timeline, first, principal_of(read.who))) --first;
  }
  demo::Rows rows = timeline.at(first);
  for (std::size_t point = first;; timeline.advance(rows, ++point)) {
    if (read.shows(rows, decoder_)) return std::nullopt;
    if (point == last) break;
  }
  std::string text = "shows what no version ever said";
  for (std::size_t point = 0; point < points.size(); ++point) {
    const bool may_be = point >= first && point <= last;
    if (!may_be && read.shows(timeline.at(point), decoder_))
      text =
          "shows version " + std::to_string(point) + " (commit " + std::to_string(points[point].commit) + ")";
  }
  return text + ", but has to show one of " + std::to_string(first) + " to " + std::to_string(last) +
         " (commit " + std::to_string(points[last].commit) + ")";
}

Time Oracle::news_limit(const SeenRead& read) const {
  Time limit = read.start;
  for (const auto& write : writes_) {
    const bool is_peers =
        !write.is_ingest && write.who != read.who && principal_of(write.who) == principal_of(read.who);
    if (is_peers && write.start <= read.start && write.end >= read.start)
      limit = std::min(limit, write.start);
  }
  return limit;
}

bool Oracle::may_be_foreign(const demo::Timeline::Point& point, std::string_view principal) const {
  return std::any_of(writes_.begin(), writes_.end(), [&](const SeenWrite& write) {
    return principal_of(write.who) != principal && write.start <= point.not_after &&
           write.done >= point.not_before;
  });
}

bool Oracle::may_be_missed(const demo::Timeline& timeline, std::size_t point,
                           std::string_view principal) const {
  const auto& points = timeline.points();
  if (may_be_foreign(points[point], principal)) return true;
  if (!takes_away(timeline, point)) return false;
  return std::any_of(points.begin() + 1, points.begin() + static_cast<std::ptrdiff_t>(point),
                     [&](const auto& earlier) { return may_be_foreign(earlier, principal); });
}

bool Oracle::takes_away(const demo::Timeline& timeline, std::size_t point) {
  const auto count = [&](std::size_t at) {
    std::size_t rows = 0;
    for (const std::string_view table : {"products", "revisions"})
      timeline.at(at).each(table, [&](const server::RowVersion&) { ++rows; });
    return rows;
  };
  return count(point) < count(point - 1);
}

}  // namespace wats::testing
