#include "wats/cache_disk/disk_file.hpp"

#include "src/cache_disk/database.hpp"
#include "src/cache_disk/disk_folder.hpp"
#include "src/cache_disk/stored_record.hpp"
#include "src/storage/private_file.hpp"

#include <algorithm>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace wats::cache {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

std::uint64_t size_of(const fs::path& file) {
  std::error_code missing;
  const auto size = fs::file_size(file, missing);
  return missing ? 0 : size;
}

}  // namespace

class DiskFile::Connection {
 public:
  explicit Connection(fs::path path) : file(std::move(path)), database(file, false) {}

  /// What SQLite says, with what it was about and what to do.
  template <class Work>
  auto use(const Work& work) {
    try {
      return work(database);
    } catch (const std::exception& error) {
      throw std::runtime_error(advice(file, error));
    }
  }
  static std::string advice(const fs::path& file, const std::exception& error) {
    const std::string what = file.string() + ": " + error.what() + "; ";
    switch (detail::trouble_of(error)) {
      case detail::Trouble::busy:
        return what + "another program is at it, try again";
      case detail::Trouble::broken:
        return what + "remove it, or start the client, which sets it aside";
      default:
        return what + "see that this user may read and write it and that the disk is not full";
    }
  }

  fs::path file;
  detail::Database database;
};

DiskFile::DiskFile(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
DiskFile::DiskFile(DiskFile&&) noexcept = default;
DiskFile& DiskFile::operator=(DiskFile&&) noexcept = default;
DiskFile::~DiskFile() = default;

DiskFile DiskFile::open(const fs::path& directory) {
  const auto file = directory / detail::answers_file;
  std::error_code unknown;
  if (!fs::exists(fs::symlink_status(file, unknown)))
    throw std::runtime_error(file.string() +
                             " is not there: nothing was kept yet, or the directory is another one");
  try {
    if (!fs::is_regular_file(fs::symlink_status(file))) throw detail::BrokenFile("it is no file");
    return DiskFile(std::make_unique<Connection>(file));
  } catch (const std::exception& error) {
    throw std::runtime_error(Connection::advice(file, error));
  }
}

DiskFile::Stats DiskFile::stats(WallTime now) const {
  return connection_->use([&](detail::Database& database) {
    Stats stats;
    auto step = database.prepare(
        "SELECT count(*), total(bytes), min(born_ms), total(born_ms+ttl_ms>?), total(end_ms<=?) FROM "
        "entries");
    const auto at = detail::milliseconds_of(now);
    if (!step.bind(at).bind(at).next()) return stats;
    const auto number = [&step](int column) { return static_cast<std::uint64_t>(step.integer(column)); };
    stats.entries = number(0);
    stats.bytes = number(1);
    if (stats.entries != 0) stats.oldest = now - detail::wall_time_of(step.integer(2));
    stats.fresh = number(3);
    stats.over = number(4);
    stats.stale = stats.entries - std::min(stats.entries, stats.fresh + stats.over);
    const auto& file = connection_->file;
    stats.file_bytes = size_of(file) + size_of(file.string() + "-wal");
    return stats;
  });
}

std::vector<DiskFile::Entry> DiskFile::list(WallTime now, std::string_view part, std::size_t most) const {
  return connection_->use([&](detail::Database& database) {
    std::vector<Entry> entries;
    auto step = database.prepare(
        "SELECT key, length(body), born_ms, ttl_ms, length(tags)/8, kept_stale_ms FROM entries"
        " WHERE length(?1)=0 OR instr(key, ?1)>0 ORDER BY key");
    step.bind_blob(part);
    while (entries.size() < most && step.next()) {
      Entry entry;
      entry.key = step.blob(0);
      entry.body_bytes = static_cast<std::uint64_t>(step.integer(1));
      entry.age = now - detail::wall_time_of(step.integer(2));
      entry.ttl_left = detail::wall_time_of(step.integer(3)).time_since_epoch() - entry.age;
      entry.tags = static_cast<std::size_t>(step.integer(4));
      entry.stale_left = entry.ttl_left + milliseconds{step.integer(5)};
      entries.push_back(std::move(entry));
    }
    return entries;
  });
}

std::optional<Record> DiskFile::find(std::string_view key) const {
  return connection_->use([&](detail::Database& database) -> std::optional<Record> {
    auto step = database.prepare(
        "SELECT born_ms, ttl_ms, kept_stale_ms, checksum, tags, body FROM entries WHERE key=?");
    if (!step.bind_blob(key).next()) return std::nullopt;
    auto tags = detail::tags_of(step.blob(4));
    if (!tags) return std::nullopt;
    Record record;
    record.born = detail::wall_time_of(step.integer(0));
    record.ttl = milliseconds{step.integer(1)};
    record.kept_stale = milliseconds{step.integer(2)};
    record.tags = std::move(*tags);
    record.bytes = step.blob(5);
    if (detail::checksum(key, record) != static_cast<std::uint64_t>(step.integer(3))) return std::nullopt;
    return record;
  });
}

std::uint64_t DiskFile::clear() {
  return connection_->use([](detail::Database& database) {
    try {
      database.begin(true);
      const auto count = database.number("SELECT count(*) FROM entries");
      database.run("DELETE FROM entries");
      database.run("DELETE FROM entry_tags");
      database.run("PRAGMA incremental_vacuum");
      database.commit();
      database.run("PRAGMA wal_checkpoint(TRUNCATE)");
      return static_cast<std::uint64_t>(count);
    } catch (const std::exception&) {
      database.rollback();
      throw;
    }
  });
}

}  // namespace wats::cache
