#include "src/cache_redis/unsent.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

namespace wats::cache::redis {

void Unsent::add(std::span<const Tag> tags, TimePoint settles_until) {
  // An entry of the log has a limit.
  while (!tags.empty()) {
    const auto some = tags.first(std::min(tags.size(), most_entry_tags));
    tags = tags.subspan(some.size());
    positions_.begin(some);
    push({false, {some.begin(), some.end()}, settles_until});
  }
  // What is there twice may be half of it: only then is the work worth while.
  if (waiting_tags_ > 2 * most_tags) merge();
}

void Unsent::add_all(TimePoint settles_until) {
  positions_.begin_all();
  push({true, {}, settles_until});
  merge();
}

void Unsent::push(Change change) {
  waiting_tags_ += change.tags.size();
  changes_.push_back(std::move(change));
}

void Unsent::arrived(Position at) {
  const Change& first = changes_.front();
  if (first.all)
    positions_.end_all(at);
  else
    positions_.end(first.tags, at);
  waiting_tags_ -= first.tags.size();
  changes_.pop_front();
  --on_their_way_;
}

void Unsent::merge() {
  std::unordered_map<std::uint64_t, TimePoint> tags;
  bool all = false;
  TimePoint all_settles_until{};
  const auto first = changes_.begin() + static_cast<std::ptrdiff_t>(on_their_way_);
  std::deque<Change> merged(std::make_move_iterator(first), std::make_move_iterator(changes_.end()));
  changes_.erase(first, changes_.end());
  for (const Change& change : merged) {
    all = all || change.all;
    all_settles_until = std::max(all_settles_until, change.settles_until);
    for (const Tag tag : change.tags) {
      TimePoint& until = tags.try_emplace(tag.hash(), change.settles_until).first->second;
      until = std::max(until, change.settles_until);
    }
  }
  // The new ones begin before the old ones end: in between nothing is valid that should not be.
  if (all || tags.size() > most_tags) {
    positions_.begin_all();
    changes_.push_back({true, {}, all_settles_until});
  } else {
    std::map<TimePoint, std::vector<Tag>> by_time;
    for (const auto& [hash, until] : tags) by_time[until].push_back(Tag::of_hash(hash));
    for (auto& [until, some] : by_time) {
      for (std::span<const Tag> rest = some; !rest.empty();) {
        const auto part = rest.first(std::min(rest.size(), most_entry_tags));
        rest = rest.subspan(part.size());
        positions_.begin(part);
        changes_.push_back({false, {part.begin(), part.end()}, until});
      }
    }
  }
  for (const Change& change : merged) {
    if (change.all)
      positions_.forget_all();
    else
      positions_.forget(change.tags);
  }
  waiting_tags_ = 0;
  for (const Change& change : changes_) waiting_tags_ += change.tags.size();
}

}  // namespace wats::cache::redis
