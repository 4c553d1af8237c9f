// What has to leave the disk: changes that were told and have not been written yet.
#pragma once

#include "src/cache_disk/windows.hpp"
#include "wats/cache/second_level.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>

namespace wats::cache::detail {

/// Never loses one: so many that they would fill the memory become a change of everything. *Thread safety*:
/// one thread at a time.
class Changes {
 public:
  void add(std::span<const Tag> changed, Window window) {
    for (const Tag tag : changed) {
      if (!all) tags.insert(tag.hash());
      windows.add(tag.hash(), window);
    }
    bound();
  }
  void add_all(Window window) {
    windows.add(Windows::everything, window);
    become_all();
  }
  void add_key(std::string key) {
    if (!all) keys.insert(std::move(key));
    bound();
  }
  void add(Changes others) {
    windows.add(others.windows);
    if (all) return;
    tags.merge(std::move(others.tags));
    keys.merge(std::move(others.keys));
    all = others.all;
    bound();
  }

  [[nodiscard]] bool empty() const { return !all && tags.empty() && keys.empty() && windows.empty(); }

  bool all = false;
  std::unordered_set<std::uint64_t> tags;
  std::unordered_set<std::string> keys;
  Windows windows;

 private:
  static constexpr std::size_t most = 65536;

  void bound() {
    if (all || tags.size() + keys.size() > most) become_all();
  }
  void become_all() {
    all = true;
    tags.clear();
    keys.clear();
  }
};

}  // namespace wats::cache::detail
