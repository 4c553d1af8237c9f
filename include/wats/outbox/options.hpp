// What an outbox is told once: where it lies, how much it may hold and how it drains.
#pragma once

#include "wats/core/clock.hpp"
#include "wats/core/logger.hpp"
#include "wats/outbox/item.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace wats::outbox {

/// What becomes of a report that would start in the future by the server's clock, which the server would put
/// aside without a word.
enum class FutureReports : std::uint8_t {
  hold,  ///< held until its time has come, with an explanation
  send,  ///< sent as it is
};

/// How reports are sent.
class DrainSettings {
 public:
  DrainSettings() = default;

  /// Reports under way at once, 1 to 1000; fewer while the server's answers slow down.
  std::uint32_t most_in_flight = 32;
  /// Bytes of documents under way at once.
  std::int64_t most_bytes_in_flight = std::int64_t{32} << 20U;
  /// A report whose outcome stays doubtful so often, while others get through, is quarantined.
  int attempts = 8;
  /// The wait before a doubtful report is sent again: doubles with each attempt, up to the second.
  std::chrono::milliseconds base_delay{1000};
  std::chrono::milliseconds max_delay = std::chrono::minutes(15);
  /// The same for all reports while the server is away.
  std::chrono::milliseconds base_pause{500};
  std::chrono::milliseconds max_pause = std::chrono::minutes(1);
  /// How long after the first report got through, at the start or after an outage, the rest follow: by chance
  /// within this, so that the stations of a plant do not return at once. Zero: at once.
  std::chrono::milliseconds start_spread = std::chrono::seconds(3);
  FutureReports future = FutureReports::hold;
  /// A start so much ahead of the server's clock is not yet the future.
  std::chrono::milliseconds future_tolerance = std::chrono::minutes(1);
};

/// Something happened to a report.
class Event {
 public:
  std::int64_t number = 0;
  std::string id;
  State state = State::pending;
  /// As Item::reason.
  std::string reason;
};

class Settings {
 public:
  Settings() = default;
  explicit Settings(std::string folder) : directory(std::move(folder)) {}

  /// Made, for this user alone, when it is missing. On a local disk: SQLite's locks fail on most network
  /// file systems.
  std::string directory;
  /// Which server its reports are for, as text: an outbox that was made for another is not opened, so that no
  /// report goes to the wrong place. "": not checked, and not kept.
  std::string server;
  /// Bounds of what waits, is held or quarantined; 0: none but the disk. What comes beyond is refused when it
  /// is handed over.
  std::int64_t max_items = 2'000'000;
  std::int64_t max_bytes = std::int64_t{8} << 30U;
  /// Of one document; at most 1 GiB.
  std::int64_t max_document_bytes = std::int64_t{64} << 20U;
  /// What waits longer is held with that as its reason; zero: never.
  std::chrono::hours max_age{0};
  /// Kept free on the disk, so that small reports are still taken for a while when it is full.
  std::int64_t reserve_bytes = std::int64_t{8} << 20U;
  /// Reports up to this size on disk are taken into the reserve.
  std::int64_t small_report_bytes = std::int64_t{64} << 10U;
  /// How long and how many sent reports are remembered, without their documents: one that is handed over
  /// again is then known.
  std::chrono::hours keep_sent = std::chrono::hours(24 * 7);
  std::int64_t max_sent = 100'000;
  DrainSettings drain;
  /// Told after each change of a report's state is on disk, on a thread of the outbox: must not block, throw
  /// or call the outbox.
  std::function<void(const Event&)> on_event;
  Logger logger;
  /// What waits and pauses are measured by, and the time of day; unset: the system's.
  std::shared_ptr<const Clock> clock;
  std::function<WallTime()> wall_now;
};

}  // namespace wats::outbox
