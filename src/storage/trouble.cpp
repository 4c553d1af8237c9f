#include "src/storage/trouble.hpp"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

namespace wats::storage {

Trouble trouble_of(const std::exception& error) {
  if (dynamic_cast<const BrokenFile*>(&error) != nullptr) return Trouble::broken;
  const auto* const sqlite = dynamic_cast<const SQLite::Exception*>(&error);
  if (sqlite == nullptr) return Trouble::away;
  switch (sqlite->getErrorCode() & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Trouble::busy;
    case SQLITE_FULL:
      return Trouble::full;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_NOMEM:
    case SQLITE_NOLFS:
    case SQLITE_PROTOCOL:
      return Trouble::away;
    // The statements are constants: only a damaged file makes one fail otherwise.
    default:
      return Trouble::broken;
  }
}

}  // namespace wats::storage
