// Uses the installed cache alone: one load for two reads, and another one after the tag was dropped.
#include "wats/cache/cache.hpp"

#include <cstdio>
#include <memory>
#include <string>

int main() {
  wats::cache::Cache<std::string, std::string> cache;
  int loads = 0;
  const auto load = [&loads] {
    ++loads;
    return std::make_shared<const std::string>("value");
  };
  const wats::cache::Tag tags[] = {wats::cache::Tag("kind", "id")};
  for (int i = 0; i < 2; ++i) {
    if (*cache.get("key", load, tags) != "value") return 1;
  }
  if (loads != 1) return std::printf("%d loads for two reads\n", loads), 1;
  cache.invalidate(tags[0]);
  (void)cache.get("key", load, tags);
  return loads == 2 ? 0 : 1;
}
