// Windows of settling by wall time: so long may the server still show what was before a change.
#pragma once

#include "wats/cache/second_level.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>

namespace wats::cache::detail {

class Window {
 public:
  /// Empty for a settling of zero or less; kept to whole milliseconds, rounded up, and a year at most.
  static Window from(WallTime now, Duration settling) {
    using std::chrono::milliseconds;
    const auto length = std::clamp(std::chrono::ceil<milliseconds>(settling), milliseconds{0},
                                   milliseconds{std::chrono::years{1}});
    return {now + length, length};
  }

  /// Never longer than it was, should the clock have been set back.
  [[nodiscard]] std::chrono::milliseconds remaining(WallTime now) const {
    return std::min(until - now, length);
  }
  [[nodiscard]] bool is_open(WallTime now) const { return remaining(now).count() > 0; }

  WallTime until;
  std::chrono::milliseconds length{0};
};

/// *Thread safety*: one thread at a time.
class Windows {
 public:
  /// Stands for everything.
  static constexpr std::uint64_t everything = 0;

  void add(std::uint64_t tag, Window window) {
    if (window.length.count() <= 0) return;
    // So many at once are as good as all.
    if (open_.size() >= most) fold();
    Window& there = open_[tag];
    if (there.until < window.until) there = window;
  }
  void add(const Windows& others) {
    for (const auto& [tag, window] : others.open_) add(tag, window);
  }
  void drop_closed(WallTime now) {
    std::erase_if(open_, [now](const auto& each) { return !each.second.is_open(now); });
  }
  [[nodiscard]] bool covers(std::span<const Tag> tags, WallTime now) const {
    if (open_.empty()) return false;
    const auto is_open = [&](std::uint64_t tag) {
      const auto found = open_.find(tag);
      return found != open_.end() && found->second.is_open(now);
    };
    return is_open(everything) || std::ranges::any_of(tags, [&](Tag tag) { return is_open(tag.hash()); });
  }
  [[nodiscard]] const std::unordered_map<std::uint64_t, Window>& all() const { return open_; }
  [[nodiscard]] bool contains(std::uint64_t tag) const { return open_.contains(tag); }
  void erase(const Windows& others) {
    std::erase_if(open_, [&](const auto& each) { return others.contains(each.first); });
  }
  [[nodiscard]] bool empty() const { return open_.empty(); }

 private:
  static constexpr std::size_t most = 65536;

  void fold() {
    Window longest;
    for (const auto& [tag, window] : open_) {
      if (longest.until < window.until) longest = window;
    }
    open_.clear();
    open_.emplace(everything, longest);
  }

  std::unordered_map<std::uint64_t, Window> open_;
};

}  // namespace wats::cache::detail
