// The tables of the embedded server.
#include "src/server/database.hpp"
#include "src/server/row.hpp"
#include "wats/model/report_header.hpp"

#include <stdexcept>
#include <string>

namespace wats::server {
namespace {

constexpr std::int64_t schema_version = 1;

// `doc` is the row as the API answers it: most reads are one look-up and no conversion. The other columns are
// what rows are found, filtered and ordered by.
constexpr const char* tables[] = {
    "CREATE TABLE processes(code INTEGER PRIMARY KEY, name TEXT, process_index INTEGER, is_test INTEGER,"
    " is_repair INTEGER, is_wip INTEGER, state INTEGER, doc TEXT NOT NULL)",
    "CREATE TABLE products(product_id TEXT PRIMARY KEY, part_number TEXT NOT NULL UNIQUE, name TEXT, "
    "category TEXT,"
    " non_serial INTEGER NOT NULL, state INTEGER NOT NULL, doc TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE revisions(product_id TEXT NOT NULL REFERENCES products(product_id), revision TEXT NOT NULL,"
    " product_revision_id TEXT NOT NULL UNIQUE, doc TEXT NOT NULL, PRIMARY KEY(product_id, revision)) "
    "WITHOUT ROWID",
    "CREATE TABLE units(serial_number TEXT NOT NULL, part_number TEXT NOT NULL, revision TEXT, batch_number "
    "TEXT,"
    " phase INTEGER NOT NULL, process_code INTEGER, doc TEXT NOT NULL,"
    " PRIMARY KEY(serial_number, part_number)) WITHOUT ROWID",
    "CREATE TABLE unit_phases(entry INTEGER PRIMARY KEY, serial_number TEXT NOT NULL, part_number TEXT NOT "
    "NULL,"
    " phase INTEGER NOT NULL, at_ns INTEGER NOT NULL, comment TEXT)",
    "CREATE TABLE documents(report_id INTEGER PRIMARY KEY, size INTEGER NOT NULL, body BLOB NOT NULL)",
    "CREATE TABLE inbox(report_id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, due_ns INTEGER NOT NULL, "
    "received INTEGER NOT NULL,"
    " document BLOB NOT NULL)",
    "CREATE INDEX inbox_due ON inbox(due_ns)",
    "CREATE TABLE history(entry INTEGER PRIMARY KEY, commit_number INTEGER NOT NULL, at_ns INTEGER NOT NULL,"
    " table_name TEXT NOT NULL, key TEXT NOT NULL, deleted INTEGER NOT NULL, doc TEXT NOT NULL)",
};

constexpr const char* report_indices[] = {
    "CREATE UNIQUE INDEX reports_uuid ON reports(uuid)",
    "CREATE UNIQUE INDEX reports_time_stamp ON reports(time_stamp)",
    "CREATE INDEX reports_serial ON reports(serial_number, start)",
    "CREATE INDEX reports_part ON reports(part_number, start)",
    "CREATE INDEX reports_start ON reports(start)",
};

// What ANALYZE would find on a line's database: without it SQLite takes an index over the part number, which
// thousands of reports share, for as good as one over the serial number.
constexpr const char* statistics[] = {
    "ANALYZE",
    "INSERT INTO sqlite_stat1(tbl, idx, stat) VALUES('reports', 'reports_serial', '100000 3 1'),"
    " ('reports', 'reports_part', '100000 2500 1'), ('reports', 'reports_start', '100000 1'),"
    " ('reports', 'reports_uuid', '100000 1'), ('reports', 'reports_time_stamp', '100000 1')",
    "ANALYZE sqlite_schema",
};

std::string_view sql_type(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::integer:
    case ColumnKind::boolean:
    case ColumnKind::time:
      return " INTEGER";
    case ColumnKind::real:
      return " REAL";
    case ColumnKind::text:
    case ColumnKind::report_type:
      break;
  }
  return " TEXT";
}

/// One column a member of the header; tested_process_code is the test operation that a repair belongs to.
std::string reports_table() {
  std::string sql = "CREATE TABLE reports(report_id INTEGER PRIMARY KEY, tested_process_code INTEGER";
  for (const auto& column : columns_of<ReportHeader>())
    sql.append(", ").append(column.sql).append(sql_type(column.kind));
  return sql + ")";
}

std::int64_t version_of(Database& database) {
  auto statement = database.prepare("PRAGMA user_version");
  return statement.next() ? statement.integer(0) : 0;
}

}  // namespace

void create_schema(Database& database) {
  const auto version = version_of(database);
  if (version == schema_version) return;
  if (version != 0) {
    throw std::runtime_error("the database has version " + std::to_string(version) +
                             ", this program knows version " + std::to_string(schema_version));
  }
  database.run("BEGIN IMMEDIATE");
  for (const char* const sql : tables) database.run(sql);
  database.run(reports_table());
  for (const char* const sql : report_indices) database.run(sql);
  for (const char* const sql : statistics) database.run(sql);
  database.run("PRAGMA user_version=" + std::to_string(schema_version));
  database.run("COMMIT");
}

}  // namespace wats::server
