// Writer: the one thread that changes the database. Queued writes share a commit, each within a savepoint of
// its own.
#pragma once

#include "src/server/database.hpp"
#include "src/server/history_log.hpp"
#include "src/server/request.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace wats::server {

/// What a write sees while it runs: the connection, counters, and where it tells which rows it changed.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(database) {}

  [[nodiscard]] Database& database() { return database_; }
  /// The row *key* of *table* now reads *doc*.
  void changed(std::string_view table, std::string key, std::string doc);
  void deleted(std::string_view table, std::string key);

  /// Rising number in order of processing.
  [[nodiscard]] std::int64_t next_time_stamp() { return ++time_stamp_; }
  [[nodiscard]] std::int64_t next_report_id() { return ++report_id_; }
  /// Something in the inbox becomes due then.
  void ingest_at(std::int64_t due_ns) {
    if (next_due_ns_ == 0 || due_ns < next_due_ns_) next_due_ns_ = due_ns;
  }

 private:
  friend class Writer;
  void load_counters();
  void store_versions(std::uint64_t commit);

  Database& database_;
  std::vector<RowVersion> versions_;
  std::int64_t time_stamp_ = 0;
  std::int64_t report_id_ = 0;
  std::int64_t next_due_ns_ = 0;
};

using WriteAction = std::function<Reply(Transaction&)>;
using OnReply = std::function<void(Reply)>;

/// Nanoseconds since 1970.
[[nodiscard]] std::int64_t wall_clock_ns();

/// *Thread safety*: any thread.
class Writer {
 public:
  /// Moves what is due from the inbox and tells the transaction when the next is (Transaction::ingest_at).
  using Ingest = std::function<void(Transaction&, std::int64_t until_ns)>;

  /// *database* must outlive the writer; it is used by the writer's thread only.
  Writer(Database& database, HistoryLog& history, Ingest ingest);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer();

  /// Queues a write. An error reply or an exception takes back what the action did. *done* is called on the
  /// writer's thread once the commit is durable. After close() it is called at once with 503.
  void submit(WriteAction action, OnReply done);
  /// Commits what is queued, then ends the thread. Further calls do nothing.
  void close();

  [[nodiscard]] std::uint64_t commits() const { return commits_; }
  [[nodiscard]] std::uint64_t writes() const { return writes_; }

 private:
  struct Job {
    WriteAction action;
    OnReply done;
    Reply reply;
  };

  void loop();
  /// Empty when something in the inbox is due, or the writer is closing (then false in *going_on*).
  [[nodiscard]] std::vector<Job> wait_for_jobs(bool& going_on);
  void commit(std::vector<Job>& jobs);
  void run_in_savepoint(Job& job);
  [[nodiscard]] Job ingest_job();

  Database& database_;
  HistoryLog& history_;
  Ingest ingest_;
  Transaction transaction_;
  std::uint64_t commit_number_ = 0;
  std::atomic<std::uint64_t> commits_{0};
  std::atomic<std::uint64_t> writes_{0};

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Job> queue_;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace wats::server
