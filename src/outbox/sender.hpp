// Sender: takes reports from the writer, has them delivered, and tells the writer what became of them.
#pragma once

#include "src/outbox/drain.hpp"
#include "src/outbox/writer.hpp"
#include "src/storage/owner_lock.hpp"
#include "wats/outbox/deliver.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace wats::outbox::detail {

/// *Thread safety*: any thread. *Ownership*: its thread decides; the writer's and the delivery's threads
/// leave word for it.
class Sender {
 public:
  Sender(const Settings& settings, Writer& writer, std::shared_ptr<Deliver> deliver);
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;
  ~Sender();

  /// Something was handed over, released or retried.
  void poke();
  /// Begins nothing more; what is under way has until then.
  void stop(std::chrono::milliseconds limit);
  /// Why nothing is begun at the moment.
  [[nodiscard]] std::string pause() const;

 private:
  class Desk;
  class ClaimJob;
  class FinishJob;
  struct Trip {
    Claimed claimed;
    Clock::time_point began;
  };

  void run();
  /// A row and a lock that tells others that this sender lives; its dead predecessors' reports are pending
  /// again. False: the outbox can't be written now.
  [[nodiscard]] bool enter();
  void leave();
  void look_after_others();
  void beat();
  void ask_for_reports();
  void take(std::vector<Claimed> claimed);
  void begin(Claimed claimed);
  void end(std::int64_t number, const Outcome& outcome);
  void finish(Claimed claimed, Verdict verdict);
  void finish_late(std::vector<std::pair<Claimed, Verdict>> unfinished, bool is_stopping);
  void keep_house();
  [[nodiscard]] Clock::time_point next_look(Clock::time_point now) const;
  [[nodiscard]] Clock::time_point now() const { return settings_.clock->now(); }

  const Settings& settings_;
  Writer& writer_;
  const std::shared_ptr<Deliver> deliver_;
  /// Outlives the sender, for deliveries that end late.
  const std::shared_ptr<Desk> desk_;
  Drain drain_;

  // Of the thread.
  std::int64_t owner_ = 0;
  std::unique_ptr<storage::OwnerLock> lock_;
  std::unordered_map<std::int64_t, Trip> under_way_;
  std::int64_t bytes_under_way_ = 0;
  bool is_asking_ = false;
  bool found_nothing_ = false;
  /// There may be more since it was asked.
  bool has_changed_ = false;
  std::vector<std::pair<Claimed, Verdict>> late_;
  Clock::time_point late_at_;
  Clock::time_point asked_;
  Clock::time_point beaten_;
  Clock::time_point house_kept_;
  std::string told_pause_;

  std::mutex stop_mutex_;
  std::condition_variable stopped_;
  bool has_ended_ = false;
  std::thread thread_;
};

}  // namespace wats::outbox::detail
