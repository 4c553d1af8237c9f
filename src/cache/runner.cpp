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
  explicit Work(std::size_t most_threads) : most_threads_(std::max<std::size_t>(most_threads, 1)) {}

  std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable timed_changed_;
  std::deque<Runner::Task> tasks_;
  std::multimap<Clock::time_point, Runner::Task> timed_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
  const std::size_t most_threads_;

  void do_tasks() {
    std::unique_lock lock(mutex_);
    for (;;) {
      ++idle_;
      changed_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
      --idle_;
      if (stopping_) return;
      do_one(lock, [this] {
        Runner::Task task = std::move(tasks_.front());
        tasks_.pop_front();
        return task;
      });
    }
  }
  void do_timed() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      if (timed_.empty()) {
        timed_changed_.wait(lock);
      } else if (const auto when = timed_.begin()->first; when > Clock::now()) {
        timed_changed_.wait_until(lock, when);
      } else {
        do_one(lock, [this] {
          Runner::Task task = std::move(timed_.begin()->second);
          timed_.erase(timed_.begin());
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
    work_->changed_.notify_all();
    work_->timed_changed_.notify_all();
    for (std::thread& thread : threads_) end(thread);
    if (timer_.joinable()) end(timer_);
  }

  void run(Task task) override {
    {
      const std::lock_guard lock(work_->mutex_);
      if (work_->stopping_) return;
      if (work_->idle_ <= work_->tasks_.size() && threads_.size() < work_->most_threads_)
        threads_.emplace_back([work = work_] { work->do_tasks(); });
      work_->tasks_.push_back(std::move(task));
    }
    work_->changed_.notify_one();
  }

  void run_after(Duration delay, Task task) override {
    const auto now = Clock::now();
    const auto when = now + std::clamp(delay, Duration::zero(), Duration::max() - now.time_since_epoch());
    {
      const std::lock_guard lock(work_->mutex_);
      if (work_->stopping_) return;
      if (!timer_.joinable()) timer_ = std::thread([work = work_] { work->do_timed(); });
      work_->timed_.emplace(when, std::move(task));
    }
    work_->timed_changed_.notify_one();
  }

 private:
  /// Before the threads are waited for: what runs may wait for what these would tell as they go.
  void drop_waiting() {
    std::deque<Task> tasks;
    std::multimap<Clock::time_point, Task> timed;
    const std::lock_guard lock(work_->mutex_);
    work_->stopping_ = true;
    tasks.swap(work_->tasks_);
    timed.swap(work_->timed_);
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
