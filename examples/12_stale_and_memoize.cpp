// A cache on bad days, and a function that remembers.
#include "wats/cache/cache.hpp"
#include "wats/cache/memoize.hpp"

#include <chrono>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

int main() {
  using namespace std::chrono_literals;

  // Fresh for a moment, then kept for an hour: shown when a load fails.
  wats::cache::Options options;
  options.ttl = 1ms;
  options.stale.if_error = 1h;
  wats::cache::Cache<std::string, double> limits(options);

  limits.put("PN-7/voltage", std::make_shared<const double>(3.3));
  while (limits.find("PN-7/voltage")) {
  }
  const auto fails = []() -> std::shared_ptr<const double> { throw std::runtime_error("no network"); };
  const double voltage = *limits.get("PN-7/voltage", fails);
  std::cout << voltage << " V; " << limits.explain("PN-7/voltage").text() << '\n';

  int calls = 0;
  const auto slow_length = [&calls](std::string_view text) {
    ++calls;
    return text.size();
  };
  const auto length_of = wats::cache::memoize(slow_length, {.ttl = 10min});
  const std::size_t once = length_of("PN-7");
  const std::size_t twice = length_of("PN-7");
  std::cout << once << " and " << twice << " by " << calls << " call\n";
  return voltage == 3.3 && calls == 1 && limits.stats().rescued == 1 ? 0 : 1;
}
