// error: (no match for call|no matching (function|overloaded)|constraint)
// A completion handler takes the Result of its call, not another one's.
#include "wats/core/call.hpp"

void wait(wats::Call<int> call) {
#ifdef WATS_FIXED
  std::move(call)([](wats::Result<wats::Answer<int>>) {});
#else
  std::move(call)([](wats::Result<wats::Answer<char*>>) {});
#endif
}
