#include "src/cache_disk/database.hpp"

#include <sqlite3.h>

#include <string>

namespace wats::cache::detail {
namespace {

// Who looks at it beside the level is done in less.
constexpr int busy_timeout_ms = 100;
constexpr std::int64_t application = 0x57415443;  // "WATC"
constexpr std::int64_t version = 1;
// 2 MiB.
constexpr int most_log_pages = 512;

constexpr const char* tables =
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE entries(id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, born_ms INTEGER NOT NULL,"
    " ttl_ms INTEGER NOT NULL, kept_stale_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL,"
    " used_ms INTEGER NOT NULL, bytes INTEGER NOT NULL, checksum INTEGER NOT NULL, tags BLOB NOT NULL,"
    " body BLOB NOT NULL);"
    "CREATE INDEX entries_by_use ON entries(used_ms, bytes);"
    "CREATE INDEX entries_by_end ON entries(end_ms);"
    "CREATE TABLE entry_tags(tag INTEGER, entry INTEGER, PRIMARY KEY(tag, entry)) WITHOUT ROWID;"
    "CREATE TABLE windows(tag INTEGER PRIMARY KEY, until_ms INTEGER NOT NULL, length_ms INTEGER NOT NULL);";

}  // namespace

Database::Database(const std::filesystem::path& file, bool make)
    : Connection(file, storage::Access::read_write, busy_timeout_ms) {
  const bool is_new = number("SELECT count(*) FROM sqlite_schema") == 0;
  if (is_new && !make) throw BrokenFile("it is empty");
  if (!is_new) check_version();
  if (is_new) execute("PRAGMA page_size=4096; PRAGMA auto_vacuum=INCREMENTAL");
  execute("PRAGMA journal_mode=WAL");
  execute("PRAGMA journal_size_limit=4194304");
  sqlite3_wal_hook(
      handle(),
      [](void* pages, sqlite3*, const char*, int now) {
        *static_cast<int*>(pages) = now;
        return SQLITE_OK;
      },
      &log_pages_);
  if (is_new) make_tables();
}

void Database::checkpoint() {
  if (log_pages_ < most_log_pages) return;
  log_pages_ = 0;
  run("PRAGMA wal_checkpoint(PASSIVE)");
}

void Database::check_version() {
  if (number("PRAGMA application_id") != application) throw BrokenFile("it is a database of something else");
  const auto found = number("SELECT value FROM meta WHERE name='version'");
  if (found != version) throw BrokenFile("it is of version " + std::to_string(found) + ", not 1");
}

void Database::make_tables() {
  begin(true);
  // Not among the kept statements: the text is several.
  execute(tables);
  run("INSERT INTO meta VALUES('version', 1)");
  execute("PRAGMA application_id=" + std::to_string(application));
  commit();
}

}  // namespace wats::cache::detail
