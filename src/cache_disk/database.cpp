#include "src/cache_disk/database.hpp"

#include <sqlite3.h>

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

Step::~Step() {
  // tryReset gives back the error of the step before, which has been thrown already.
  static_cast<void>(statement_.tryReset());
}

Step& Step::bind(std::int64_t value) {
  statement_.bind(++bound_, value);
  return *this;
}

Step& Step::bind_blob(std::string_view bytes) {
  // A null pointer would be NULL, which is no empty blob.
  statement_.bindNoCopy(++bound_, bytes.empty() ? "" : bytes.data(), static_cast<int>(bytes.size()));
  return *this;
}

void Step::run() {
  while (statement_.executeStep()) continue;
}

std::int64_t Step::integer(int column) const {
  return statement_.getColumn(column).getInt64();
}

std::string_view Step::blob(int column) const {
  const auto cell = statement_.getColumn(column);
  const auto* const data = static_cast<const char*>(cell.getBlob());
  return data == nullptr ? std::string_view()
                         : std::string_view(data, static_cast<std::size_t>(cell.getBytes()));
}

Database::Database(const std::filesystem::path& file, bool make)
    : connection_(file.string(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, busy_timeout_ms) {
  sqlite3_db_config(connection_.getHandle(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  connection_.exec("PRAGMA trusted_schema=0; PRAGMA cell_size_check=1; PRAGMA temp_store=MEMORY");
  const bool is_new = number("SELECT count(*) FROM sqlite_schema") == 0;
  if (is_new && !make) throw BrokenFile("it is empty");
  if (!is_new) check_version();
  if (is_new) connection_.exec("PRAGMA page_size=4096; PRAGMA auto_vacuum=INCREMENTAL");
  connection_.exec("PRAGMA journal_mode=WAL");
  connection_.exec("PRAGMA synchronous=NORMAL; PRAGMA journal_size_limit=4194304");
  sqlite3_wal_hook(
      connection_.getHandle(),
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
  connection_.exec(tables);
  run("INSERT INTO meta VALUES('version', 1)");
  connection_.exec("PRAGMA application_id=" + std::to_string(application));
  commit();
}

Step Database::prepare(std::string_view sql) {
  auto& kept = by_sql_[sql];
  if (kept == nullptr) kept = &statements_.emplace_back(connection_, std::string(sql));
  return Step(*kept);
}

std::int64_t Database::number(std::string_view sql) {
  Step step = prepare(sql);
  return step.next() ? step.integer(0) : 0;
}

void Database::begin(bool durable) {
  // Not kept: this one takes effect when it is compiled.
  if (durable != is_durable_)
    connection_.exec(durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
  is_durable_ = durable;
  run("BEGIN IMMEDIATE");
}

void Database::commit() {
  run("COMMIT");
}

void Database::rollback() noexcept {
  try {
    if (sqlite3_get_autocommit(connection_.getHandle()) == 0) run("ROLLBACK");
  } catch (const std::exception&) {
    // What is left of the transaction goes when the connection is closed.
    return;
  }
}

}  // namespace wats::cache::detail
