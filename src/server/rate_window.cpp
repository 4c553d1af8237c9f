#include "src/server/rate_window.hpp"

#include <algorithm>

namespace wats::server {

std::optional<std::chrono::seconds> RateWindow::admit(TimePoint now) {
  if (most_ == 0) return std::nullopt;
  constexpr std::chrono::seconds window(60);
  while (!admitted_.empty() && now - admitted_.front() >= window) admitted_.pop_front();
  if (admitted_.size() < most_) {
    admitted_.push_back(now);
    return std::nullopt;
  }
  const auto wait = admitted_.front() + window - now;
  return std::max(std::chrono::seconds(1), std::chrono::ceil<std::chrono::seconds>(wait));
}

}  // namespace wats::server
