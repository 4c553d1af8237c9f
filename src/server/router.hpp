// Router: from method and path to a route. Literals win over parameters, segment by segment.
#pragma once

#include "wats/core/traits.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wats::server {

/// Path parameters by the names in the template, decoded.
using PathParams = std::vector<std::pair<std::string_view, std::string>>;

class Router {
 public:
  enum class Outcome : std::uint8_t { found, unknown_path, other_method, bad_escape };

  struct Match {
    Outcome outcome = Outcome::unknown_path;
    std::size_t route = 0;  ///< as given to add(), when found
    PathParams params;
    std::string allow;  ///< methods of the path, when other_method
  };

  /// *path_template* like /api/Product/{partNumber}; must outlive the router.
  void add(Method method, std::string_view path_template, std::size_t route);

  /// Literals match without regard to case. HEAD matches GET routes.
  [[nodiscard]] Match match(Method method, std::string_view path) const;

 private:
  struct Route {
    Method method;
    std::vector<std::string_view> segments;
    std::size_t id;
  };
  std::vector<Route> routes_;
};

}  // namespace wats::server
