// Reads the kernel's coarse monotonic clock where there is one.
#include "wats/cache/clock.hpp"

#include <time.h>

namespace wats::cache {

TimePoint coarse_steady_now() noexcept {
#ifdef CLOCK_MONOTONIC_COARSE
  // Same epoch as CLOCK_MONOTONIC, which std::chrono::steady_clock reads: the two may be compared.
  timespec now{};
  if (clock_gettime(CLOCK_MONOTONIC_COARSE, &now) == 0) {
    return TimePoint(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
  }
#endif
  return std::chrono::steady_clock::now();
}

}  // namespace wats::cache
