#include "src/server/router.hpp"

#include "src/server/url.hpp"

#include <algorithm>

namespace wats::server {
namespace {

bool is_parameter(std::string_view segment) {
  return segment.starts_with('{') && segment.ends_with('}');
}

bool fits(const std::vector<std::string_view>& pattern, const std::vector<std::string_view>& path) {
  return std::ranges::equal(pattern, path, [](std::string_view part, std::string_view text) {
    return is_parameter(part) ? !text.empty() : same_letters(part, text);
  });
}

}  // namespace

void Router::add(Method method, std::string_view path_template, std::size_t route) {
  Route added{method, path_segments(path_template), route};
  // Kept sorted so that at each segment literals come before parameters: the first that fits is the best.
  const auto literals_first = [](const Route& a, const Route& b) {
    return std::ranges::lexicographical_compare(a.segments, b.segments, {}, is_parameter, is_parameter);
  };
  routes_.insert(std::ranges::upper_bound(routes_, added, literals_first), std::move(added));
}

Router::Match Router::match(Method method, std::string_view path) const {
  const auto segments = path_segments(path);
  const Method wanted = method == Method::head ? Method::get : method;
  Match match;
  for (const auto& route : routes_) {
    if (!fits(route.segments, segments)) continue;
    if (route.method != wanted) {
      const auto word = name(route.method);
      if (match.allow.find(word) == std::string::npos) {
        match.allow += (match.allow.empty() ? "" : ", ") + std::string(word);
      }
      match.outcome = Outcome::other_method;
      continue;
    }
    match.params.clear();
    for (std::size_t i = 0; i < segments.size(); ++i) {
      if (!is_parameter(route.segments[i])) continue;
      auto value = percent_decode(segments[i], false);
      if (!value) {
        match.outcome = Outcome::bad_escape;
        return match;
      }
      match.params.emplace_back(route.segments[i].substr(1, route.segments[i].size() - 2), *std::move(value));
    }
    match.outcome = Outcome::found;
    match.route = route.id;
    return match;
  }
  return match;
}

}  // namespace wats::server
