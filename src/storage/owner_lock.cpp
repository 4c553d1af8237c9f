#include "src/storage/owner_lock.hpp"

#include "src/storage/private_file.hpp"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <system_error>

namespace wats::storage {
namespace {

constexpr int lock_timeout_ms = 100;

}  // namespace

OwnerLock::OwnerLock(const std::filesystem::path& file)
    : connection_(file.string(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, lock_timeout_ms) {
  // Nothing is ever written: no journal beside it.
  connection_.exec("PRAGMA journal_mode=MEMORY");
  connection_.exec("BEGIN EXCLUSIVE");
}

std::unique_ptr<OwnerLock> OwnerLock::take(const std::filesystem::path& file) {
  for (bool is_again = false;; is_again = true) {
    if (!make_private_file(file))
      throw std::system_error(std::make_error_code(std::errc::operation_not_permitted),
                              file.string() + " is no file of this user; remove it");
    try {
      return std::make_unique<OwnerLock>(file);
    } catch (const SQLite::Exception& error) {
      const int code = error.getErrorCode() & 0xff;
      if (code == SQLITE_BUSY || code == SQLITE_LOCKED) return nullptr;
      if (is_again || (code != SQLITE_NOTADB && code != SQLITE_CORRUPT)) throw;
      // Somebody has written into it: it can't be held by anyone.
      std::filesystem::remove(file);
    }
  }
}

}  // namespace wats::storage
