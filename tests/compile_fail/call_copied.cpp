// error: (use of deleted function|call to (implicitly-)?deleted (copy )?constructor)
// A Call is one request: copying it would send it twice.
#include "wats/core/call.hpp"

void twice(wats::Call<int> call) {
#ifdef WATS_FIXED
  auto other = std::move(call);
#else
  auto other = call;
#endif
  (void)other.get();
}
