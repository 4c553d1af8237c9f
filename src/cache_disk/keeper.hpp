// What the thread of a level does: opens the file, does the turns, and goes on when the disk does not.
#pragma once

#include "src/cache_disk/disk_folder.hpp"
#include "src/cache_disk/work.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wats::cache::detail {

/// *Thread safety*: one thread, the level's.
class Keeper {
 public:
  explicit Keeper(std::shared_ptr<Work> work) : work_(std::move(work)), folder_(work_->settings) {}

  /// Until the level is closed and all is done.
  void run();

 private:
  using Clock = std::chrono::steady_clock;

  /// What a transaction has taken in, should it fail.
  struct Transaction {
    bool is_open = false;
    std::uint64_t stored = 0;
    std::vector<std::string> erased;
  };

  struct Answer {
    Find find;
    std::optional<Record> record;
  };

  void take_in(Turn& turn);
  void open();
  void prepare(Entries& entries);
  /// Whether the error was a broken file and there is none any more.
  [[nodiscard]] bool set_aside(const std::exception& why);
  void write_uses();
  void write_changes();
  /// So that what changed is not found by the next process: without its file, if need be.
  void write_changes_until(Clock::time_point deadline);
  void throw_away(const std::string& why);
  void greet(const std::vector<std::weak_ptr<ChangeListener>>& newcomers);
  static void tell(ChangeListener& listener, const Windows& windows, WallTime now);

  void do_batch(std::vector<Request>& batch);
  void handle(Find& find);
  void handle(Store& store);
  void handle(Erase& erase);
  void begin();
  /// After the commit, so that who is answered knows that what he gave before is done.
  void answer();
  void end_batch();
  void checkpoint();
  void tidy();
  void meet(const std::exception& error);

  [[nodiscard]] bool is_in_service() const { return folder_.entries() != nullptr && unwritten_.empty(); }
  [[nodiscard]] bool may_store(const Store& store) const;
  [[nodiscard]] bool has_to_retry() const;
  void retry_later();
  void count_rows();
  [[nodiscard]] WallTime now() const { return work_->settings.wall_now(); }

  const std::shared_ptr<Work> work_;
  DiskFolder folder_;
  Changes unwritten_;
  Windows windows_;
  Transaction transaction_;
  std::vector<Answer> answers_;
  std::size_t answer_bytes_ = 0;
  bool was_opened_ = false;
  std::optional<Clock::time_point> deadline_;
  Clock::time_point retry_at_;
  Clock::duration backoff_{};
  /// The disk was full: until then nothing is stored.
  std::optional<Clock::time_point> full_until_;
  WallTime tidied_;
};

}  // namespace wats::cache::detail
