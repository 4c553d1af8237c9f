// The tables of an outbox: made, checked, brought up to date.
#pragma once

#include "src/storage/connection.hpp"

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace wats::outbox::detail {

/// The file is no outbox, or one of a newer version.
class NoOutbox : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// How long another process may keep the file before that is an error.
inline constexpr int busy_timeout_ms = 10'000;

[[nodiscard]] inline std::filesystem::path database_in(const std::filesystem::path& folder) {
  return folder / "outbox.db";
}

/// Makes the tables where there are none, or brings those of an older version up to date; all or nothing.
/// *Errors*: NoOutbox, SQLite::Exception.
void prepare_tables(storage::Connection& database);
/// Keeps which server the reports are for, the first time; afterwards it must be the same. *Errors*:
/// NoOutbox, SQLite::Exception.
void bind_to_server(storage::Connection& database, const std::string& server);
/// Whether the file is an outbox of this version. *Errors*: NoOutbox, SQLite::Exception.
void check_tables(storage::Connection& database);

}  // namespace wats::outbox::detail
