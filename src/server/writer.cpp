#include "src/server/writer.hpp"

#include <chrono>
#include <exception>
#include <utility>

namespace wats::server {
namespace {

/// Writes that share one commit at most: bounds how long the first of them waits.
constexpr std::size_t most_in_commit = 256;
/// Wait before an ingest that failed is tried again.
constexpr std::int64_t ingest_retry_ns = 1'000'000'000;

}  // namespace

std::int64_t wall_clock_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void Transaction::changed(std::string_view table, std::string key, std::string doc) {
  RowVersion version;
  version.table = table;
  version.key = std::move(key);
  version.doc = std::move(doc);
  versions_.push_back(std::move(version));
}

void Transaction::deleted(std::string_view table, std::string key) {
  RowVersion version;
  version.table = table;
  version.key = std::move(key);
  version.deleted = true;
  versions_.push_back(std::move(version));
}

void Transaction::load_counters() {
  auto statement = database_.prepare(
      "SELECT ifnull(max(time_stamp), 0), max(ifnull(max(report_id), 0),"
      " (SELECT ifnull(max(report_id), 0) FROM inbox)) FROM reports");
  if (!statement.next()) return;
  time_stamp_ = statement.integer(0);
  report_id_ = statement.integer(1);
}

void Transaction::store_versions(std::uint64_t commit) {
  for (auto& version : versions_) {
    version.commit = commit;
    auto statement = database_.prepare(
        "INSERT INTO history(commit_number, at_ns, table_name, key, deleted, doc) VALUES(?,?,?,?,?,?)");
    statement.bind(static_cast<std::int64_t>(commit))
        .bind(wall_clock_ns())
        .bind(version.table)
        .bind(version.key)
        .bind(std::int64_t{version.deleted})
        .bind(version.doc);
    statement.run();
  }
}

Writer::Writer(Database& database, HistoryLog& history, Ingest ingest)
    : database_(database), history_(history), ingest_(std::move(ingest)), transaction_(database) {
  transaction_.load_counters();
  {
    auto last = database_.prepare("SELECT ifnull(max(commit_number), 0) FROM history");
    if (last.next()) commit_number_ = static_cast<std::uint64_t>(last.integer(0));
  }
  {
    auto due = database_.prepare("SELECT ifnull(min(due_ns), 0) FROM inbox");
    if (due.next()) transaction_.next_due_ns_ = due.integer(0);
  }
  thread_ = std::thread([this] { loop(); });
}

Writer::~Writer() {
  close();
}

void Writer::submit(WriteAction action, OnReply done) {
  {
    const std::lock_guard lock(mutex_);
    if (!closing_) {
      queue_.push_back({std::move(action), std::move(done), {}});
      wake_.notify_one();
      return;
    }
  }
  done(error_reply(503, "the server is stopping"));
}

void Writer::close() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void Writer::loop() {
  bool going_on = true;
  while (going_on) {
    auto jobs = wait_for_jobs(going_on);
    if (transaction_.next_due_ns_ != 0 && transaction_.next_due_ns_ <= wall_clock_ns())
      jobs.push_back(ingest_job());
    if (!jobs.empty()) commit(jobs);
  }
}

Writer::Job Writer::ingest_job() {
  Job job;
  job.action = [this](Transaction& transaction) {
    transaction.next_due_ns_ = 0;
    ingest_(transaction, wall_clock_ns());
    return Reply();
  };
  job.done = [this](const Reply& reply) {
    if (reply.is_error()) transaction_.next_due_ns_ = wall_clock_ns() + ingest_retry_ns;
  };
  return job;
}

std::vector<Writer::Job> Writer::wait_for_jobs(bool& going_on) {
  std::unique_lock lock(mutex_);
  const auto ready = [this] { return !queue_.empty() || closing_; };
  if (transaction_.next_due_ns_ == 0) {
    wake_.wait(lock, ready);
  } else {
    using Clock = std::chrono::system_clock;
    const std::chrono::nanoseconds due(transaction_.next_due_ns_);
    wake_.wait_until(lock, Clock::time_point(std::chrono::duration_cast<Clock::duration>(due)), ready);
  }
  going_on = !closing_ || queue_.size() > most_in_commit;
  std::vector<Job> jobs;
  if (queue_.size() <= most_in_commit) {
    jobs.swap(queue_);
  } else {
    const auto end = queue_.begin() + most_in_commit;
    jobs.assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
    queue_.erase(queue_.begin(), end);
  }
  return jobs;
}

void Writer::commit(std::vector<Job>& jobs) {
  transaction_.versions_.clear();
  try {
    database_.run("BEGIN IMMEDIATE");
    for (auto& job : jobs) run_in_savepoint(job);
    ++commit_number_;
    transaction_.store_versions(commit_number_);
    const auto not_before = std::chrono::steady_clock::now();
    database_.run("COMMIT");
    const auto not_after = std::chrono::steady_clock::now();
    for (auto& version : transaction_.versions_) {
      version.not_before = not_before;
      version.not_after = not_after;
    }
    history_.append(std::exchange(transaction_.versions_, {}));
    ++commits_;
    writes_ += jobs.size();
  } catch (const std::exception&) {
    // A full disk or a broken file: nothing of this batch was stored, and nobody is told that it was.
    for (auto& job : jobs) job.reply = error_reply(500, "the server could not store this");
    transaction_.versions_.clear();
    try {
      database_.run("ROLLBACK");
      // NOLINTNEXTLINE(bugprone-empty-catch): SQLite may have rolled back by itself, and then says so
    } catch (const SQLite::Exception&) {
    }
  }
  for (auto& job : jobs) job.done(std::move(job.reply));
}

void Writer::run_in_savepoint(Job& job) {
  const auto versions = transaction_.versions_.size();
  database_.run("SAVEPOINT job");
  try {
    job.reply = job.action(transaction_);
  } catch (const std::exception&) {
    job.reply = error_reply(500, "the server failed while storing this");
  }
  if (job.reply.is_error()) {
    transaction_.versions_.erase(transaction_.versions_.begin() + static_cast<std::ptrdiff_t>(versions),
                                 transaction_.versions_.end());
    database_.run("ROLLBACK TO job");
  }
  database_.run("RELEASE job");
}

}  // namespace wats::server
