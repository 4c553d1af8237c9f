#include "apps/wats/demo/timeline.hpp"

#include "wats/model/report_header.hpp"

#include <algorithm>

namespace wats::demo {

Timeline::Timeline(std::vector<const server::RowVersion*> versions) : versions_(std::move(versions)) {
  for (std::size_t i = 0; i < versions_.size(); ++i) {
    const auto& version = *versions_[i];
    // Versions of one commit became visible together.
    if (points_.size() == 1 || points_.back().commit != version.commit) {
      points_.push_back(
          {.commit = version.commit, .not_before = version.not_before, .not_after = version.not_after});
    }
    points_.back().versions = i + 1;
  }
}

std::pair<std::size_t, std::size_t> Timeline::current(Time start, Time end) const {
  // A state is over for certain once the next one is visible for certain.
  const auto over = std::partition_point(points_.begin() + 1, points_.end(),
                                         [&](const Point& point) { return point.not_after < start; });
  const auto begun =
      std::partition_point(over, points_.end(), [&](const Point& point) { return point.not_before <= end; });
  return {static_cast<std::size_t>(over - points_.begin()) - 1,
          static_cast<std::size_t>(begun - points_.begin()) - 1};
}

Rows Timeline::at(std::size_t point) const {
  Rows rows;
  for (std::size_t i = 0; i < points_[point].versions; ++i) rows.apply(*versions_[i]);
  return rows;
}

void Timeline::advance(Rows& rows, std::size_t point) const {
  for (std::size_t i = points_[point - 1].versions; i < points_[point].versions; ++i)
    rows.apply(*versions_[i]);
}

HistoryIndex::HistoryIndex(const std::vector<server::RowVersion>& history, Decoder& decoder) {
  // Where a report is found, also once it is deleted and says nothing any more.
  std::unordered_map<std::string_view, std::pair<std::string, std::string>> places;
  for (const auto& version : history) {
    if (version.table == "processes") {
      groups_["processes"].push_back(&version);
    } else if (version.table == "products") {
      groups_["products"].push_back(&version);
      groups_["product " + version.key].push_back(&version);
    } else if (version.table == "revisions") {
      groups_["revisions " + version.key.substr(0, version.key.rfind('/'))].push_back(&version);
    } else if (version.table == "units") {
      groups_["unit " + version.key].push_back(&version);
    } else if (version.table == "reports") {
      auto& [serial, part] = places[version.key];
      if (!version.deleted) {
        const auto& header = decoder.row<ReportHeader>(version);
        serial = "serial " + header.serial_number.value_or("");
        part = "part " + header.part_number.value_or("");
      }
      groups_[serial].push_back(&version);
      groups_[part].push_back(&version);
    }
  }
}

const Timeline& HistoryIndex::timeline(const std::vector<std::string>& groups) {
  std::string name;
  for (const auto& group : groups) name.append(group).push_back('\n');
  auto& slot = timelines_[name];
  if (!slot) {
    std::vector<const server::RowVersion*> versions;
    for (const auto& group : groups) {
      const auto found = groups_.find(group);
      if (found != groups_.end()) versions.insert(versions.end(), found->second.begin(), found->second.end());
    }
    // They lie in one vector in the order they were committed.
    std::ranges::sort(versions);
    slot = std::make_unique<Timeline>(std::move(versions));
  }
  return *slot;
}

}  // namespace wats::demo
