#include "src/outbox/home_files.hpp"

#include "src/outbox/schema.hpp"
#include "src/storage/private_file.hpp"

#include <sqlite3.h>

#include <system_error>
#include <vector>

namespace wats::outbox::detail {

namespace fs = std::filesystem;

fs::path HomeFiles::database() const {
  return database_in(folder_);
}

fs::path HomeFiles::log() const {
  return database().string() + "-wal";
}

std::unique_ptr<storage::Connection> HomeFiles::open() {
  std::vector<fs::path> made;
  for (fs::path path = folder_; !path.empty() && !fs::exists(path); path = path.parent_path()) {
    made.push_back(path);
    if (path == path.parent_path()) break;
  }
  storage::make_private_folder(folder_);
  if (!storage::make_private_file(database())) {
    throw std::system_error(std::make_error_code(std::errc::operation_not_permitted),
                            database().string() + " is no file of this user; remove it");
  }
  storage::sync_folder(folder_);
  for (const auto& path : made) storage::sync_folder(path.parent_path());

  auto connection =
      std::make_unique<storage::Connection>(database(), storage::Access::read_write, busy_timeout_ms);
  prepare_tables(*connection);
  // The log is there from the first read on.
  static_cast<void>(connection->number("SELECT count(*) FROM senders"));
  log_identity_ = storage::file_identity(log());
  return connection;
}

bool HomeFiles::has_moved(storage::Connection& connection) const {
  int has_moved = 0;
  if (sqlite3_file_control(connection.handle(), "main", SQLITE_FCNTL_HAS_MOVED, &has_moved) == SQLITE_OK &&
      has_moved != 0) {
    return true;
  }
  return storage::file_identity(log()) != log_identity_;
}

void HomeFiles::put_back(std::unique_ptr<storage::Connection> connection) {
  if (!fs::exists(folder_)) storage::make_private_folder(folder_);
  const fs::path draft = database().string() + ".draft";
  std::error_code ignored;
  fs::remove(draft, ignored);
  const bool is_there = fs::exists(database());
  if (!is_there) {
    storage::write_private_file(draft, {}, true);
    SQLite::Database copy(draft.string(), SQLite::OPEN_READWRITE);
    sqlite3_backup* const backup =
        sqlite3_backup_init(copy.getHandle(), "main", connection->handle(), "main");
    if (backup == nullptr) throw SQLite::Exception(copy.getHandle());
    sqlite3_backup_step(backup, -1);
    const int code = sqlite3_backup_finish(backup);
    if (code != SQLITE_OK) throw SQLite::Exception(copy.getHandle(), code);
  }
  // Takes the log along that lies there, which belongs to the file that is gone.
  connection.reset();
  if (is_there) return;
  for (const char* const ending : {"-wal", "-shm"}) fs::remove(database().string() + ending);
  storage::sync_file(draft);
  fs::rename(draft, database());
  storage::sync_folder(folder_);
}

fs::path HomeFiles::set_aside() {
  fs::path aside;
  for (int n = 1; aside.empty() || fs::exists(aside); ++n)
    aside = database().string() + ".damaged-" + std::to_string(n);
  fs::rename(database(), aside);
  std::error_code ignored;
  // With its log, under the name that belongs to it: the last reports may be there.
  fs::rename(log(), aside.string() + "-wal", ignored);
  fs::remove(database().string() + "-shm", ignored);
  storage::sync_folder(folder_);
  return aside;
}

bool HomeFiles::has_reserve() const {
  std::error_code ignored;
  return reserve_bytes_ <= 0 || fs::exists(reserve(), ignored);
}

bool HomeFiles::keep_reserve() {
  if (has_reserve()) return true;
  std::error_code error;
  const auto space = fs::space(folder_, error);
  constexpr std::uintmax_t times = 3;
  if (error || space.available < times * static_cast<std::uintmax_t>(reserve_bytes_)) return false;
  // Not zeros, which some file systems store as nothing.
  std::string filling(static_cast<std::size_t>(reserve_bytes_), '\0');
  std::uint32_t state = 1;
  for (char& byte : filling) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<char>(state >> 24U);
  }
  storage::write_private_file(reserve(), filling, true);
  return true;
}

bool HomeFiles::use_reserve() const {
  std::error_code error;
  return fs::remove(reserve(), error);
}

}  // namespace wats::outbox::detail
