// The records of a directory, as rows: put, found, erased by key and tag, bounded by what they take.
#pragma once

#include "src/cache_disk/changes.hpp"
#include "src/cache_disk/database.hpp"
#include "src/cache_disk/windows.hpp"
#include "wats/cache/second_level.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace wats::cache::detail {

/// What a look for a key brought.
class Look {
 public:
  std::optional<Record> record;
  /// It was there and is not given.
  bool is_refused = false;
};

/// *Thread safety*: one thread at a time. *Errors*: SQLite::Exception; then the transaction, if there is one,
/// has to be taken back.
class Entries {
 public:
  /// Opens or makes the file. *Errors*: BrokenFile.
  Entries(const std::filesystem::path& file, std::int64_t most_bytes);

  void begin(bool durable);
  void commit();
  void rollback() noexcept;
  void checkpoint() { database_.checkpoint(); }

  /// Marks what is damaged or over as such: erase_marked() drops it.
  [[nodiscard]] Look find(std::string_view key, WallTime now);

  // The others belong into a transaction.
  void put(std::string_view key, const Record& record, WallTime now);
  void erase(std::string_view key);
  void apply(const Changes& changes);
  void erase_marked();
  /// Drops what is over.
  void expire(WallTime now);
  /// Drops what was not used for longest until there is room again.
  void make_room(WallTime now);
  /// What was used lately, as eviction sees it.
  void write_uses();
  /// Gives free pages back where they are most of the file.
  void shrink();

  [[nodiscard]] Windows windows();
  void put_windows(const Windows& windows);
  void drop_windows(WallTime now);

  [[nodiscard]] bool fits(std::string_view key, const Record& record) const;
  [[nodiscard]] bool has_uses() const { return !uses_.empty(); }
  [[nodiscard]] bool has_marked() const { return !marked_.empty(); }
  [[nodiscard]] std::int64_t count() const { return totals_.count; }
  [[nodiscard]] std::int64_t bytes() const { return totals_.bytes; }

 private:
  struct Totals {
    std::int64_t count = 0;
    std::int64_t bytes = 0;
  };

  /// Others may have written since.
  void recount();
  /// Whether a change of one of the tags would find the row.
  [[nodiscard]] bool has_tags(std::int64_t id, std::span<const Tag> tags);
  void erase_row(std::int64_t id);
  void erase_tag(std::uint64_t tag);
  void erase_all();
  [[nodiscard]] WallTime next_use(WallTime now);

  Database database_;
  const std::int64_t most_bytes_;
  Totals totals_;
  Totals totals_before_;
  std::int64_t data_version_ = -1;
  std::unordered_map<std::int64_t, WallTime> uses_;
  std::vector<std::int64_t> marked_;
  WallTime last_use_;
};

}  // namespace wats::cache::detail
