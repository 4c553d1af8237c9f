// tbb::concurrent_hash_map: no cache, since nothing ever leaves it; shown beside as what a mere map costs.
#include "bench/scenarios/cache_hit/rival.hpp"

#ifdef WATS_WITH_TBB

#include <tbb/concurrent_hash_map.h>

namespace bench {
namespace {

class TbbMap {
 public:
  explicit TbbMap(std::size_t /*capacity*/) {}

  Pointer find(const std::string& key) {
    Map::const_accessor found;
    return map_.find(found, key) ? found->second : nullptr;
  }
  void put(const std::string& key, Pointer value) {
    Map::accessor place;
    map_.insert(place, key);
    place->second.swap(value);
  }
  std::size_t size() { return map_.size(); }

 private:
  // With the allocator of the others, not TBB's own.
  using Map = tbb::concurrent_hash_map<std::string, Pointer, tbb::tbb_hash_compare<std::string>,
                                       std::allocator<std::pair<const std::string, Pointer>>>;
  Map map_;
};

constexpr auto make = make_rival<TbbMap>;

}  // namespace
}  // namespace bench

#else

namespace bench {
namespace {
constexpr std::unique_ptr<Rival> (*make)(std::size_t) = nullptr;
}
}  // namespace bench

#endif

namespace bench {

Kind tbb_hash_map() {
  return {.name = "tbb_map", .package = "libtbb-dev", .evicts = false, .has_gaps = false, .make = make};
}

}  // namespace bench
