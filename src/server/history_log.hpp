// HistoryLog: the newest row versions in memory.
#pragma once

#include "wats/server/history.hpp"

#include <deque>
#include <mutex>
#include <vector>

namespace wats::server {

/// *Thread safety*: any thread.
class HistoryLog {
 public:
  explicit HistoryLog(std::size_t most) : most_(most) {}

  void append(std::vector<RowVersion> versions);
  [[nodiscard]] std::vector<RowVersion> snapshot() const;

 private:
  const std::size_t most_;
  mutable std::mutex mutex_;
  std::deque<RowVersion> versions_;
};

}  // namespace wats::server
