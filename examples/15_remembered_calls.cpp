// A function whose calls are remembered for a minute, whatever the client's own cache does.
#include "wats/wats.hpp"

#include <chrono>
#include <iostream>
#include <string>
#include <string_view>

int main() {
  using namespace std::chrono_literals;
  const wats::Client client(wats::load_options().value().no_cache());

  const auto find = wats::memoize(
      [client](std::string_view part) { return client.products().find(std::string(part)); }, {.ttl = 1min});
  const auto first = find("PN-7").get();
  const auto again = find("PN-7").get();
  // What the server does not know is asked again: failures are not kept.
  const bool is_right = first && again ? again->provenance().origin == wats::Origin::memory
                                       : first.error().code() == wats::Errc::not_found;
  std::cout << client.stats().requests() << " requests, " << find.store().stats().fresh << " remembered\n";
  return is_right ? 0 : 1;
}
