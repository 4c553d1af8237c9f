// A file that comes into being, or replaces another, only as a whole. The POSIX part of it is part_file.cpp.
#pragma once

#include "wats/core/error.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace wats::detail {

/// What is written lies under a name of its own beside *path* until commit(), for its owner only where it
/// replaces a file. Without commit() it goes with the object, but stays where the process is killed. What is
/// no regular file, a pipe or a device, is written to as it is. *Thread safety*: one thread at a time.
/// *Errors*: Errc::io_error with the system's words.
class PartFile {
 public:
  PartFile() = default;
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  ~PartFile();

  /// Begins anew; what was written before is gone.
  [[nodiscard]] Result<void> open(const std::string& path);
  [[nodiscard]] Result<void> write(std::string_view bytes);
  /// On the disk, then under its name. What replaces a file takes that file's permissions.
  [[nodiscard]] Result<void> commit();

 private:
  [[nodiscard]] Result<void> create();
  void discard() noexcept;

  int fd_ = -1;
  /// Empty when written in place.
  std::string part_;
  std::string target_;
  /// Of the file that is there already.
  std::optional<unsigned> mode_;
};

}  // namespace wats::detail
