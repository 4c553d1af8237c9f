// Store: the database file with its writer, its readers and its history.
#pragma once

#include "src/server/database.hpp"
#include "src/server/history_log.hpp"
#include "src/server/readers.hpp"
#include "src/server/writer.hpp"

#include <memory>
#include <string>

namespace wats::server {

/// Where the rows are. Throws SQLite::Exception, std::system_error or std::runtime_error when it cannot be
/// opened. *Thread safety*: as Writer and Readers.
class Store {
 public:
  /// *file*: a path, created with mode 0600, every commit durable; or ":memory:", a temporary file of this
  /// process alone that is gone with it (readers need several connections, which a database in memory does
  /// not give them).
  Store(const std::string& file, unsigned readers, std::size_t keep_history);
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  ~Store();

  [[nodiscard]] Writer& writer() { return *writer_; }
  [[nodiscard]] Readers& readers() { return *readers_; }
  [[nodiscard]] const HistoryLog& history() const { return history_; }

  /// Ends the readers, commits what is queued and ends the writer. Writes that readers still make are taken
  /// in.
  void close();

 private:
  HistoryLog history_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Readers> readers_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace wats::server
