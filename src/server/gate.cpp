#include "src/server/gate.hpp"

#include "src/server/ids.hpp"
#include "src/server/url.hpp"

#include <utility>

namespace wats::server {

Gate::Gate(std::vector<std::string> tokens, std::uint32_t rate_limit_per_minute)
    : tokens_(std::move(tokens)),
      windows_(tokens_.size(), RateWindow(rate_limit_per_minute)),
      rate_limit_(rate_limit_per_minute) {}

std::optional<Reply> Gate::check_source(const Request& request) const {
  if (!request.has_host) return error_reply(400, "the Host header is missing");
  if (!is_own_host(request.host)) {
    return error_reply(403, "this server answers to localhost and 127.0.0.1 with its own port only");
  }
  if (request.has_origin) return error_reply(403, "requests of web pages are refused");
  return std::nullopt;
}

bool Gate::is_own_host(std::string_view host) const {
  constexpr std::uint16_t http_port = 80;
  const auto end = host.starts_with('[') ? host.find(']') : std::string_view::npos;
  const auto colon = host.find(':', end == std::string_view::npos ? 0 : end);
  const auto name = host.substr(0, colon);
  if (colon == std::string_view::npos ? port_ != http_port
                                      : host.substr(colon + 1) != std::to_string(port_)) {
    return false;
  }
  return same_letters(name, "localhost") || name == "127.0.0.1" || name == "[::1]";
}

std::optional<Reply> Gate::check_token(const Request& request, RateWindow::TimePoint now) {
  constexpr std::string_view scheme = "Basic ";
  const std::string_view given = request.authorization;
  std::size_t match = tokens_.size();
  if (given.size() > scheme.size() && same_letters(given.substr(0, scheme.size()), scheme)) {
    const auto token = given.substr(scheme.size());
    // Every token is compared: the time must not tell how many there are before the right one.
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (same_secret(token, tokens_[i])) match = i;
    }
  }
  if (match == tokens_.size()) {
    return error_reply(401, given.empty() ? "a token is needed: send Authorization: Basic TOKEN"
                                          : "the token is not valid for this server");
  }
  if (const auto wait = windows_[match].admit(now)) {
    auto reply = error_reply(429, "over the limit of " + std::to_string(rate_limit_) +
                                      " requests a minute; wait " + std::to_string(wait->count()) + " s");
    reply.retry_after = *wait;
    return reply;
  }
  return std::nullopt;
}

}  // namespace wats::server
