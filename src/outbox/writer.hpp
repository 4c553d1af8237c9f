// Writer: the one thread of an outbox that writes. What comes while it commits goes into the next commit.
#pragma once

#include "src/outbox/home_files.hpp"
#include "src/outbox/store.hpp"
#include "wats/outbox/options.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace wats::outbox::detail {

/// A step that somebody wants done.
class Job {
 public:
  Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  virtual ~Job() = default;

  /// Within a transaction; again after one that was rolled back.
  virtual void work(Store& store) = 0;
  /// It is on disk, or why it is not. Once, on the writer's thread, unless the writer was closed before.
  virtual void done(const Error* failure) noexcept = 0;
  /// Whether it has to outlive a loss of power when done() says that all is well.
  [[nodiscard]] virtual bool is_durable() const noexcept { return true; }
};

/// *Thread safety*: any thread, but open(), which comes first.
class Writer {
 public:
  explicit Writer(const Settings& settings);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  /// Does what has been submitted, then ends.
  ~Writer();

  /// Opens the files and begins. *Errors*: what the files throw.
  void open();
  void submit(std::unique_ptr<Job> job);
  /// The disk was full, and is not known to have room again.
  [[nodiscard]] bool is_on_reserve() const noexcept { return is_on_reserve_.load(std::memory_order_relaxed); }

 private:
  using Batch = std::vector<std::unique_ptr<Job>>;

  void run();
  void do_batch(Batch& batch);
  void transact(const Batch& batch);
  /// Whether it is worth another try.
  [[nodiscard]] bool recover(const std::exception& error, int tries);
  void reopen();
  void replace_damaged(const std::string& why);
  void tend_reserve();
  void finish(Batch& batch, const Error* failure);
  void tell(LogLevel level, const std::string& line) const;
  [[nodiscard]] Error failure_of(const std::exception& error) const;

  const Settings& settings_;
  HomeFiles files_;
  std::unique_ptr<storage::Connection> connection_;
  std::optional<Store> store_;
  std::atomic<bool> is_on_reserve_{false};
  std::chrono::steady_clock::time_point reserve_tried_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::unique_ptr<Job>> waiting_;
  bool is_closing_ = false;
  std::thread thread_;
};

}  // namespace wats::outbox::detail
