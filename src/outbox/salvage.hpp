// What can still be read of a damaged database.
#pragma once

#include "src/outbox/store.hpp"
#include "wats/outbox/item.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace wats::outbox::detail {

struct SalvageReport {
  std::int64_t taken_over = 0;
  /// Were here already, or had been sent.
  std::int64_t known = 0;
  /// Are there, but their documents can't be read.
  std::int64_t damaged = 0;

  [[nodiscard]] std::string text() const;
};

/// Takes over the reports that wait, are held or quarantined in the database *from*, which is not written,
/// one by one, as far as they can be read. *Errors*: SQLite::Exception of the database that takes them over.
[[nodiscard]] SalvageReport salvage(const std::filesystem::path& from, storage::Connection& into,
                                    Store& store, WallTime now);

}  // namespace wats::outbox::detail
