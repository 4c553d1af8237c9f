// The files of a directory: owned, opened, set aside when they are broken, thrown away.
#pragma once

#include "src/cache_disk/entries.hpp"
#include "src/storage/owner_lock.hpp"
#include "src/storage/trouble.hpp"
#include "wats/cache_disk/disk_level.hpp"

#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace wats::cache::detail {

using storage::Trouble;
using storage::trouble_of;

inline constexpr std::string_view answers_file = "answers.db";

/// *Thread safety*: one thread at a time.
class DiskFolder {
 public:
  explicit DiskFolder(const DiskSettings& settings) : settings_(settings) {}

  /// Afterwards entries() are there, or is_taken(). What is broken is set aside. *Errors*: what SQLite and
  /// the system throw.
  void open();
  /// Null while closed.
  [[nodiscard]] Entries* entries() { return entries_ ? &*entries_ : nullptr; }
  [[nodiscard]] const Entries* entries() const { return entries_ ? &*entries_ : nullptr; }
  [[nodiscard]] bool is_owner() const { return owner_ != nullptr; }
  /// Somebody else uses the directory.
  [[nodiscard]] bool is_taken() const { return is_taken_; }

  void close() { entries_.reset(); }
  /// Closes and renames the file. *Errors*: std::system_error.
  void set_aside(const std::string& why);
  /// Closes and removes the file. *Errors*: std::system_error.
  void remove_file();

  /// The same line once, until forget_report().
  void report(const std::string& line);
  void forget_report() { reported_.clear(); }

 private:
  void open_file();
  void remove_logs() const;
  [[nodiscard]] std::filesystem::path file() const { return settings_.directory / answers_file; }
  [[nodiscard]] std::filesystem::path log(const char* ending) const { return file().string() + ending; }

  const DiskSettings& settings_;
  std::unique_ptr<storage::OwnerLock> owner_;
  std::optional<Entries> entries_;
  bool is_taken_ = false;
  std::string reported_;
};

}  // namespace wats::cache::detail
