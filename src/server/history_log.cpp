#include "src/server/history_log.hpp"

#include <utility>

namespace wats::server {

void HistoryLog::append(std::vector<RowVersion> versions) {
  if (most_ == 0) return;
  const std::lock_guard lock(mutex_);
  for (auto& version : versions) {
    if (versions_.size() == most_) versions_.pop_front();
    versions_.push_back(std::move(version));
  }
}

std::vector<RowVersion> HistoryLog::snapshot() const {
  const std::lock_guard lock(mutex_);
  return {versions_.begin(), versions_.end()};
}

}  // namespace wats::server
