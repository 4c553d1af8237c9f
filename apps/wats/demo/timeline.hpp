// Timeline: the states that some rows of the server went through, from its version history.
#pragma once

#include "apps/wats/demo/trace.hpp"
#include "wats/core/error.hpp"
#include "wats/model/codec.hpp"
#include "wats/server/history.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace wats::demo {

/// Rows decoded, each once. *Errors*: throws Failure for a row that is not what the API says.
class Decoder {
 public:
  template <class T>
  const T& row(const server::RowVersion& version) {
    auto& slot = rows_[&version];
    if (!slot) {
      auto value = model::from_json<T>(version.doc);
      if (!value) throw Failure(value.error());
      slot = std::make_shared<const T>(*std::move(value));
    }
    return *static_cast<const T*>(slot.get());
  }

 private:
  std::unordered_map<const server::RowVersion*, std::shared_ptr<const void>> rows_;
};

/// Rows as they were at one moment.
class Rows {
 public:
  using Key = std::pair<std::string_view, std::string_view>;

  void apply(const server::RowVersion& version) {
    if (version.deleted)
      rows_.erase({version.table, version.key});
    else
      rows_[{version.table, version.key}] = &version;
  }
  /// Null when there is no such row.
  [[nodiscard]] const server::RowVersion* find(std::string_view table, std::string_view key) const {
    const auto found = rows_.find({table, key});
    return found == rows_.end() ? nullptr : found->second;
  }
  /// All rows of a table, by key.
  template <class Visit>
  void each(std::string_view table, Visit visit) const {
    for (auto at = rows_.lower_bound({table, {}}); at != rows_.end() && at->first.first == table; ++at) {
      visit(*at->second);
    }
  }

 private:
  std::map<Key, const server::RowVersion*> rows_;
};

/// *Lifetime*: the history outlives it.
class Timeline {
 public:
  /// One state, from the commit that made it. It became visible at some moment in [not_before, not_after].
  struct Point {
    std::uint64_t commit = 0;
    Time not_before = Time::min();
    Time not_after = Time::min();
    std::size_t versions = 0;  ///< that belong to it and to those before it
  };

  /// *versions* in the order of the history.
  explicit Timeline(std::vector<const server::RowVersion*> versions);

  /// The state before everything comes first.
  [[nodiscard]] const std::vector<Point>& points() const noexcept { return points_; }
  /// First and last of the points that may have been current at some moment between *start* and *end*.
  [[nodiscard]] std::pair<std::size_t, std::size_t> current(Time start, Time end) const;
  /// The rows at a point.
  [[nodiscard]] Rows at(std::size_t point) const;
  /// Makes the rows of point - 1 those of *point*.
  void advance(Rows& rows, std::size_t point) const;

 private:
  std::vector<const server::RowVersion*> versions_;
  std::vector<Point> points_{Point()};
};

/// The version history sorted by what questions are asked about. *Lifetime*: the history outlives it.
class HistoryIndex {
 public:
  /// *Errors*: throws Failure for a report header that can't be read.
  HistoryIndex(const std::vector<server::RowVersion>& history, Decoder& decoder);

  /// The rows of the named groups: "processes", "products", "product PN", "revisions PN", "unit SN/PN",
  /// "serial SN" and "part PN" (reports). *Lifetime*: the index's.
  [[nodiscard]] const Timeline& timeline(const std::vector<std::string>& groups);

 private:
  std::unordered_map<std::string, std::vector<const server::RowVersion*>> groups_;
  std::unordered_map<std::string, std::unique_ptr<Timeline>> timelines_;
};

}  // namespace wats::demo
