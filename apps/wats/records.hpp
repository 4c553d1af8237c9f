// Records as people read them: rows of a table, or one record member by member; driven by fields().
#pragma once

#include "apps/wats/output.hpp"
#include "wats/model/codec.hpp"
#include "wats/model/param.hpp"

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace wats::app {

/// "part_number" -> "part number".
[[nodiscard]] inline std::string heading_of(std::string_view name) {
  std::string text(name);
  for (char& c : text) {
    if (c == '_') c = ' ';
  }
  return text;
}

template <class T>
struct Bare {
  using Type = T;
};
template <class T>
  requires model::detail::is_maybe<T>
struct Bare<T> {
  using Type = typename T::value_type;
};
/// T without the Maybe or std::optional around it.
template <class T>
using BareType = typename Bare<T>::Type;

/// Numbers are written to the right.
template <class T>
inline constexpr bool is_number =
    (std::is_arithmetic_v<BareType<T>> && !std::is_same_v<BareType<T>, bool>) || std::is_enum_v<BareType<T>>;

/// A member as text: lists by their size, absent and null as nothing.
template <class T>
[[nodiscard]] std::string cell_of(const T& value) {
  if constexpr (model::detail::is_maybe<T>) {
    return value.has_value() ? cell_of(*value) : std::string();
  } else if constexpr (model::detail::is_list<T>) {
    return value.empty() ? std::string() : std::to_string(value.size());
  } else if constexpr (std::is_same_v<T, Timestamp>) {
    return value.text();
  } else if constexpr (model::Param<T>) {
    return model::to_param(value);
  } else {
    return model::to_json(value);
  }
}

/// One row a record; columns without any entry are left out.
template <class T>
[[nodiscard]] Table table_of(const std::vector<T>& rows) {
  Table table;
  if constexpr (model::HasFields<T>) {
    model::for_each_field<T>([&](const auto& field) {
      using Member = typename std::decay_t<decltype(field)>::member_type;
      const bool right = is_number<Member> || model::detail::is_list<Member>;
      if constexpr (!model::HasFields<BareType<Member>>) {
        table.add_column(heading_of(field.name), right ? Table::Align::right : Table::Align::left);
      }
    });
    for (const T& row : rows) {
      std::vector<std::string> cells;
      model::for_each_field<T>([&](const auto& field) {
        using Member = typename std::decay_t<decltype(field)>::member_type;
        if constexpr (!model::HasFields<BareType<Member>>) cells.push_back(cell_of(row.*field.member));
      });
      table.add_row(std::move(cells));
    }
  } else {
    table.add_column("value", is_number<T> ? Table::Align::right : Table::Align::left);
    for (const T& row : rows) table.add_row({cell_of(row)});
  }
  table.drop_empty_columns();
  return table;
}

/// Rows as a table, or a word that there are none.
template <class T>
void show_rows(Output& out, const std::vector<T>& rows) {
  if (rows.empty()) {
    out.line("(none)");
  } else {
    out.table(table_of(rows));
  }
}

/// Deeper records are left to --json.
inline constexpr int deepest_record = 2;

/// One record: a line a member, then its records and lists under their names.
template <class T>
void show_record(Output& out, const T& record, int depth = 0) {
  Table table;
  table.hide_headings();
  table.add_column("member");
  table.add_column("value");
  const auto add = [&](std::string name, std::string value) {
    if (!value.empty()) table.add_row({std::move(name), std::move(value)});
  };
  model::for_each_field<T>([&](const auto& field) {
    using Member = typename std::decay_t<decltype(field)>::member_type;
    if constexpr (!model::HasFields<BareType<Member>> && !model::detail::is_list<Member>) {
      add(heading_of(field.name), cell_of(record.*field.member));
    }
  });
  if constexpr (std::is_base_of_v<Record, T>) {
    for (const auto& [name, value] : record.unknown.all()) add(name, value.text());
  }
  // Not fitted to the terminal: who asks for one record wants all of it.
  out.write(table.text(0, false));
  model::for_each_field<T>([&](const auto& field) {
    using Member = typename std::decay_t<decltype(field)>::member_type;
    const auto& member = record.*field.member;
    if constexpr (model::detail::is_list<Member>) {
      if (member.empty()) return;
      out.line("\n" + bold(heading_of(field.name), out.color()));
      show_rows(out, member);
    } else if constexpr (model::HasFields<BareType<Member>> && model::detail::is_maybe<Member>) {
      if (!member.has_value() || depth >= deepest_record) return;
      out.line("\n" + bold(heading_of(field.name), out.color()));
      show_record(out, *member, depth + 1);
    }
  });
}

/// Any answer, for people.
template <class T>
void show(Output& out, const T& value) {
  if constexpr (std::is_same_v<T, Done>) {
    out.line("done");
  } else if constexpr (std::is_same_v<T, Json>) {
    out.json(value.text());
  } else if constexpr (model::detail::is_list<T>) {
    show_rows(out, value);
  } else if constexpr (model::HasFields<T>) {
    show_record(out, value);
  } else {
    out.line(escaped(cell_of(value)));
  }
}

/// Any answer, for programs.
template <class T>
[[nodiscard]] std::string json_of(const T& value) {
  if constexpr (std::is_same_v<T, Done>) {
    return "null";
  } else {
    return model::to_json(value);
  }
}

}  // namespace wats::app
