// Who does what nobody waits for: refreshing behind a stale answer, and looking whether it takes too long.
#pragma once

#include "wats/cache/clock.hpp"

#include <cstddef>
#include <functional>
#include <memory>

namespace wats::cache {

/// *Thread safety*: any thread.
class Runner {
 public:
  using Task = std::function<void()>;

  Runner() = default;
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;
  virtual ~Runner() = default;

  /// Has the task done soon, on another thread or later on this one, never within this call. One that can't
  /// be done any more is destroyed.
  virtual void run(Task task) = 0;
  /// The same after a while; such tasks are short.
  virtual void run_after(Duration delay, Task task) = 0;
};

/// Threads of its own, started when they are needed: up to *threads* for run(), one for run_after(). Its
/// destructor drops what has not begun and waits for what has. Tasks that wait for each other need a thread
/// each.
[[nodiscard]] std::shared_ptr<Runner> make_thread_runner(std::size_t threads = 64);

}  // namespace wats::cache
