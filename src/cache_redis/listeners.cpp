#include "src/cache_redis/listeners.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace wats::cache::redis {

void Listeners::add(std::weak_ptr<ChangeListener> listener) {
  const auto its = listener.lock();
  if (its == nullptr) return;
  // In whole seconds, rounded up, so that it is told a few times at most.
  std::map<std::chrono::seconds, std::vector<Tag>> open;
  Duration all{0};
  {
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    forget_closed(now);
    for (const auto& [hash, until] : windows_)
      open[std::chrono::ceil<std::chrono::seconds>(until - now)].push_back(Tag::of_hash(hash));
    if (all_until_ > now) all = all_until_ - now;
    listeners_.push_back(std::move(listener));
  }
  for (const auto& [settling, tags] : open) its->changed(tags, settling);
  if (all > Duration::zero()) its->changed_all(all);
}

void Listeners::settle(std::span<const Tag> tags, Duration settling) {
  if (settling <= Duration::zero()) return;
  const std::lock_guard lock(mutex_);
  open(tags, Clock::now(), settling);
}

void Listeners::settle_all(Duration settling) {
  if (settling <= Duration::zero()) return;
  const std::lock_guard lock(mutex_);
  all_until_ = std::max(all_until_, Clock::now() + settling);
}

bool Listeners::settles(std::span<const Tag> tags) const {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  if (all_until_ > now) return true;
  return std::ranges::any_of(tags, [&](Tag tag) {
    const auto window = windows_.find(tag.hash());
    return window != windows_.end() && window->second > now;
  });
}

void Listeners::tell(std::span<const Tag> tags, Duration settling, const ChangeListener* from) {
  for (const auto& each : present(from)) each->changed(tags, settling);
}

void Listeners::tell_all(Duration settling, const ChangeListener* from) {
  for (const auto& each : present(from)) each->changed_all(settling);
}

Listeners::Present Listeners::present(const ChangeListener* from) {
  Present present;
  const std::lock_guard lock(mutex_);
  std::erase_if(listeners_, [&](const std::weak_ptr<ChangeListener>& each) {
    auto its = each.lock();
    if (its == nullptr) return true;
    if (its.get() != from) present.push_back(std::move(its));
    return false;
  });
  return present;
}

void Listeners::open(std::span<const Tag> tags, TimePoint now, Duration settling) {
  if (windows_.size() >= look_at_) {
    forget_closed(now);
    look_at_ = std::max<std::size_t>(64, 2 * windows_.size());
  }
  const TimePoint until = now + settling;
  if (windows_.size() + tags.size() > most_windows) {
    all_until_ = std::max(all_until_, until);
    for (const auto& [hash, its] : windows_) all_until_ = std::max(all_until_, its);
    windows_.clear();
    return;
  }
  for (const Tag tag : tags) {
    TimePoint& its = windows_.try_emplace(tag.hash(), until).first->second;
    its = std::max(its, until);
  }
}

void Listeners::forget_closed(TimePoint now) {
  std::erase_if(windows_, [now](const auto& window) { return window.second <= now; });
}

}  // namespace wats::cache::redis
