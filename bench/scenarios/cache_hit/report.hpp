// The tables that are printed, and what the bars say of them.
#pragma once

#include "bench/scenarios/cache_hit/measure.hpp"
#include "bench/scenarios/cache_hit/memory.hpp"
#include "bench/scenarios/cache_hit/rival.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// One kind of run: nanoseconds an operation, wall time by the operations of all threads together.
struct Row {
  Row(std::size_t own_entries, std::size_t own_threads, const char* own_what, std::size_t kinds)
      : entries(own_entries), threads(own_threads), what(own_what), ns(kinds) {}

  std::size_t entries;
  std::size_t threads;
  std::string what;
  /// By kind and round.
  std::vector<std::vector<double>> ns;
};

/// Ours is the first of the kinds.
class Report {
 public:
  explicit Report(const std::vector<Kind>& kinds) : kinds_(kinds) {}

  void memory(const Kind& kind, std::size_t entries, const Memory& memory);
  void begin_times(std::size_t rounds) const;
  void hits(const std::vector<Row>& rows);
  /// Of those that evict.
  void inserts(const std::vector<Row>& rows);
  /// One tag, by number of entries.
  void invalidations(const std::vector<std::size_t>& entries, const std::vector<std::vector<double>>& ns);
  /// The bars; true: none is missed.
  [[nodiscard]] bool end(const Quiet& quiet);

 private:
  struct Bar {
    std::string what;
    Estimate ratio;
    double at_most;
  };

  /// A line of medians, ours beside the fastest other that evicts. Held to a bar or not.
  void line(const Row& row, bool has_bar);
  void bar(std::string what, const Estimate& ratio, double at_most);

  const std::vector<Kind>& kinds_;
  std::vector<Bar> bars_;
  std::vector<std::vector<double>> ours_when_inserting_;
};

}  // namespace bench
