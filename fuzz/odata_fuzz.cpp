// Any text is either refused or compiled to SQL that SQLite accepts, and its values never become syntax.
#include "src/server/odata.hpp"
#include "src/server/row.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace {

const std::vector<wats::server::Column>& columns() {
  static const auto all = wats::server::columns_of<wats::ReportHeader>();
  return all;
}

SQLite::Database& database() {
  static SQLite::Database made = [] {
    SQLite::Database fresh(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    std::string sql = "CREATE TABLE reports(";
    for (const auto& column : columns()) sql += (sql.back() == '(' ? "" : ",") + column.sql;
    fresh.exec(sql + ")");
    return fresh;
  }();
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto filter = wats::server::compile_filter(text, columns());
  if (!filter) return 0;
  // Every value is a parameter: the SQL holds no quote but those of endswith's empty text.
  std::string sql = filter->where;
  for (std::size_t at = 0; (at = sql.find(" = '' OR", at)) != std::string::npos;) sql.erase(at, 5);
  if (sql.find_first_of("'\";") != std::string::npos) std::abort();
  const SQLite::Statement statement(database(), "SELECT uuid FROM reports WHERE " + filter->where);
  if (static_cast<std::size_t>(statement.getBindParameterCount()) != filter->params.size()) std::abort();
  return 0;
}
