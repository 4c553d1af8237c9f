// One connection to a SQLite database: statements kept, transactions that outlive a loss of power or only a
// crash.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <filesystem>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace wats::storage {

/// A statement at work, reset when it goes out of scope.
class Step {
 public:
  explicit Step(SQLite::Statement& statement) : statement_(statement) {}
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;
  ~Step();

  /// Binds the next parameter.
  Step& bind(std::int64_t value);
  Step& bind(std::nullptr_t);
  /// The bytes must live until the statement has run.
  Step& bind_text(const std::string& text);
  Step& bind_blob(std::string_view bytes);

  [[nodiscard]] bool next() { return statement_.executeStep(); }
  void run();

  [[nodiscard]] bool is_null(int column) const { return statement_.isColumnNull(column); }
  [[nodiscard]] std::int64_t integer(int column) const;
  /// Text or blob; valid until the next step.
  [[nodiscard]] std::string_view blob(int column) const;

 private:
  SQLite::Statement& statement_;
  int bound_ = 0;
};

enum class Access : std::uint8_t { read_only, read_write };

/// *Thread safety*: one thread at a time. *Errors*: SQLite::Exception from all but rollback().
class Connection {
 public:
  /// Opens the file, which is there, be it empty. *busy_timeout_ms*: how long others may keep it.
  Connection(const std::filesystem::path& file, Access access, int busy_timeout_ms);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() = default;

  /// For SQL that is a constant of the program: each is compiled once and kept.
  [[nodiscard]] Step prepare(std::string_view sql);
  /// For SQL that is put together: compiled for this use alone.
  [[nodiscard]] SQLite::Statement compile(const std::string& sql) const { return {connection_, sql}; }
  void run(std::string_view sql) { prepare(sql).run(); }
  /// The first column of the first row; 0 where there is none.
  [[nodiscard]] std::int64_t number(std::string_view sql);
  /// Several statements, which are not kept.
  void execute(const std::string& sql) { connection_.exec(sql); }

  /// *durable*: what it commits outlives a loss of power; without, a crash of the process only.
  void begin(bool durable);
  void commit();
  void rollback() noexcept;
  /// What the last statement changed, inserted or deleted.
  [[nodiscard]] std::int64_t changed_rows() const;

  [[nodiscard]] sqlite3* handle() { return connection_.getHandle(); }

 private:
  SQLite::Database connection_;
  std::list<SQLite::Statement> statements_;
  std::unordered_map<std::string_view, SQLite::Statement*> by_sql_;
  bool is_durable_ = false;
};

}  // namespace wats::storage
