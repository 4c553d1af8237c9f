#include "src/server/database.hpp"

#include <sqlite3.h>

namespace wats::server {
namespace {

constexpr int busy_timeout_ms = 10'000;
constexpr std::size_t most_statements = 256;

int open_flags(Database::Access access) {
  return access == Database::Access::read_write
             ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
             : SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
}

}  // namespace

Prepared::~Prepared() {
  // tryReset gives back the error of the step before, which has been thrown already.
  static_cast<void>(statement_.tryReset());
}

Prepared& Prepared::bind_any(const SqlValue& value) {
  std::visit(
      [this]<class T>(const T& inner) {
        if constexpr (std::is_same_v<T, std::string>) {
          bind(std::string_view(inner));
        } else {
          bind(inner);
        }
      },
      value);
  return *this;
}

Prepared& Prepared::bind(std::int64_t value) {
  statement_.bind(++bound_, value);
  return *this;
}

Prepared& Prepared::bind(double value) {
  statement_.bind(++bound_, value);
  return *this;
}

Prepared& Prepared::bind(std::nullptr_t) {
  statement_.bind(++bound_);
  return *this;
}

Prepared& Prepared::bind(std::string_view text) {
  statement_.bind(++bound_, std::string(text));
  return *this;
}

Prepared& Prepared::bind_blob(std::string_view bytes) {
  statement_.bindNoCopy(++bound_, bytes.data(), static_cast<int>(bytes.size()));
  return *this;
}

std::int64_t Prepared::integer(int column) const {
  return statement_.getColumn(column).getInt64();
}

double Prepared::real(int column) const {
  return statement_.getColumn(column).getDouble();
}

std::string_view Prepared::text(int column) const {
  const auto cell = statement_.getColumn(column);
  const auto* const data = static_cast<const char*>(cell.getBlob());
  return data == nullptr ? std::string_view()
                         : std::string_view(data, static_cast<std::size_t>(cell.getBytes()));
}

Database::Database(const std::string& file, Access access, bool durable)
    : connection_(file, open_flags(access), busy_timeout_ms) {
  if (access == Access::read_write) {
    connection_.exec("PRAGMA journal_mode=WAL");
    connection_.exec(durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=OFF");
  } else {
    connection_.exec("PRAGMA query_only=1");
  }
  connection_.exec("PRAGMA foreign_keys=1");
  connection_.exec("PRAGMA temp_store=MEMORY");
}

Prepared Database::prepare(std::string_view sql) {
  if (const auto found = by_sql_.find(sql); found != by_sql_.end()) {
    statements_.splice(statements_.begin(), statements_, found->second);
  } else {
    trim();
    std::string text(sql);
    SQLite::Statement statement(connection_, text);
    statements_.push_front({std::move(text), std::move(statement)});
    by_sql_.emplace(statements_.front().sql, statements_.begin());
  }
  return Prepared(statements_.front().statement);
}

void Database::trim() {
  while (statements_.size() >= most_statements) {
    by_sql_.erase(statements_.back().sql);
    statements_.pop_back();
  }
}

}  // namespace wats::server
