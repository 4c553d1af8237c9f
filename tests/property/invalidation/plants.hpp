// Plants: faults of the kind that the property is there to find, put in from outside: cards without an edge
// or a settling window, a backplane that keeps news to itself, a scope that two tokens share.
#pragma once

#include "tests/contract/sample.hpp"
#include "tests/support/memory_level.hpp"
#include "wats/op/all.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace wats::testing {

/// A write makes a read untrue by a kind of tag that both name.
class Edge {
 public:
  Edge(std::string_view writer, std::string_view reader, std::string_view by)
      : write(writer), read(reader), kind(by) {}
  std::string write;
  std::string read;
  std::string kind;

  [[nodiscard]] std::string text() const { return write + " -> " + read + " by " + kind; }
  friend auto operator<=>(const Edge&, const Edge&) = default;
  friend void PrintTo(const Edge& edge, std::ostream* out) { *out << edge.text(); }
};

/// What is wrong on purpose; a default one is a plant that does nothing.
class Plant {
 public:
  Plant() = default;

  [[nodiscard]] static Plant without(const Edge& edge) {
    Plant plant;
    plant.dropped.push_back(edge);
    return plant;
  }

  std::vector<Edge> dropped;
  /// Cards that say nothing of settling.
  bool skips_settling = false;
  /// News reach the other clients of the backplane, but not for how long the server may show the older state.
  bool backplane_skips_settling = false;
  /// News don't reach them at all.
  bool backplane_is_silent = false;
  /// The principals share a second level and a scope.
  bool shares_scope = false;
};

/// Kinds of tags that a card names, those learnt from the answer too.
template <op::Operation Op>
[[nodiscard]] std::set<std::string> tag_kinds() {
  std::set<std::string> kinds;
  const auto collect = [&](std::string_view kind, std::string_view /*id*/) { kinds.emplace(kind); };
  for (const auto filling : {Filling::bare, Filling::full}) {
    sample<Op>("request", filling).tags(collect);
    if constexpr (requires(const typename Op::Answer& answer) { Op::answer_tags(answer, collect); }) {
      Op::answer_tags(sample<typename Op::Answer>("answer", filling), collect);
    }
  }
  return kinds;
}

/// Every edge that the cards make to a read whose answers are kept or shared.
[[nodiscard]] inline std::set<Edge> all_edges() {
  std::set<Edge> edges;
  op::All::for_each([&]<class Write>() {
    if constexpr (!Write::card.is_read()) {
      op::All::for_each([&]<class Read>() {
        if constexpr (Read::card.is_read() && Read::card.cache_class != CacheClass::never) {
          const auto read = tag_kinds<Read>();
          for (const auto& kind : tag_kinds<Write>()) {
            if (read.contains(kind)) edges.emplace(Write::card.id, Read::card.id, kind);
          }
        }
      });
    }
  });
  return edges;
}

/// The operation with a card that can lack a single edge: each tag becomes one for each read that may carry
/// it. *Settles*: whether it keeps its settling window. *Lifetime*: the plant outlives it.
template <op::Operation Op, bool Settles>
class Planted : public Op {
 public:
  using Answer = typename Op::Answer;
  static constexpr op::Card card = [] {
    op::Card same = Op::card;
    if (!Settles) same.settling = {};
    return same;
  }();

  Planted(Op request, const Plant& plant) : Op(std::move(request)), plant_(&plant) {}

  template <class Out>
  void tags(Out&& out) const {
    Op::tags([&](std::string_view kind, std::string_view id) {
      if constexpr (Op::card.is_read()) {
        out(edge_name(kind, Op::card.id), id);
      } else {
        op::All::for_each([&]<class Read>() {
          if constexpr (Read::card.is_read()) {
            const auto& dropped = plant_->dropped;
            const Edge edge(Op::card.id, Read::card.id, kind);
            if (std::find(dropped.begin(), dropped.end(), edge) == dropped.end())
              out(edge_name(kind, Read::card.id), id);
          }
        });
      }
    });
  }
  template <class Out>
  static void answer_tags(const Answer& answer, Out&& out)
    requires requires { Op::answer_tags(answer, out); }
  {
    Op::answer_tags(
        answer, [&](std::string_view kind, std::string_view id) { out(edge_name(kind, Op::card.id), id); });
  }

 private:
  static std::string edge_name(std::string_view kind, std::string_view reader) {
    return std::string(kind).append("/").append(reader);
  }

  const Plant* plant_;
};

/// A backplane between two clients that passes on as much of the news as the plant lets it.
class PlantedLevel final : public cache::SecondLevel {
 public:
  explicit PlantedLevel(const Plant& plant) : plant_(plant) {}

  [[nodiscard]] std::string identity(std::string_view secret) const override {
    return level_.identity(secret);
  }
  [[nodiscard]] cache::Duration patience() const noexcept override { return level_.patience(); }
  [[nodiscard]] std::optional<cache::Duration> oldest_to_show() const noexcept override {
    return level_.oldest_to_show();
  }
  [[nodiscard]] cache::Stamp stamp() const noexcept override { return level_.stamp(); }
  void find(std::string key, Found found) override { level_.find(std::move(key), std::move(found)); }
  void store(std::string key, cache::Record record, cache::Stamp since) override {
    level_.store(std::move(key), std::move(record), since);
  }
  void erase(std::string key) override { level_.erase(std::move(key)); }
  void changed(std::span<const cache::Tag> tags, cache::Duration settling,
               const cache::ChangeListener* from) override {
    level_.changed(tags, plant_.backplane_skips_settling ? cache::Duration::zero() : settling, from);
  }
  void changed_all(cache::Duration settling, const cache::ChangeListener* from) override {
    level_.changed_all(settling, from);
  }
  void listen(std::weak_ptr<cache::ChangeListener> listener) override {
    if (!plant_.backplane_is_silent) level_.listen(std::move(listener));
  }
  [[nodiscard]] cache::SecondLevelStats stats() const override { return level_.stats(); }

  [[nodiscard]] MemoryLevel& inner() { return level_; }

 private:
  const Plant plant_;
  MemoryLevel level_;
};

}  // namespace wats::testing
