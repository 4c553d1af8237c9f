#include "wats/policy/same_origin.hpp"

#include "src/policy/text.hpp"

#include <algorithm>
#include <cstddef>

namespace wats::policy {
namespace {

struct Address {
  std::string_view scheme;
  std::string_view host;
  std::string_view port;
  /// Scheme to port as they were written, and what follows.
  std::string_view origin;
  std::string_view rest;

  [[nodiscard]] bool has_origin_of(const Address& other) const noexcept {
    return text::equal(scheme, other.scheme) && text::equal(host, other.host) && port == other.port;
  }
};

/// *Errors*: nothing for what is not http or https, names a user or has no host.
std::optional<Address> parse_address(std::string_view text) noexcept {
  Address address;
  const std::size_t colon = text.find("://");
  address.scheme = text.substr(0, colon);
  const bool is_https = text::equal(address.scheme, "https");
  if (colon == std::string_view::npos || (!is_https && !text::equal(address.scheme, "http")))
    return std::nullopt;
  const std::size_t end = std::min(text.find_first_of("/?", colon + 3), text.size());
  const std::string_view authority = text.substr(colon + 3, end - colon - 3);
  if (authority.contains('@')) return std::nullopt;
  // The colons of an IPv6 address are within its brackets.
  const std::size_t bracket = authority.find(']');
  const std::size_t before_port = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  address.host = authority.substr(0, before_port);
  if (before_port != std::string_view::npos) address.port = authority.substr(before_port + 1);
  if (address.port.empty()) address.port = is_https ? "443" : "80";
  if (address.host.empty()) return std::nullopt;
  address.origin = text.substr(0, end);
  address.rest = text.substr(end);
  return address;
}

/// RFC 3986 section 5.2.4, of a path that begins with '/'.
std::string without_dots(std::string_view path) {
  std::string result;
  while (!path.empty()) {
    const std::size_t next = std::min(path.find('/', 1), path.size());
    const std::string_view segment = path.substr(0, next);
    path.remove_prefix(next);
    if (segment == "/..") {
      result.erase(std::min(result.rfind('/'), result.size()));
    } else if (segment != "/.") {
      result += segment;
      continue;
    }
    if (path.empty()) result += '/';
  }
  return result;
}

bool has_scheme(std::string_view reference) noexcept {
  const std::size_t colon = reference.find(':');
  return colon != std::string_view::npos && colon < reference.find_first_of("/?");
}

/// Characters that an address can be made of, about.
bool is_plain(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~' && c != '\\'; });
}

/// *path*, which may lack its beginning, seen from *base*.
std::string merged(std::string_view base, std::string_view path) {
  if (path.starts_with('/')) return std::string(path);
  std::string result(path.empty() ? base : base.substr(0, base.rfind('/') + 1));
  result += path;
  return result.starts_with('/') ? result : "/" + result;
}

}  // namespace

std::optional<std::string> same_origin_target(std::string_view base, std::string_view location) {
  base = base.substr(0, base.find('#'));
  location = text::trim(location);
  std::string_view reference = location.substr(0, location.find('#'));
  const auto from = parse_address(base);
  if (!from || !is_plain(base) || !is_plain(reference)) return std::nullopt;
  std::string result(from->origin);
  if (reference.empty()) return result.append(from->rest.starts_with('/') ? "" : "/").append(from->rest);

  std::string absolute(reference);
  if (reference.starts_with("//")) absolute.insert(0, std::string(from->scheme).append(":"));
  std::string_view base_path = from->rest.substr(0, from->rest.find('?'));
  if (has_scheme(absolute)) {
    const auto to = parse_address(absolute);
    if (!to || !to->has_origin_of(*from)) return std::nullopt;
    reference = to->rest;
    base_path = "/";
  }
  const std::size_t query = std::min(reference.find('?'), reference.size());
  return result.append(without_dots(merged(base_path, reference.substr(0, query))))
      .append(reference.substr(query));
}

}  // namespace wats::policy
