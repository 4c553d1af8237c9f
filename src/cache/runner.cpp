// Tasks in turn, and tasks at their time, on threads that are started when there is something to do.
#include "wats/cache/runner.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace wats::cache {
namespace {

using Clock = std::chrono::steady_clock;

/// What the threads share; it outlives the runner where one of its own threads destroys that.
class Work {
 public:
  explicit Work(std::size_t threads) : most_threads(std::max<std::size_t>(threads, 1)) {}

  std::mutex mutex;
  std::condition_variable changed;
  std::condition_variable timed_changed;
  std::deque<Runner::Task> tasks;
  std::multimap<Clock::time_point, Runner::Task> timed;
  std::size_t idle = 0;
  bool stopping = false;
  const std::size_t most_threads;

  void do_tasks() {
    std::unique_lock lock(mutex);
    for (;;) {
      ++idle;
      changed.wait(lock, [this] { return stopping || !tasks.empty(); });
      --idle;
      if (stopping) return;
      do_one(lock, [this] {
        Runner::Task task = std::move(tasks.front());
        tasks.pop_front();
        return task;
      });
    }
  }
  void do_timed() {
    std::unique_lock lock(mutex);
    while (!stopping) {
      if (timed.empty()) {
        timed_changed.wait(lock);
      } else if (const auto when = timed.begin()->first; when > Clock::now()) {
        timed_changed.wait_until(lock, when);
      } else {
        do_one(lock, [this] {
          Runner::Task task = std::move(timed.begin()->second);
          timed.erase(timed.begin());
          return task;
        });
      }
    }
  }

 private:
  /// The task is destroyed without the lock, too.
  template <class Take>
  static void do_one(std::unique_lock<std::mutex>& lock, const Take& take) {
    {
      const Runner::Task task = take();
      lock.unlock();
      task();
    }
    lock.lock();
  }
};

class ThreadRunner final : public Runner {
 public:
  explicit ThreadRunner(std::size_t threads) : work_(std::make_shared<Work>(threads)) {}
  ThreadRunner(const ThreadRunner&) = delete;
  ThreadRunner& operator=(const ThreadRunner&) = delete;
  ~ThreadRunner() override {
    drop_waiting();
    work_->changed.notify_all();
    work_->timed_changed.notify_all();
    for (std::thread& thread : threads_) end(thread);
    if (timer_.joinable()) end(timer_);
  }

  // The task may have destroyed this runner before these return: from the unlocking on only the copy is used.
  void run(Task task) override {
    const auto work = work_;
    {
      const std::lock_guard lock(work->mutex);
      if (work->stopping) return;
      if (work->idle <= work->tasks.size() && threads_.size() < work->most_threads)
        threads_.emplace_back([work] { work->do_tasks(); });
      work->tasks.push_back(std::move(task));
    }
    work->changed.notify_one();
  }

  void run_after(Duration delay, Task task) override {
    const auto work = work_;
    const auto now = Clock::now();
    const auto when = now + std::clamp(delay, Duration::zero(), Duration::max() - now.time_since_epoch());
    {
      const std::lock_guard lock(work->mutex);
      if (work->stopping) return;
      if (!timer_.joinable()) timer_ = std::thread([work] { work->do_timed(); });
      work->timed.emplace(when, std::move(task));
    }
    work->timed_changed.notify_one();
  }

 private:
  /// Before the threads are waited for: what runs may wait for what these would tell as they go.
  void drop_waiting() {
    std::deque<Task> tasks;
    std::multimap<Clock::time_point, Task> timed;
    const std::lock_guard lock(work_->mutex);
    work_->stopping = true;
    tasks.swap(work_->tasks);
    timed.swap(work_->timed);
  }
  /// A task may hold the last reference to what owns the runner.
  static void end(std::thread& thread) {
    if (thread.get_id() == std::this_thread::get_id())
      thread.detach();
    else
      thread.join();
  }

  const std::shared_ptr<Work> work_;
  // Guarded by the lock of the work until the destructor.
  std::vector<std::thread> threads_;
  std::thread timer_;
};

}  // namespace

std::shared_ptr<Runner> make_thread_runner(std::size_t threads) {
  return std::make_shared<ThreadRunner>(threads);
}

}  // namespace wats::cache
