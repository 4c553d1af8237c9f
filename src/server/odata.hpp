// OData filters compiled to SQL over a whitelist of columns, every value a bound parameter.
#pragma once

#include "src/server/sql.hpp"
#include "wats/core/error.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wats::server {

/// A condition for WHERE with ?1, ?2 ... for *params*.
struct SqlFilter {
  std::string where;
  std::vector<SqlValue> params;
};

/// Longest filter, and how deep its parentheses may nest: deeper ones would not fit SQLite's parser.
inline constexpr std::size_t max_filter_length = 8192;
inline constexpr int max_filter_nesting = 12;

/// Compiles eq ne gt ge lt le in, and or not, parentheses, contains, startswith and endswith over *columns*
/// (names regardless of case). Comparisons follow OData: null equals null only, and is neither less nor
/// greater. *Errors*: Errc::invalid_argument naming the place, the unknown field or the literal that does not
/// fit.
[[nodiscard]] Result<SqlFilter> compile_filter(std::string_view text, std::span<const Column> columns);

}  // namespace wats::server
