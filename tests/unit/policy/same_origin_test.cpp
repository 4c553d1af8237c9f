// Which address a Location means, and whether it is one of the same server.
#include "wats/policy/same_origin.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

namespace wats::policy {
namespace {

struct TargetRow {
  const char* what;
  std::string_view base;
  std::string_view location;
  std::optional<std::string> target;
};

TEST(SameOrigin, addresses_are_made_absolute) {
  constexpr std::string_view base = "http://a.test:8000/b/c/d?q=1#f";
  const TargetRow rows[] = {
      {"a path", base, "/x/y", "http://a.test:8000/x/y"},
      {"a path with a query", base, "/x?y=/../z", "http://a.test:8000/x?y=/../z"},
      {"a path with a fragment", base, "/x#y", "http://a.test:8000/x"},
      {"a relative path", base, "x", "http://a.test:8000/b/c/x"},
      {"a relative path with a colon", base, "x/y:z", "http://a.test:8000/b/c/x/y:z"},
      {"one up", base, "../x", "http://a.test:8000/b/x"},
      {"here", base, ".", "http://a.test:8000/b/c/"},
      {"up at the end", base, "/x/y/..", "http://a.test:8000/x/"},
      {"above the top", base, "../../../../x", "http://a.test:8000/x"},
      {"dots that are names", base, "/x/.../..y", "http://a.test:8000/x/.../..y"},
      {"a query", base, "?r=2", "http://a.test:8000/b/c/d?r=2"},
      {"nothing", base, "", "http://a.test:8000/b/c/d?q=1"},
      {"only a fragment", base, "#g", "http://a.test:8000/b/c/d?q=1"},
      {"space round it", base, " /x ", "http://a.test:8000/x"},
      {"the same origin", base, "http://a.test:8000/x", "http://a.test:8000/x"},
      {"the same origin in capitals", base, "HTTP://A.TEST:8000/x", "http://a.test:8000/x"},
      {"the same origin without a path", base, "http://a.test:8000", "http://a.test:8000/"},
      {"the same origin with a query only", base, "http://a.test:8000?x", "http://a.test:8000/?x"},
      {"the same origin without a scheme", base, "//a.test:8000/x", "http://a.test:8000/x"},
      {"the usual port", "https://a.test/", "https://a.test:443/x", "https://a.test/x"},
      {"an empty port", "http://a.test:80/", "http://a.test:/x", "http://a.test:80/x"},
      {"an IPv6 address", "http://[::1]:80/", "http://[::1]/x", "http://[::1]:80/x"},
      {"a base without a path", "http://a.test", "x", "http://a.test/x"},
      {"a base with a query only", "http://a.test?q", "", "http://a.test/?q"},
      {"a base without a path, nothing", "http://a.test", "", "http://a.test/"},
  };
  for (const TargetRow& row : rows)
    EXPECT_EQ(same_origin_target(row.base, row.location), row.target) << row.what;
}

TEST(SameOrigin, others_are_left_alone) {
  constexpr std::string_view base = "http://a.test/b";
  const TargetRow rows[] = {
      {"another host", base, "http://b.test/x", {}},
      {"another host without a scheme", base, "//b.test/x", {}},
      {"another port", base, "http://a.test:8080/x", {}},
      {"another scheme", base, "https://a.test/x", {}},
      {"another scheme with that port", base, "https://a.test:80/x", {}},
      {"no web address", base, "mailto:a@a.test", {}},
      {"a user", base, "http://u@a.test/x", {}},
      {"a user in the base", "http://u@a.test/", "/x", {}},
      {"no host", base, "http:///x", {}},
      {"one slash", base, "http:/x", {}},
      {"a space", base, "/x y", {}},
      {"a backslash", base, "/\\b.test", {}},
      {"a letter beyond ASCII", base, "/\xC3\xA4", {}},
      {"a base that is none", "/b", "/x", {}},
  };
  for (const TargetRow& row : rows)
    EXPECT_EQ(same_origin_target(row.base, row.location), row.target) << row.what;
}

}  // namespace
}  // namespace wats::policy
