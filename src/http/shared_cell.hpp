// SharedCell: one number that all processes of a machine see, in a small file mapped by each; the platform's
// part of sharing a rate limit.
#pragma once

#include "wats/policy/rate_limiter.hpp"

#include <memory>
#include <string>

namespace wats::http::detail {

/// *Thread safety*: the cell is atomic. *Lifetime*: unmapped with the object; the file stays.
class SharedCell {
 public:
  explicit SharedCell(policy::RateLimiter::Cell& cell) noexcept : cell_(cell) {}
  SharedCell(const SharedCell&) = delete;
  SharedCell& operator=(const SharedCell&) = delete;
  ~SharedCell();

  [[nodiscard]] policy::RateLimiter::Cell& cell() noexcept { return cell_; }

 private:
  policy::RateLimiter::Cell& cell_;
};

/// Makes the file with mode 0600 when it is not there. *Errors*: throws Failure (Errc::io_error) naming the
/// file.
[[nodiscard]] std::unique_ptr<SharedCell> open_shared_cell(const std::string& file);

}  // namespace wats::http::detail
