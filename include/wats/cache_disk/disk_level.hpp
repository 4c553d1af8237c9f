// A second level of the cache on this machine's disk: for a warm start, and for days without a server.
#pragma once

#include "wats/cache/second_level.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

namespace wats::cache {

class DiskSettings {
 public:
  DiskSettings() = default;
  explicit DiskSettings(std::filesystem::path folder) : directory(std::move(folder)) {}

  /// Made, for its owner only, where it does not exist. Files in it are for their owner only in any case.
  std::filesystem::path directory;
  /// Of keys, bodies and what belongs to them, at least 64 KiB; a record larger than an eighth of it is not
  /// kept. The log of the database takes up to about 8 MiB beside that.
  std::size_t max_bytes = std::size_t{64} << 20U;
  /// How long a find() is worth waiting for; 0 or more.
  std::chrono::milliseconds patience{50};
  /// The system's clock unless set. Called on any thread.
  std::function<WallTime()> wall_now;
  /// Takes one line for people: a file set aside, a full disk. Called on the level's thread; must not throw.
  std::function<void(std::string_view)> report;
};

/// Keeps records in a database in the directory (SQLite, with a checksum for each record). Nothing but the
/// secret of identity() is read or written by this call: all else is done by a thread of the level, in turns
/// that share a transaction. Changes go first, and are on the disk before the next find is answered; a change
/// that can't be written takes the level out of service until it is, or the file is thrown away.
///
/// One level uses a directory at a time: a second one, in this process or another, reports so once, finds
/// nothing and keeps nothing for as long as it lives. A file that is damaged or of another version is set
/// aside as "answers.db.broken" and a new one begun. No record is kept while one of its tags is in an open
/// window of settling; the windows outlast the process, and listeners are told of those still open.
///
/// Its destructor waits until what was given to it is done, changes first, at most about 2 s.
///
/// *Errors*: std::invalid_argument for settings out of range, never for the state of the disk.
[[nodiscard]] std::shared_ptr<SecondLevel> open_disk(DiskSettings settings);

}  // namespace wats::cache
