// The cache alone, for values of any kind: one load at a time, time to live, tags. It needs the standard
// library only.
#include "wats/cache/cache.hpp"

#include <chrono>
#include <iostream>
#include <memory>
#include <string>

int main() {
  using Limits = wats::cache::Cache<std::string, double>;
  Limits limits({.max_entries = 1000, .ttl = std::chrono::minutes(5)});

  int loads = 0;
  const wats::cache::Tag recipe("recipe", "PN-7");
  // Threads that ask for the same key meanwhile wait for this load instead of starting their own.
  const auto limit = [&] {
    return *limits.get("PN-7/voltage",
                       [&] {
                         ++loads;
                         return std::make_shared<const double>(3.3);
                       },
                       {&recipe, 1});
  };

  std::cout << limit() << " V, " << limit() << " V, loaded " << loads << " times\n";
  const bool loaded_once = loads == 1;

  // The recipe has changed: everything that was made from it is gone at once.
  limits.invalidate(recipe);
  std::cout << limit() << " V, loaded " << loads << " times\n";

  const auto stats = limits.stats();
  std::cout << stats.fresh << " hits, " << stats.misses << " misses\n";
  return loaded_once && loads == 2 ? 0 : 1;
}
