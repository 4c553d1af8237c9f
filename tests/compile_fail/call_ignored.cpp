// error: (ignoring|unused).*(nodiscard|a Call does nothing until it is waited for)
// A Call that nobody waits for never goes out.
#include "wats/core/call.hpp"

wats::Call<int> prepared();

void throw_it_away() {
#ifdef WATS_FIXED
  auto call = prepared();
  (void)call.get();
#else
  prepared();
#endif
}
