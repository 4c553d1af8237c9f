// Says in words what a cache knows about a key.
#include "wats/cache/explanation.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <iomanip>
#include <locale>
#include <sstream>

namespace wats::cache {
namespace {

std::string seconds(Duration duration) {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text << std::fixed << std::setprecision(3) << std::chrono::duration<double>(duration).count() << " s";
  return text.str();
}

}  // namespace

std::string_view name_of(Explanation::State state) noexcept {
  static constexpr std::array<std::string_view, 6> names{"absent",   "fresh",   "stale",
                                                         "negative", "expired", "invalidated"};
  return names[static_cast<std::size_t>(state)];
}

std::string Explanation::text() const {
  std::string told;
  switch (state) {
    case State::absent:
      told = "nothing is stored";
      break;
    case State::fresh:
      told = "fresh for " + seconds(left);
      break;
    case State::negative:
      told = "known not to exist, for " + seconds(left);
      break;
    case State::stale:
      told = "stale since " + seconds(-left) + ", shown only while it is loaded anew or if that fails";
      break;
    case State::expired:
      told = "expired " + seconds(-left) + " ago, shown to nobody";
      break;
    case State::invalidated:
      told = "made invalid by a change of one of its tags, shown to nobody";
      break;
  }
  if (state != State::absent) {
    told += "; loaded " + seconds(age) + " ago to live " + seconds(lifetime) + ", " + std::to_string(bytes) +
            " bytes, " + std::to_string(tags) + " tags";
  }
  if (loading_for) told += "; a load is under way since " + seconds(*loading_for);
  if (failures > 0) {
    told += "; the last " + std::to_string(failures) + " refreshes failed, the next may begin in " +
            seconds(next_refresh_in);
  }
  return told;
}

}  // namespace wats::cache
