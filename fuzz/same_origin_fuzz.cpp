// Any text as a Location beside any address: what it means stays on the origin of that address, has no dots
// left in its path, and means itself.
#include "wats/policy/same_origin.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using wats::policy::same_origin_target;

void require(bool holds) {
  if (!holds) std::abort();
}

void check(std::string_view base, std::string_view location) {
  const auto target = same_origin_target(base, location);
  if (!target) return;
  const std::string_view origin = base.substr(0, base.find_first_of("/?#", base.find("://") + 3));
  require(target->starts_with(origin) && target->size() > origin.size() && (*target)[origin.size()] == '/');
  require(!target->contains('#'));
  // Where nothing is named the address is meant as it was asked for.
  if (location.substr(0, location.find('#')).find_first_not_of(" \t") == std::string_view::npos) return;
  const std::string path = target->substr(origin.size(), target->find('?') - origin.size()) + "/";
  require(!path.contains("/../") && !path.contains("/./"));
  require(same_origin_target(base, *target) == target);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(text.find('\n'), text.size());
  check("http://a.test:8000/b/c/d?q=1#f", text);
  check("https://a.test", text);
  check(text.substr(0, line), text.substr(std::min(line + 1, text.size())));
  return 0;
}
