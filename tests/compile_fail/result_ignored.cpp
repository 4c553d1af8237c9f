// error: (ignoring|unused).*nodiscard
// std::expected is not nodiscard by itself: get() has to be.
#include "wats/core/call.hpp"

void forget(wats::Call<int> call) {
#ifdef WATS_FIXED
  (void)call.get();
#else
  call.get();
#endif
}
