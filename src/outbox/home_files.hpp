// The files of an outbox: made for this user alone, found again after somebody moved them, a reserve kept.
#pragma once

#include "src/storage/connection.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace wats::outbox::detail {

/// *Thread safety*: one thread at a time. *Errors*: std::system_error, SQLite::Exception, NoOutbox from all
/// that open, make or rename.
class HomeFiles {
 public:
  explicit HomeFiles(std::filesystem::path folder, std::int64_t reserve_bytes)
      : folder_(std::move(folder)), reserve_bytes_(reserve_bytes) {}

  /// Opens the database, which is made when it is missing; all that leads to it outlives a loss of power.
  [[nodiscard]] std::unique_ptr<storage::Connection> open();
  /// Whether the database that *connection* writes is no longer the one that the next process will open.
  [[nodiscard]] bool has_moved(storage::Connection& connection) const;
  /// Puts a copy of what *connection* still sees where it was, and closes it. Somebody who was first is left
  /// alone.
  void put_back(std::unique_ptr<storage::Connection> connection);
  /// Renames a damaged database with its log; answers its new name.
  [[nodiscard]] std::filesystem::path set_aside();

  /// Makes the reserve where it is missing and there is room for it several times over. False: there is not.
  [[nodiscard]] bool keep_reserve();
  [[nodiscard]] bool has_reserve() const;
  /// Gives its room to the database. False: there was none.
  [[nodiscard]] bool use_reserve() const;

  [[nodiscard]] std::filesystem::path database() const;
  [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }

 private:
  [[nodiscard]] std::filesystem::path reserve() const { return folder_ / "reserve"; }
  [[nodiscard]] std::filesystem::path log() const;

  std::filesystem::path folder_;
  std::int64_t reserve_bytes_;
  /// Which file the log was when the database was opened.
  std::uint64_t log_identity_ = 0;
};

}  // namespace wats::outbox::detail
