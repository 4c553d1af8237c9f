// What is kept of an answer's fields, and what confirms them.
#include "src/policy/text.hpp"
#include "wats/policy/reuse.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace wats::policy {
namespace {

/// They speak of one connection, or to or of a proxy. Trailer announces fields that are merged or gone.
constexpr std::array<std::string_view, 10> unstored_fields{"Connection",
                                                           "Keep-Alive",
                                                           "Proxy-Authenticate",
                                                           "Proxy-Authentication-Info",
                                                           "Proxy-Authorization",
                                                           "Proxy-Connection",
                                                           "TE",
                                                           "Trailer",
                                                           "Transfer-Encoding",
                                                           "Upgrade"};
/// They describe the stored bytes, which a 304 does not bring.
constexpr std::array<std::string_view, 5> content_fields{"Content-Encoding", "Content-Length", "Content-MD5",
                                                         "Content-Range", "ETag"};

bool is_in(std::span<const std::string_view> names, std::string_view name) noexcept {
  return std::ranges::any_of(names, [name](std::string_view known) { return text::equal(known, name); });
}

bool lists(std::string_view names, std::string_view name) noexcept {
  for (std::string_view listed; !(listed = text::take_name(names)).empty();) {
    if (text::equal(listed, name)) return true;
  }
  return false;
}

}  // namespace

bool is_stored_field(std::string_view name, std::string_view connection) noexcept {
  return !is_in(unstored_fields, name) && !lists(connection, name);
}

bool is_updated_by_304(std::string_view name, std::string_view connection) noexcept {
  return is_stored_field(name, connection) && !is_in(content_fields, name);
}

bool head_confirms(const Validators& stored, const Validators& head) noexcept {
  const bool names_version = !head.etag.empty() || !head.last_modified.empty();
  return names_version && (head.etag.empty() || head.etag == stored.etag) &&
         (head.last_modified.empty() || head.last_modified == stored.last_modified) &&
         (!head.content_length || head.content_length == stored.content_length);
}

}  // namespace wats::policy
