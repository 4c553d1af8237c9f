// One connection to the file of a directory: statements kept, transactions, the tables made or checked.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <filesystem>
#include <list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>

namespace wats::cache::detail {

/// The file is no database of this version of ours, or its parts contradict each other.
class BrokenFile : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A statement at work, reset when it goes out of scope.
class Step {
 public:
  explicit Step(SQLite::Statement& statement) : statement_(statement) {}
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;
  ~Step();

  /// Binds the next parameter.
  Step& bind(std::int64_t value);
  /// The bytes must live until the statement has run.
  Step& bind_blob(std::string_view bytes);

  [[nodiscard]] bool next() { return statement_.executeStep(); }
  void run();

  [[nodiscard]] std::int64_t integer(int column) const;
  /// Valid until the next step.
  [[nodiscard]] std::string_view blob(int column) const;

 private:
  SQLite::Statement& statement_;
  int bound_ = 0;
};

/// *Thread safety*: one thread at a time. *Errors*: SQLite::Exception from all but rollback().
class Database {
 public:
  /// Opens the file, which is there, be it empty. *make*: makes the tables where there are none.
  /// *Errors*: BrokenFile.
  Database(const std::filesystem::path& file, bool make);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() = default;

  /// For SQL that is a constant of the program: each is compiled once and kept.
  [[nodiscard]] Step prepare(std::string_view sql);
  void run(std::string_view sql) { prepare(sql).run(); }
  [[nodiscard]] std::int64_t number(std::string_view sql);

  /// *durable*: what it commits outlives a loss of power; without, a crash of the process only.
  void begin(bool durable);
  void commit();
  void rollback() noexcept;
  /// Writes the log into the file once it is large: begin() and commit() never wait for that.
  void checkpoint();

 private:
  void make_tables();
  void check_version();

  SQLite::Database connection_;
  std::list<SQLite::Statement> statements_;
  std::unordered_map<std::string_view, SQLite::Statement*> by_sql_;
  bool is_durable_ = false;
  int log_pages_ = 0;
};

}  // namespace wats::cache::detail
