// Ours as the client uses it, and with the exact order of an LRU: entries expire and have two tags, one of
// them their own, and everything is counted. An invalidation of some other tag comes before every run, so
// that each hit has to look its tags up.
#include "bench/scenarios/cache_hit/rival.hpp"
#include "wats/cache/cache.hpp"

#include <limits>
#include <string_view>

namespace bench {
namespace {

template <wats::cache::Policy policy>
class Cppwats {
 public:
  explicit Cppwats(std::size_t capacity) : cache_(options_for(capacity)) {}

  Pointer find(const std::string& key) { return cache_.find(key).value; }
  void put(const std::string& key, Pointer value) {
    wats::cache::StoreOptions options;
    options.bytes = sizeof(Value);
    options.tags.add(product_of(key));
    options.tags.add(line_);
    cache_.put(key, std::move(value), options);
  }
  void prepare(const Keys& keys) {
    const auto same_slot = [&](wats::cache::Tag tag) {
      return cache_.tags().slot(tag) == cache_.tags().slot(unit_);
    };
    if (prepared_for_ != &keys) {
      prepared_for_ = &keys;
      for (std::size_t i = 0; i < keys.size(); ++i) {
        if (same_slot(product_of(keys[i]))) dropped_.push_back(i);
      }
    }
    cache_.invalidate(unit_);
    // Of a million tags some share a slot with any other one: what they lose is put again.
    for (const std::size_t number : dropped_) put(keys[number], make_value(number));
  }
  std::size_t size() { return cache_.stats().entries; }

 private:
  static wats::cache::Tag product_of(std::string_view key) {
    constexpr std::size_t part_number_at = 13;
    constexpr std::size_t part_number_size = 11;
    return {"product", key.substr(part_number_at, part_number_size)};
  }
  static wats::cache::Options options_for(std::size_t capacity) {
    wats::cache::Options options;
    options.max_entries = capacity;
    options.max_bytes = std::numeric_limits<std::size_t>::max();
    options.policy = policy;
    return options;
  }

  wats::cache::Cache<std::string, Value> cache_;
  wats::cache::Tag line_{"line", "3"};
  wats::cache::Tag unit_{"unit", "SN-1"};
  const Keys* prepared_for_ = nullptr;
  std::vector<std::size_t> dropped_;
};

}  // namespace

Kind cppwats() {
  return {.name = "cppwats",
          .package = nullptr,
          .evicts = true,
          .has_gaps = false,
          .is_ours = true,
          .make = make_rival<Cppwats<wats::cache::Policy::sieve>>};
}
Kind cppwats_lru() {
  return {.name = "cppwats lru",
          .package = nullptr,
          .evicts = true,
          .has_gaps = false,
          .is_ours = true,
          .make = make_rival<Cppwats<wats::cache::Policy::lru>>};
}

}  // namespace bench
