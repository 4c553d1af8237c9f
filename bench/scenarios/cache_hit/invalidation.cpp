#include "bench/scenarios/cache_hit/invalidation.hpp"

#include "wats/cache/cache.hpp"

#include <cstdio>
#include <cstdlib>
#include <limits>
#include <memory>
#include <string>

namespace bench {
namespace {

using Cache = wats::cache::Cache<std::string, int>;

void fill(Cache& cache, std::size_t entries, wats::cache::Tag tag) {
  const auto value = std::make_shared<const int>(1);
  wats::cache::StoreOptions options;
  options.tags.add(tag);
  for (std::size_t i = 0; i < entries; ++i) cache.put(std::to_string(i), value, options);
}

}  // namespace

std::vector<std::vector<double>> invalidations(const std::vector<std::size_t>& entries, std::size_t rounds,
                                               Quiet& quiet) {
  constexpr std::size_t count = 200'000;
  const wats::cache::Tag tag("line", "3");
  std::vector<std::unique_ptr<Cache>> caches;
  for (const std::size_t each : entries) {
    wats::cache::Options options;
    options.max_entries = each;
    options.max_bytes = std::numeric_limits<std::size_t>::max();
    caches.push_back(std::make_unique<Cache>(std::move(options)));
    fill(*caches.back(), each, tag);
    if (!caches.back()->find("0")) {
      std::fprintf(stderr, "cppwats: does not find what was put\n");
      std::exit(1);
    }
  }
  std::vector<std::vector<double>> ns(entries.size());
  for (std::size_t round = 0; round < rounds; ++round) {
    for (std::size_t k = 0; k < caches.size(); ++k) {
      const std::size_t which = (k + round) % caches.size();
      const double seconds = timed(1, quiet, [&](std::size_t, bool warm_up) {
        for (std::size_t i = 0; i < (warm_up ? count / 4 : count); ++i) caches[which]->invalidate(tag);
      });
      ns[which].push_back(1e9 * seconds / static_cast<double>(count));
    }
  }
  for (std::size_t k = 0; k < caches.size(); ++k) {
    if (!caches[k]->find("0") && caches[k]->stats().entries == entries[k]) continue;
    std::fprintf(stderr, "cppwats: an invalidated entry is found, or was searched for to be removed\n");
    std::exit(1);
  }
  return ns;
}

}  // namespace bench
