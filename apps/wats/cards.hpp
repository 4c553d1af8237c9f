// What the commands ask a card beside its constants: its fields as flags, and a request to look at.
#pragma once

#include "apps/wats/records.hpp"
#include "wats/op/all.hpp"

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace wats::app {

/// "part_number" -> "--part-number".
[[nodiscard]] inline std::string flag_of(std::string_view name) {
  std::string flag = "--";
  for (const char c : name) flag += c == '_' ? '-' : c;
  return flag;
}

/// The kind of value that people read in help texts.
template <class Member>
[[nodiscard]] constexpr std::string_view type_name_of() noexcept {
  using Type = BareType<Member>;
  if constexpr (std::is_same_v<Type, bool>) {
    return "true|false";
  } else if constexpr (std::is_floating_point_v<Type>) {
    return "NUMBER";
  } else if constexpr (is_number<Type>) {
    return "INTEGER";
  } else if constexpr (std::is_same_v<Type, Timestamp>) {
    return "TIME";
  } else if constexpr (std::is_same_v<Type, Filter>) {
    return "FILTER";
  } else if constexpr (model::Param<Type>) {
    return "TEXT";
  } else {
    return "@FILE|-|JSON";
  }
}

/// The type of the only field of Op, for operations that are made from their document alone.
template <class Op>
  requires(std::tuple_size_v<decltype(Op::fields())> == 1)
using OnlyField = typename std::tuple_element_t<0, decltype(Op::fields())>::member_type;

/// One field of an operation, as `wats ops` shows it.
class FieldRow : public Record {
 public:
  FieldRow() = default;

  std::string flag;
  std::string wire;
  std::string place;
  std::string type;
  bool is_required = false;
  std::string help;

  using Self = FieldRow;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(flag), WATS_FIELD(wire), WATS_FIELD(place), WATS_FIELD(type),
                      WATS_FIELD(is_required).named("required"), WATS_FIELD(help));
  }
};

/// One operation, as `wats ops` shows it.
class OperationRow : public Record {
 public:
  OperationRow() = default;

  std::string operation;
  std::string method;
  std::string path;
  std::string cache_class;
  std::string idempotency;
  std::string visibility;
  std::string summary;
  std::vector<FieldRow> flags;

  using Self = OperationRow;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(operation), WATS_FIELD(summary), WATS_FIELD(method), WATS_FIELD(path),
                      WATS_FIELD(cache_class).named("class"), WATS_FIELD(idempotency), WATS_FIELD(visibility),
                      WATS_FIELD(flags).named("fields"));
  }
};

/// Every operation there is a card for, in the order of op::All.
[[nodiscard]] std::vector<OperationRow> all_operations();

}  // namespace wats::app
