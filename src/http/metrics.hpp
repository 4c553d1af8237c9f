// Metrics: what became of a client's attempts, by operation.
#pragma once

#include "wats/core/attempt.hpp"
#include "wats/http/detail/engine.hpp"
#include "wats/policy/latency.hpp"

#include <chrono>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace wats::http::detail {

/// *Thread safety*: any thread.
class Metrics {
 public:
  /// *report*.operation must be the operation's own name, which lives for ever.
  void add(const AttemptReport& report);
  /// A quantile of how long good answers to one operation lately took; nothing while too few are known.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> latency(std::string_view operation,
                                                                double quantile) const;
  /// By the operations' names.
  [[nodiscard]] std::vector<OperationStats> snapshot() const;

 private:
  struct Row {
    OperationStats stats;
    policy::LatencyHistogram latency;
  };

  mutable std::mutex mutex_;
  std::unordered_map<std::string_view, Row> rows_;
};

}  // namespace wats::http::detail
