// Request and reply as the server's own plain values, independent of the HTTP library.
#pragma once

#include "wats/core/traits.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wats::server {

/// Decoded name and value pairs of a query, in their order.
using Query = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::optional<Method> method;  ///< empty: a method the server does not know
  std::string method_text;
  std::string target;
  std::string path;  ///< the target without its query, still encoded
  std::string host;
  std::string origin;
  std::string referer;
  std::string authorization;
  std::string request_id;
  bool has_host = false;
  bool has_origin = false;
  bool accepts_gzip = false;
  std::string body;
};

struct Reply {
  int status = 200;
  std::string body;
  std::string_view content_type = "application/json; charset=utf-8";
  bool gzipped = false;
  std::string allow;                                ///< of a 405
  std::optional<std::chrono::seconds> retry_after;  ///< of a 429

  [[nodiscard]] bool is_error() const noexcept { return status >= 400; }
};

/// 200 with a JSON body.
[[nodiscard]] Reply json_reply(std::string body);
/// An error with the body {"message": *text*}.
[[nodiscard]] Reply error_reply(int status, std::string_view text);

}  // namespace wats::server
