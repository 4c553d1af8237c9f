// Rows: a record's members as the columns of a table, driven by fields().
#pragma once

#include "src/server/database.hpp"
#include "src/server/sql.hpp"
#include "wats/model/fields.hpp"
#include "wats/model/maybe.hpp"
#include "wats/model/open.hpp"
#include "wats/model/report_header.hpp"
#include "wats/model/timestamp.hpp"

#include <type_traits>
#include <vector>

namespace wats::server {

template <class T>
struct Bare {
  using type = T;
};
template <class T>
struct Bare<Maybe<T>> {
  using type = T;
};

template <class Member>
[[nodiscard]] constexpr ColumnKind column_kind() {
  using T = typename Bare<Member>::type;
  if constexpr (std::is_same_v<T, bool>)
    return ColumnKind::boolean;
  else if constexpr (std::is_same_v<T, double>)
    return ColumnKind::real;
  else if constexpr (std::is_same_v<T, Timestamp>)
    return ColumnKind::time;
  else if constexpr (std::is_same_v<T, Open<ReportType>>)
    return ColumnKind::report_type;
  else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>)
    return ColumnKind::integer;
  else
    return ColumnKind::text;
}

/// The columns of Record: one a member, named like it.
template <model::HasFields Record>
[[nodiscard]] std::vector<Column> columns_of() {
  std::vector<Column> columns;
  model::for_each_field<Record>([&](const auto& field) {
    using Member = typename std::remove_cvref_t<decltype(field)>::member_type;
    columns.push_back({.wire = model::wire_name(field, model::Naming::camel),
                       .sql = std::string(field.name),
                       .kind = column_kind<Member>()});
  });
  return columns;
}

template <class T>
void bind_value(Prepared& statement, const T& value) {
  if constexpr (std::is_same_v<T, std::string>)
    statement.bind(std::string_view(value));
  else if constexpr (std::is_same_v<T, Timestamp>) {
    statement.bind(std::int64_t{value.instant().time_since_epoch().count()});
  } else if constexpr (std::is_same_v<T, double>)
    statement.bind(value);
  else if constexpr (requires { value.text(); })
    statement.bind(std::string_view(value.text()));
  else
    statement.bind(static_cast<std::int64_t>(value));
}
template <class T>
void bind_value(Prepared& statement, const Maybe<T>& value) {
  if (value)
    bind_value(statement, *value);
  else
    statement.bind(nullptr);
}

/// Binds every member of *record* in the order of columns_of().
template <model::HasFields Record>
void bind_row(Prepared& statement, const Record& record) {
  model::for_each_field<Record>([&](const auto& field) { bind_value(statement, record.*(field.member)); });
}

template <class T>
void read_value(const Prepared& statement, int column, T& value) {
  if constexpr (std::is_same_v<T, std::string>)
    value = statement.text(column);
  else if constexpr (std::is_same_v<T, bool>)
    value = statement.integer(column) != 0;
  else if constexpr (std::is_same_v<T, double>)
    value = statement.real(column);
  else if constexpr (std::is_same_v<T, Timestamp>) {
    value = Timestamp(Timestamp::Instant(Timestamp::Ticks(statement.integer(column))));
  } else if constexpr (requires { value.text(); })
    value = T(statement.text(column));
  else
    value = static_cast<T>(statement.integer(column));
}
template <class T>
void read_value(const Prepared& statement, int column, Maybe<T>& value) {
  if (statement.is_null(column)) {
    value.reset();
    return;
  }
  T inner{};
  read_value(statement, column, inner);
  value = std::move(inner);
}

/// Reads the members from columns 0, 1 ... in the order of columns_of().
template <model::HasFields Record>
void read_row(const Prepared& statement, Record& record) {
  int column = 0;
  model::for_each_field<Record>(
      [&](const auto& field) { read_value(statement, column++, record.*(field.member)); });
}

}  // namespace wats::server
