// What waits for the thread of a level: changes together, the rest in turn and bounded.
#pragma once

#include "src/cache_disk/changes.hpp"
#include "wats/cache/second_level.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace wats::cache::detail {

class Find {
 public:
  std::string key;
  SecondLevel::Found found;
  Stamp asked = 0;
};
class Store {
 public:
  std::string key;
  Record record;
  Stamp since = 0;
};
class Erase {
 public:
  std::string key;
};
using Request = std::variant<Find, Store, Erase>;

/// What the thread does next. Changes go before all that waits: a store that was given earlier is refused for
/// its stamp, and a find only sees less.
class Turn {
 public:
  Changes changes;
  std::vector<std::weak_ptr<ChangeListener>> newcomers;
  std::vector<Request> batch;
  /// When all has to be done, if the level is closing.
  std::optional<std::chrono::steady_clock::time_point> deadline;
  /// Nothing waits behind it, and nothing will.
  bool is_last = false;
};

/// *Thread safety*: every member may be called from any thread.
class Requests {
 public:
  using Clock = std::chrono::steady_clock;

  void changed(std::span<const Tag> tags, Window window);
  void changed_all(Window window);
  void greet(std::weak_ptr<ChangeListener> newcomer);

  /// False, and nothing taken, if too many wait.
  [[nodiscard]] bool add(Find& find);
  /// False if too much waits; the store is dropped.
  [[nodiscard]] bool add(Store&& store);
  /// False if too many wait: everything has to go instead, see TagTable::invalidate_all().
  [[nodiscard]] bool add(Erase&& erase);

  void close(Clock::duration limit);

  /// Waits for something to do, until *until* at most.
  [[nodiscard]] Turn take(std::optional<Clock::time_point> until);

 private:
  [[nodiscard]] bool is_something() const;
  void fill(std::vector<Request>& batch);

  std::mutex mutex_;
  std::condition_variable given_;
  Changes changes_;
  std::vector<std::weak_ptr<ChangeListener>> newcomers_;
  std::deque<Request> waiting_;
  std::size_t finds_ = 0;
  std::size_t erases_ = 0;
  std::size_t store_bytes_ = 0;
  std::optional<Clock::time_point> deadline_;
};

}  // namespace wats::cache::detail
