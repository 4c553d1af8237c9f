// Tracked: a member that knows how often it was made and destroyed, and coroutines that run at once.
#pragma once

#include <coroutine>
#include <exception>
#include <set>
#include <utility>

namespace wats::testing {

/// Every Tracked that lives, and the faults seen. GCC 12 destroys some temporaries twice, so a plain count of
/// destructors would do for the sum, but not tell a second destruction from a missing construction.
struct Census {
  std::set<const void*> alive;
  int destroyed_twice = 0;
  int made_over_a_living_one = 0;
};

inline Census& census() {
  static Census instance;
  return instance;
}

/// Not trivially destructible, owns nothing: destroying it twice is seen, not suffered.
class Tracked {
 public:
  explicit Tracked(int number = 0) noexcept : value(number) { enter(); }
  Tracked(const Tracked& other) noexcept : value(other.value) { enter(); }
  Tracked(Tracked&& other) noexcept : value(std::exchange(other.value, -1)) { enter(); }
  Tracked& operator=(const Tracked&) = default;
  Tracked& operator=(Tracked&&) = default;
  ~Tracked() {
    if (census().alive.erase(this) == 0) ++census().destroyed_twice;
  }

  int value;

 private:
  void enter() noexcept {
    if (!census().alive.insert(this).second) ++census().made_over_a_living_one;
  }
};

/// A coroutine that runs until its first real wait and is resumed by nobody: everything here is ready at once
/// or resumes inline.
class Task {
 public:
  struct promise_type {
    Task get_return_object() { return Task(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_value(int value) noexcept { result = value; }
    void unhandled_exception() noexcept { std::terminate(); }
    int result = 0;
  };

  explicit Task(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  [[nodiscard]] bool done() const noexcept { return handle_.done(); }
  [[nodiscard]] int result() const noexcept { return handle_.promise().result; }

 private:
  std::coroutine_handle<promise_type> handle_;
};

}  // namespace wats::testing
