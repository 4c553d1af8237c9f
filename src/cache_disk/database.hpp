// The file of a directory: the tables made or checked, its log written into it now and then.
#pragma once

#include "src/storage/connection.hpp"
#include "src/storage/trouble.hpp"

#include <cstdint>
#include <filesystem>

namespace wats::cache::detail {

using storage::BrokenFile;
using storage::Step;

/// *Thread safety*: one thread at a time. *Errors*: SQLite::Exception from all but rollback().
class Database : public storage::Connection {
 public:
  /// Opens the file, which is there, be it empty. *make*: makes the tables where there are none.
  /// *Errors*: BrokenFile.
  Database(const std::filesystem::path& file, bool make);

  /// Writes the log into the file once it is large: begin() and commit() never wait for that.
  void checkpoint();

 private:
  void make_tables();
  void check_version();

  int log_pages_ = 0;
};

}  // namespace wats::cache::detail
