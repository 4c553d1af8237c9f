// What lies on the disk, for programs that look at it beside the level that uses it.
#pragma once

#include "wats/cache/second_level.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wats::cache {

/// The file of a directory, as open_disk() made it. Reading and clearing is safe while a level uses it, here
/// or in another process.
///
/// *Thread safety*: one thread at a time. *Errors*: std::runtime_error, which says what to do, from all
/// members.
class DiskFile {
 public:
  class Stats {
   public:
    std::uint64_t entries = 0;
    /// As bounded by DiskSettings::max_bytes.
    std::uint64_t bytes = 0;
    /// Of the file and its log.
    std::uint64_t file_bytes = 0;
    /// Worth showing as they are, only while the server can't be asked, and not at all.
    std::uint64_t fresh = 0;
    std::uint64_t stale = 0;
    std::uint64_t over = 0;
    /// Since the oldest was loaded; nothing without entries.
    std::optional<std::chrono::milliseconds> oldest;
  };
  class Entry {
   public:
    /// Any bytes: escape them before they are shown.
    std::string key;
    std::uint64_t body_bytes = 0;
    /// Since its load began.
    std::chrono::milliseconds age{0};
    /// Negative: stale for so long.
    std::chrono::milliseconds ttl_left{0};
    /// Until it is not shown any more even while the server can't be asked; negative: so long ago.
    std::chrono::milliseconds stale_left{0};
    std::size_t tags = 0;
  };

  /// There has to be one.
  [[nodiscard]] static DiskFile open(const std::filesystem::path& directory);

  DiskFile(DiskFile&&) noexcept;
  DiskFile& operator=(DiskFile&&) noexcept;
  ~DiskFile();

  [[nodiscard]] Stats stats(WallTime now) const;
  /// In the order of keys, those that contain *part* only, *most* of them at most.
  [[nodiscard]] std::vector<Entry> list(WallTime now, std::string_view part = {},
                                        std::size_t most = 1000) const;
  /// As it lies there, fresh or not; nothing if it is damaged.
  [[nodiscard]] std::optional<Record> find(std::string_view key) const;
  /// Drops all entries and gives their room back; windows of settling stay. How many there were.
  std::uint64_t clear();

 private:
  class Connection;
  explicit DiskFile(std::unique_ptr<Connection> connection);
  std::unique_ptr<Connection> connection_;
};

}  // namespace wats::cache
