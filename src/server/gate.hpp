// Gate: what is asked of a request before it is carried out: where it came from, its token, its rate.
#pragma once

#include "src/server/rate_window.hpp"
#include "src/server/request.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wats::server {

/// *Thread safety*: one thread at a time.
class Gate {
 public:
  Gate(std::vector<std::string> tokens, std::uint32_t rate_limit_per_minute);

  /// Requests must name this port in their Host header.
  void set_port(std::uint16_t port) { port_ = port; }

  /// Refuses what does not come from a program on this machine: a web page that a browser shows, or another
  /// name that was made to point here.
  [[nodiscard]] std::optional<Reply> check_source(const Request& request) const;
  /// Checks the token, then the rate of that token.
  [[nodiscard]] std::optional<Reply> check_token(const Request& request, RateWindow::TimePoint now);

 private:
  [[nodiscard]] bool is_own_host(std::string_view host) const;

  std::vector<std::string> tokens_;
  std::vector<RateWindow> windows_;  ///< one a token
  std::uint32_t rate_limit_;
  std::uint16_t port_ = 0;
};

}  // namespace wats::server
