// A lock that goes with the process: who holds it is the only one, and who finds it free knows that the other
// is gone.
#pragma once

#include <SQLiteCpp/Database.h>

#include <filesystem>
#include <memory>

namespace wats::storage {

/// A lock on a small database of its own, since SQLite locks files on every platform, in one process too.
class OwnerLock {
 public:
  /// Of *file*, which is made when it is missing. Null if somebody else has it. *Errors*: SQLite::Exception,
  /// std::system_error.
  [[nodiscard]] static std::unique_ptr<OwnerLock> take(const std::filesystem::path& file);

  explicit OwnerLock(const std::filesystem::path& file);

 private:
  SQLite::Database connection_;
};

}  // namespace wats::storage
