// Folders and files for their owner only. All of this room that knows the platform
// is in private_file.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace wats::storage {

/// Makes the folder and those above it that are missing. *Errors*: std::system_error.
void make_private_folder(const std::filesystem::path& folder);

/// A file of this user's that nobody else may open is at *path* afterwards: made empty, or there already.
/// False if something else is there. Never opens a file that is there: to close it again would take the
/// locks of this process off it (POSIX). *Errors*: std::system_error.
[[nodiscard]] bool make_private_file(const std::filesystem::path& path);

/// What is in this user's file at *path*, if it is one and not larger than *most* bytes.
[[nodiscard]] std::optional<std::string> read_private_file(const std::filesystem::path& path,
                                                           std::size_t most);

/// Puts a new private file with *bytes* at *path*, whole or not at all. If *replace* is not set and one is
/// there, that one stays. *Errors*: std::system_error.
void write_private_file(const std::filesystem::path& path, std::string_view bytes, bool replace);

/// What was made, renamed or removed in *folder* outlives a loss of power afterwards. *Errors*:
/// std::system_error.
void sync_folder(const std::filesystem::path& folder);

/// The file's bytes outlive a loss of power afterwards. *Errors*: std::system_error.
void sync_file(const std::filesystem::path& path);

/// The same for two names of one file, and another for every other file; 0 for none.
[[nodiscard]] std::uint64_t file_identity(const std::filesystem::path& path) noexcept;

}  // namespace wats::storage
