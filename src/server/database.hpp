// Database: one SQLite connection with its prepared statements kept.
#pragma once

#include "src/server/sql.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace wats::server {

/// A statement of the cache, reset when it goes out of scope.
class Prepared {
 public:
  explicit Prepared(SQLite::Statement& statement) : statement_(statement) {}
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;
  ~Prepared();

  /// Binds the next parameter.
  Prepared& bind(std::int64_t value);
  Prepared& bind(double value);
  Prepared& bind(std::nullptr_t);
  Prepared& bind(std::string_view text);
  /// The bytes must live until the statement has run.
  Prepared& bind_blob(std::string_view bytes);

  Prepared& bind_any(const SqlValue& value);

  /// Steps; false at the end.
  [[nodiscard]] bool next() { return statement_.executeStep(); }
  /// Runs a statement without rows.
  void run() { statement_.exec(); }

  [[nodiscard]] bool is_null(int column) const { return statement_.isColumnNull(column); }
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;
  /// Text or blob; valid until the next step.
  [[nodiscard]] std::string_view text(int column) const;

 private:
  SQLite::Statement& statement_;
  int bound_ = 0;
};

/// *Thread safety*: one thread at a time. Functions throw SQLite::Exception; the threads that own connections
/// catch it.
class Database {
 public:
  enum class Access : bool { read_only, read_write };

  /// Opens *file*; *durable*: a commit is on disk when it returns.
  Database(const std::string& file, Access access, bool durable);

  /// The statement for *sql*, compiled at its first use. Every distinct text is kept (a few hundred at most,
  /// see trim()), so values belong into parameters.
  [[nodiscard]] Prepared prepare(std::string_view sql);
  void run(std::string_view sql) { prepare(sql).run(); }

 private:
  /// Drops the oldest statements when filters have made too many; never one in use, since calls nest only
  /// shallowly.
  void trim();

  struct Kept {
    std::string sql;
    SQLite::Statement statement;
  };
  SQLite::Database connection_;
  std::list<Kept> statements_;
  std::unordered_map<std::string_view, std::list<Kept>::iterator> by_sql_;
};

/// Creates or checks the tables. Throws std::runtime_error when the file belongs to a newer version.
void create_schema(Database& database);

}  // namespace wats::server
