// error: (discards qualifiers|rvalue ref-qualifier)
// Late options are part of the expression that makes the call.
#include "wats/core/call.hpp"

void late(wats::Call<int> call) {
  using namespace std::chrono_literals;
#ifdef WATS_FIXED
  (void)std::move(call).with({.timeout = 2s}).get();
#else
  (void)call.with({.timeout = 2s}).get();
#endif
}
