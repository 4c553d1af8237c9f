#include "apps/wats/provenance_line.hpp"

#include <spdlog/fmt/fmt.h>

#include <chrono>
#include <string_view>

namespace wats::app {
namespace {

std::string_view place_of(Origin origin) noexcept {
  switch (origin) {
    case Origin::server:
      return "from the server";
    case Origin::memory:
      return "from memory";
    case Origin::second_level:
      return "from the second level of the cache";
  }
  return "";
}

std::string_view reason_of(Staleness why) noexcept {
  switch (why) {
    case Staleness::none:
      return "";
    case Staleness::refreshing:
      return ": a new one is being fetched";
    case Staleness::server_away:
      return ": the server is away";
    case Staleness::accepted:
      return ", as was asked for";
  }
  return "";
}

}  // namespace

std::string line_of(const Provenance& provenance) {
  std::string text(place_of(provenance.origin));
  if (provenance.joined) text += ", by the request of another call";
  if (provenance.validated) text += ", confirmed by the server";
  if (provenance.age > std::chrono::nanoseconds::zero())
    text += fmt::format(", {:.1f} s old", std::chrono::duration<double>(provenance.age).count());
  if (provenance.stale) text += ", stale" + std::string(reason_of(provenance.why_stale));
  return text;
}

}  // namespace wats::app
