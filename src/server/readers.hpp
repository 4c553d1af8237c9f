// Readers: threads that answer queries, each with a connection of its own.
#pragma once

#include "src/server/database.hpp"
#include "src/server/request.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace wats::server {

/// *Thread safety*: any thread.
class Readers {
 public:
  /// Runs on a reader's thread; the connection is this thread's own.
  using Task = std::function<void(Database&)>;

  /// Opens *count* connections to *file*. Throws SQLite::Exception.
  Readers(const std::string& file, unsigned count);
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;
  ~Readers();

  /// Queues *task*, which must not throw. False after close().
  [[nodiscard]] bool submit(Task task);
  /// Runs what is queued, then ends the threads.
  void close();

 private:
  void loop(Database& database);

  std::vector<std::unique_ptr<Database>> databases_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> queue_;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

/// Runs *read* with one consistent view of the database; what it throws becomes a 500 without internals.
[[nodiscard]] Reply read_consistently(Database& database, const std::function<Reply(Database&)>& read);

}  // namespace wats::server
