#include "wats/core/client_options.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

namespace wats {
namespace {

/// The parts of a base URL that decide what may be sent there.
struct BaseUrl {
  std::string_view scheme;
  std::string_view host;
};

std::optional<BaseUrl> split(std::string_view url) {
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  BaseUrl parts{.scheme = url.substr(0, scheme_end), .host = {}};
  std::string_view rest = url.substr(scheme_end + 3);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (rest.find('@') != std::string_view::npos) return std::nullopt;
  if (rest.starts_with('[')) {
    const auto end = rest.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    parts.host = rest.substr(1, end - 1);
  } else {
    parts.host = rest.substr(0, rest.find(':'));
  }
  if (parts.host.empty()) return std::nullopt;
  return parts;
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

ClientOptions& ClientOptions::base_url(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  if (url.ends_with("/api")) url.resize(url.size() - 4);
  while (url.ends_with('/')) url.pop_back();
  base_url_ = std::move(url);
  return *this;
}
ClientOptions& ClientOptions::token(std::string text) {
  token_ = std::move(text);
  return *this;
}
ClientOptions& ClientOptions::timeout(std::chrono::milliseconds total) {
  timeout_ = total;
  return *this;
}
ClientOptions& ClientOptions::connect_timeout(std::chrono::milliseconds limit) {
  connect_timeout_ = limit;
  return *this;
}
ClientOptions& ClientOptions::station(StationIdentity identity) {
  station_ = std::move(identity);
  return *this;
}
ClientOptions& ClientOptions::cache(CacheSettings settings) {
  cache_ = settings;
  return *this;
}
ClientOptions& ClientOptions::no_cache() {
  cache_.enabled = false;
  return *this;
}
ClientOptions& ClientOptions::max_answer_bytes(std::size_t bytes) {
  max_answer_bytes_ = bytes;
  return *this;
}
ClientOptions& ClientOptions::max_in_flight(std::size_t requests) {
  max_in_flight_ = requests;
  return *this;
}
ClientOptions& ClientOptions::max_lanes(std::size_t lanes) {
  max_lanes_ = lanes;
  return *this;
}
ClientOptions& ClientOptions::allow_plain_http(bool allow) {
  allow_plain_http_ = allow;
  return *this;
}
ClientOptions& ClientOptions::verify_tls(bool verify) {
  verify_tls_ = verify;
  return *this;
}
ClientOptions& ClientOptions::ca_file(std::string path) {
  ca_file_ = std::move(path);
  return *this;
}
ClientOptions& ClientOptions::logger(Logger receiver) {
  logger_ = std::move(receiver);
  return *this;
}
ClientOptions& ClientOptions::clock(std::shared_ptr<const Clock> source) {
  clock_ = std::move(source);
  return *this;
}

Result<void> ClientOptions::validate() const {
  if (base_url_.empty()) {
    return fail(Errc::invalid_options, "no server given: set base_url, or WATS_BASE_URL in the environment");
  }
  const auto url = split(base_url_);
  if (!url || (url->scheme != "http" && url->scheme != "https") || !printable(base_url_) ||
      base_url_.find_first_of("?#") != std::string::npos) {
    return fail(Errc::invalid_options,
                "base_url must look like https://host[:port][/path], without user, query or fragment");
  }
  if (!printable(token_)) {
    return fail(Errc::invalid_options,
                "the token has blanks or control characters: copy it again from the server");
  }
  if (!token_.empty() && url->scheme == "http" && !is_loopback(url->host) && !allow_plain_http_) {
    return fail(Errc::invalid_options, "the token would travel unencrypted to " + std::string(url->host) +
                                           ": use https, or set allow_plain_http for a closed test network");
  }
  if (timeout_ <= timeout_.zero() || connect_timeout_ <= connect_timeout_.zero()) {
    return fail(Errc::invalid_options, "timeout and connect_timeout must be longer than 0 ms");
  }
  if (max_in_flight_ == 0 || max_lanes_ == 0) {
    return fail(Errc::invalid_options, "max_in_flight and max_lanes must be at least 1");
  }
  if (max_answer_bytes_ == 0) return fail(Errc::invalid_options, "max_answer_bytes must be at least 1");
  if (cache_.ttl_static < cache_.ttl_static.zero() || cache_.ttl_slow < cache_.ttl_slow.zero()) {
    return fail(Errc::invalid_options, "a time to live can't be negative");
  }
  return {};
}

}  // namespace wats
