// Who is to hear of changes in this process, and the settling windows that late ones have to know.
#pragma once

#include "wats/cache/second_level.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

namespace wats::cache::redis {

/// *Thread safety*: any thread; they are called without the lock.
class Listeners {
 public:
  /// Above it there is one window over everything.
  static constexpr std::size_t most_windows = 10'000;

  /// Tells it of the windows that are open.
  void add(std::weak_ptr<ChangeListener> listener);
  /// Opens windows. Before anybody may take the change for a thing of the past.
  void settle(std::span<const Tag> tags, Duration settling);
  void settle_all(Duration settling);
  /// Whether one of the tags is in an open window.
  [[nodiscard]] bool settles(std::span<const Tag> tags) const;
  void tell(std::span<const Tag> tags, Duration settling, const ChangeListener* from);
  void tell_all(Duration settling, const ChangeListener* from);

 private:
  using Clock = std::chrono::steady_clock;
  using Present = std::vector<std::shared_ptr<ChangeListener>>;

  [[nodiscard]] Present present(const ChangeListener* from);
  void open(std::span<const Tag> tags, TimePoint now, Duration settling);
  void forget_closed(TimePoint now);

  mutable std::mutex mutex_;
  std::vector<std::weak_ptr<ChangeListener>> listeners_;
  std::unordered_map<std::uint64_t, TimePoint> windows_;
  TimePoint all_until_ = TimePoint::min();
  // Closed windows are looked for when there are twice as many as were left the last time.
  std::size_t look_at_ = 64;
};

}  // namespace wats::cache::redis
