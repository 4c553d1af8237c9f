// Version history: every state that a row of the embedded server has had, as the truth for tests.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace wats::server {

/// One version of one row. It became visible to readers at some moment in [not_before, not_after] and stayed
/// the row's state until the next version of the same key did.
struct RowVersion {
  /// processes (key: code), products (part number), revisions (part number/revision), units (serial
  /// number/part number; without the product and revision that an answer embeds), reports (uuid; the header).
  std::string table;
  std::string key;
  std::uint64_t commit = 0;
  std::chrono::steady_clock::time_point not_before;
  std::chrono::steady_clock::time_point not_after;
  /// JSON of the row as the API answers it; empty when deleted.
  std::string doc;
  bool deleted = false;
};

}  // namespace wats::server
