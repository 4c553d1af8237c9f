#include "src/outbox/schema.hpp"

#include <array>
#include <string>

namespace wats::outbox::detail {
namespace {

constexpr std::int64_t application = 0x57415451;  // "WATQ"

// items: state as State; stage of what is pending: 0 others go first, 1 may be sent, 2 waits until due_ms.
// A lane is a serial number; in it, what has the lower rank goes first. needs: a unit waits in the lanes of
// its parts. repaired: of a repair, the id of its test.
constexpr const char* version_1 =
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE items(number INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE,"
    " state INTEGER NOT NULL, stage INTEGER NOT NULL, format INTEGER NOT NULL, type INTEGER NOT NULL,"
    " priority INTEGER NOT NULL, lane INTEGER NOT NULL, rank INTEGER NOT NULL, serial TEXT NOT NULL,"
    " part TEXT NOT NULL, start_ms INTEGER NOT NULL, added_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL,"
    " due_ms INTEGER, version INTEGER NOT NULL, attempts INTEGER NOT NULL, doubts INTEGER NOT NULL,"
    " unguarded INTEGER NOT NULL DEFAULT 0, owner INTEGER, bytes INTEGER NOT NULL, stored INTEGER NOT NULL, "
    "digest BLOB NOT NULL, repaired BLOB,"
    " reason TEXT, source TEXT);"
    "CREATE INDEX items_to_send ON items(priority, rank) WHERE state=0 AND stage=1;"
    "CREATE INDEX items_due ON items(due_ms) WHERE due_ms IS NOT NULL;"
    "CREATE INDEX items_lane ON items(lane, rank) WHERE state<=1;"
    "CREATE INDEX items_owner ON items(owner) WHERE state=1;"
    "CREATE INDEX items_aside ON items(state, changed_ms) WHERE state>=2;"
    "CREATE INDEX items_repairs ON items(repaired) WHERE repaired IS NOT NULL AND state=0;"
    "CREATE TABLE payloads(number INTEGER PRIMARY KEY, body BLOB NOT NULL);"
    "CREATE TABLE needs(lane INTEGER, rank INTEGER, number INTEGER, PRIMARY KEY(lane, rank, number)) WITHOUT "
    "ROWID;"
    "CREATE INDEX needs_number ON needs(number);"
    "CREATE TABLE totals(state INTEGER PRIMARY KEY, items INTEGER NOT NULL, bytes INTEGER NOT NULL);"
    "INSERT INTO totals VALUES(0,0,0),(1,0,0),(2,0,0),(3,0,0),(4,0,0);"
    "CREATE TABLE attempts(entry INTEGER PRIMARY KEY, number INTEGER NOT NULL, at_ms INTEGER NOT NULL,"
    " took_ms INTEGER NOT NULL, http_status INTEGER NOT NULL, text TEXT NOT NULL);"
    "CREATE INDEX attempts_number ON attempts(number);"
    "CREATE TABLE audit(entry INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, number INTEGER NOT NULL,"
    " id BLOB NOT NULL, action TEXT NOT NULL, who TEXT NOT NULL, why TEXT NOT NULL, before BLOB);"
    "CREATE TABLE senders(owner INTEGER PRIMARY KEY AUTOINCREMENT, pid INTEGER NOT NULL, beat_ms INTEGER NOT "
    "NULL, pause TEXT NOT NULL);";

/// What leads from each version to the next; the first one from nothing.
constexpr auto migrations = std::to_array<const char*>({version_1});

std::int64_t version_of(storage::Connection& database) {
  const auto owner = database.number("PRAGMA application_id");
  if (owner == 0 && database.number("SELECT count(*) FROM sqlite_schema") == 0) return 0;
  if (owner != application) throw NoOutbox("it is a database of something else");
  const auto version = database.number("PRAGMA user_version");
  if (version > static_cast<std::int64_t>(migrations.size())) {
    throw NoOutbox("it is of version " + std::to_string(version) + ", and this program knows " +
                   std::to_string(migrations.size()) + "; use a newer one");
  }
  return version;
}

}  // namespace

void prepare_tables(storage::Connection& database) {
  const auto newest = static_cast<std::int64_t>(migrations.size());
  if (version_of(database) == 0) database.execute("PRAGMA page_size=4096; PRAGMA auto_vacuum=INCREMENTAL");
  database.execute("PRAGMA journal_mode=WAL; PRAGMA journal_size_limit=16777216");
  if (version_of(database) == newest) return;
  database.begin(true);
  try {
    // Another process may have been first.
    for (auto version = version_of(database); version < newest; ++version)
      database.execute(migrations[static_cast<std::size_t>(version)]);
    database.execute("PRAGMA application_id=" + std::to_string(application) +
                     "; PRAGMA user_version=" + std::to_string(newest));
    database.commit();
  } catch (...) {
    database.rollback();
    throw;
  }
}

void bind_to_server(storage::Connection& database, const std::string& server) {
  if (server.empty()) return;
  {
    auto row = database.prepare("INSERT OR IGNORE INTO meta(name, value) VALUES('server', ?)");
    row.bind_text(server).run();
  }
  auto row = database.prepare("SELECT value FROM meta WHERE name='server'");
  if (row.next() && row.blob(0) != server) {
    throw NoOutbox("it keeps reports for " + std::string(row.blob(0)) + ", not for " + server +
                   "; give each server a folder of its own");
  }
}

void check_tables(storage::Connection& database) {
  const auto version = version_of(database);
  if (version == 0) throw NoOutbox("it is empty");
  if (version != static_cast<std::int64_t>(migrations.size())) {
    throw NoOutbox("it is of version " + std::to_string(version) +
                   "; open it once with a program that may write it");
  }
}

}  // namespace wats::outbox::detail
