// Our own changes, from when they are made until Redis has them: never dropped, but merged when Redis is
// away.
#pragma once

#include "src/cache_redis/envelope.hpp"
#include "src/cache_redis/positions.hpp"

#include <cstddef>
#include <deque>
#include <span>
#include <vector>

namespace wats::cache::redis {

/// Keeps them pending in the positions all the while. *Thread safety*: under the owner's lock.
class Unsent {
 public:
  /// Above it they become one change of everything.
  static constexpr std::size_t most_tags = 10'000;

  class Change {
   public:
    bool all = false;
    std::vector<Tag> tags;
    TimePoint settles_until;
  };

  /// *Lifetime*: the positions outlive it.
  explicit Unsent(Positions& positions) : positions_(positions) {}

  void add(std::span<const Tag> tags, TimePoint settles_until);
  void add_all(TimePoint settles_until);

  /// Whether there are some that are not on their way.
  [[nodiscard]] bool waiting() const noexcept { return on_their_way_ < changes_.size(); }
  [[nodiscard]] bool empty() const noexcept { return changes_.empty(); }
  /// The next one of those; it is on its way from now on.
  [[nodiscard]] const Change& send_next() noexcept { return changes_[on_their_way_++]; }
  /// The first one on its way is in the log.
  void arrived(Position at);
  /// Nobody knows about those on their way: they have to be sent again, which does no harm.
  void lost() noexcept { on_their_way_ = 0; }

 private:
  void push(Change change);
  void merge();

  Positions& positions_;
  std::deque<Change> changes_;
  std::size_t on_their_way_ = 0;
  std::size_t waiting_tags_ = 0;
};

}  // namespace wats::cache::redis
