#include "src/outbox/writer.hpp"

#include "src/outbox/salvage.hpp"
#include "src/outbox/schema.hpp"
#include "src/storage/trouble.hpp"

#include <algorithm>
#include <utility>

namespace wats::outbox::detail {
namespace {

using storage::Trouble;
using storage::trouble_of;

/// Jobs in one transaction at most: beyond that a commit costs little beside them.
constexpr std::size_t most_at_once = 512;
/// Whoever else writes may keep the file this many times busy_timeout_ms.
constexpr int most_busy_tries = 3;
constexpr std::chrono::seconds between_reserves{10};

}  // namespace

Writer::Writer(const Settings& settings)
    : settings_(settings), files_(settings.directory, settings.reserve_bytes) {}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    is_closing_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Writer::open() {
  try {
    reopen();
  } catch (const NoOutbox&) {
    throw;
  } catch (const std::exception& error) {
    if (trouble_of(error) != Trouble::broken) throw;
    replace_damaged(error.what());
  }
  tend_reserve();
  thread_ = std::thread([this] { run(); });
}

void Writer::reopen() {
  store_.reset();
  connection_.reset();
  connection_ = files_.open();
  bind_to_server(*connection_, settings_.server);
  store_.emplace(*connection_, static_cast<bool>(settings_.on_event));
}

void Writer::submit(std::unique_ptr<Job> job) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(job));
  }
  wake_.notify_one();
}

void Writer::run() {
  Batch batch;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return is_closing_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      while (!waiting_.empty() && batch.size() < most_at_once) {
        batch.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
      }
    }
    do_batch(batch);
    batch.clear();
    if (is_on_reserve()) tend_reserve();
  }
}

void Writer::do_batch(Batch& batch) {
  for (int tries = 1;; ++tries) {
    std::optional<Error> failure;
    try {
      transact(batch);
    } catch (const std::exception& error) {
      if (connection_) connection_->rollback();
      if (recover(error, tries)) continue;
      failure = failure_of(error);
    }
    if (failure && failure->code() == Errc::outbox_full && batch.size() > 1) {
      // One that is too large must not keep the others out.
      for (auto& job : batch) {
        Batch alone;
        alone.push_back(std::move(job));
        do_batch(alone);
      }
      return;
    }
    finish(batch, failure ? &*failure : nullptr);
    return;
  }
}

void Writer::transact(const Batch& batch) {
  if (!connection_ || files_.has_moved(*connection_)) {
    if (connection_) {
      tell(LogLevel::error,
           "the database was removed or replaced under this process; what was in it is put back");
      store_.reset();
      files_.put_back(std::move(connection_));
    }
    reopen();
  }
  const bool is_durable = std::ranges::any_of(batch, [](const auto& job) { return job->is_durable(); });
  connection_->begin(is_durable);
  const Bounds bounds{settings_.max_items, settings_.max_bytes,
                      is_on_reserve() ? settings_.small_report_bytes : 0};
  store_->begin(bounds, settings_.wall_now().time_since_epoch().count());
  for (const auto& job : batch) job->work(*store_);
  store_->end();
  connection_->commit();
  // What is in a file that nobody will open again is not on disk.
  if (files_.has_moved(*connection_)) throw storage::BrokenFile("the database was removed");
}

bool Writer::recover(const std::exception& error, int tries) {
  if (connection_ && files_.has_moved(*connection_)) return tries <= most_busy_tries;
  try {
    switch (trouble_of(error)) {
      case Trouble::busy:
        return tries < most_busy_tries;
      case Trouble::full:
        if (!is_on_reserve()) {
          is_on_reserve_ = true;
          tell(LogLevel::error,
               "the disk is full: only small reports are taken, into the reserve; free some space");
        }
        return files_.use_reserve() && tries < most_busy_tries;
      case Trouble::broken:
        if (tries > 1) return false;
        store_.reset();
        connection_.reset();
        replace_damaged(error.what());
        return true;
      case Trouble::away:
        if (tries > 1) return false;
        reopen();
        return true;
    }
  } catch (const std::exception& again) {
    tell(LogLevel::error, std::string("the outbox can't be opened again: ") + again.what());
  }
  return false;
}

void Writer::replace_damaged(const std::string& why) {
  const auto aside = files_.set_aside();
  tell(LogLevel::error, "the database is damaged (" + why + "); it is kept as " + aside.filename().string() +
                            ", and what can be read of it is taken over");
  reopen();
  const SalvageReport found = salvage(aside, *connection_, *store_, settings_.wall_now());
  tell(LogLevel::error, found.text());
}

void Writer::tend_reserve() {
  const auto now = std::chrono::steady_clock::now();
  if (is_on_reserve() && now - reserve_tried_ < between_reserves) return;
  reserve_tried_ = now;
  try {
    const bool has_room = files_.keep_reserve();
    if (has_room && is_on_reserve()) tell(LogLevel::info, "the disk has room again");
    if (!has_room && !is_on_reserve())
      tell(LogLevel::warning, "the disk has too little room for the reserve; free some space");
    is_on_reserve_ = !has_room;
  } catch (const std::exception&) {
    is_on_reserve_ = true;
  }
}

void Writer::finish(Batch& batch, const Error* failure) {
  std::vector<Event> events;
  if (failure == nullptr && settings_.on_event) events = std::move(store_->events());
  for (const auto& job : batch) job->done(failure);
  for (const auto& event : events) settings_.on_event(event);
}

Error Writer::failure_of(const std::exception& error) const {
  if (trouble_of(error) == Trouble::full) {
    return Error(Errc::outbox_full,
                 "nothing was stored: the disk of " + settings_.directory + " is full; free some space");
  }
  return Error(Errc::io_error, "nothing was stored in " + settings_.directory + ": " + error.what());
}

void Writer::tell(LogLevel level, const std::string& line) const {
  if (settings_.logger) settings_.logger(level, "outbox " + settings_.directory + ": " + line);
}

}  // namespace wats::outbox::detail
