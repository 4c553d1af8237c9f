// Who holds it is the only one to use a directory, as long as the process lives.
#pragma once

#include <SQLiteCpp/Database.h>

#include <filesystem>
#include <memory>

namespace wats::cache::detail {

/// A lock on a small database of its own, since SQLite locks files on every platform, in one process too.
class OwnerLock {
 public:
  /// Null if somebody else has it. *Errors*: SQLite::Exception, std::system_error.
  [[nodiscard]] static std::unique_ptr<OwnerLock> take(const std::filesystem::path& directory);

  explicit OwnerLock(const std::filesystem::path& file);

 private:
  SQLite::Database connection_;
};

}  // namespace wats::cache::detail
