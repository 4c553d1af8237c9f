#include "src/storage/connection.hpp"

#include <sqlite3.h>

#include <exception>
#include <string>

namespace wats::storage {

Step::~Step() {
  // tryReset gives back the error of the step before, which has been thrown already.
  static_cast<void>(statement_.tryReset());
}

Step& Step::bind(std::int64_t value) {
  statement_.bind(++bound_, value);
  return *this;
}

Step& Step::bind(std::nullptr_t) {
  statement_.bind(++bound_);
  return *this;
}

Step& Step::bind_text(const std::string& text) {
  statement_.bindNoCopy(++bound_, text);
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

Connection::Connection(const std::filesystem::path& file, Access access, int busy_timeout_ms)
    : connection_(
          file.string(),
          (access == Access::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_NOMUTEX,
          busy_timeout_ms) {
  sqlite3_db_config(handle(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  connection_.exec("PRAGMA trusted_schema=0; PRAGMA cell_size_check=1; PRAGMA temp_store=MEMORY");
  if (access == Access::read_write) connection_.exec("PRAGMA synchronous=NORMAL");
}

Step Connection::prepare(std::string_view sql) {
  auto& kept = by_sql_[sql];
  if (kept == nullptr) kept = &statements_.emplace_back(connection_, std::string(sql));
  return Step(*kept);
}

std::int64_t Connection::number(std::string_view sql) {
  Step step = prepare(sql);
  return step.next() ? step.integer(0) : 0;
}

void Connection::begin(bool durable) {
  // Not kept: this one takes effect when it is compiled.
  if (durable != is_durable_)
    connection_.exec(durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
  is_durable_ = durable;
  run("BEGIN IMMEDIATE");
}

void Connection::commit() {
  run("COMMIT");
}

void Connection::rollback() noexcept {
  try {
    if (sqlite3_get_autocommit(handle()) == 0) run("ROLLBACK");
  } catch (const std::exception&) {
    // What is left of the transaction goes when the connection is closed.
    return;
  }
}

std::int64_t Connection::changed_rows() const {
  return sqlite3_changes(connection_.getHandle());
}

}  // namespace wats::storage
