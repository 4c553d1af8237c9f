// Values and columns as the server hands them to SQLite.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

namespace wats::server {

using SqlValue = std::variant<std::nullptr_t, std::int64_t, double, std::string>;

enum class ColumnKind : std::uint8_t {
  text,
  integer,
  real,
  boolean,
  time,         ///< INTEGER: 100 ns since 1970 in UTC
  report_type,  ///< text; U is another word for T in filters
};

/// A column that queries may name.
struct Column {
  std::string wire;  ///< the member's name on the wire
  std::string sql;
  ColumnKind kind = ColumnKind::text;
};

}  // namespace wats::server
