// What the JSON codec knows about a type: built once from fields(), read by loops that are not templates.
#pragma once

#include "wats/core/answer.hpp"
#include "wats/core/error.hpp"
#include "wats/model/detail/record_table.hpp"
#include "wats/model/detail/type_traits.hpp"
#include "wats/model/fields.hpp"
#include "wats/model/json.hpp"
#include "wats/model/timestamp.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace wats::model::detail {

/// How a value is laid out in memory and on the wire. Enumerations with an int below them are `int32`.
enum class Kind : std::uint8_t {
  done,
  boolean,
  int32,
  int64,
  float64,
  text,
  timestamp,
  open,
  raw,
  record,
  list,
  maybe,
};

/// A value that is a text on the wire (open) or that is kept as JSON text (raw).
struct TextOps {
  std::string_view (*view)(const void* value);
  std::optional<Error> (*assign)(void* value, std::string_view text);
};

struct ListOps {
  void* (*add)(void* list);
  void (*clear)(void* list);
  std::size_t (*size)(const void* list);
  const void* (*data)(const void* list);
  std::size_t stride;
};

/// Maybe<T> and std::optional<T>; the latter has no null: it reads as absent.
struct MaybeOps {
  void* (*emplace)(void* maybe);
  void (*set_null)(void* maybe);
  /// The value, or nullptr, and then *is_null* tells null from absent.
  const void* (*value)(const void* maybe, bool& is_null);
};

/// One type. Nested types are addresses of constants, records are reached through a function: so a record may
/// hold a list of its own kind.
struct ValueType {
  Kind kind;
  void (*assign)(void* to, const void* from);
  const ValueType* element = nullptr;
  const RecordTable& (*record)() = nullptr;
  const TextOps* text = nullptr;
  const ListOps* list = nullptr;
  const MaybeOps* maybe = nullptr;
};

/// Specialise with true for types that travel as whole JSON documents: `parse(text)` and `text()`.
template <class T>
inline constexpr bool is_raw_json = false;
template <>
inline constexpr bool is_raw_json<Json> = true;

template <class T>
T& as(void* value) noexcept {
  return *static_cast<T*>(value);
}
template <class T>
const T& as(const void* value) noexcept {
  return *static_cast<const T*>(value);
}

template <class T>
struct TypeOf;

template <HasFields T>
const RecordTable& record_table();

template <class T>
inline constexpr TextOps text_ops{
    .view = [](const void* value) -> std::string_view { return as<T>(value).text(); },
    .assign = [](void* value, std::string_view text) -> std::optional<Error> {
      if constexpr (is_open<T>) {
        as<T>(value) = T(text);
      } else if constexpr (std::same_as<T, Json>) {
        as<T>(value) = Json::trusted(std::string(text));  // the reader has walked it
      } else {
        auto parsed = T::parse(std::string(text));
        if (!parsed) return parsed.error();
        as<T>(value) = *std::move(parsed);
      }
      return std::nullopt;
    }};

template <class T>
inline constexpr ListOps list_ops{
    .add = [](void* list) -> void* { return &as<std::vector<T>>(list).emplace_back(); },
    .clear = [](void* list) { as<std::vector<T>>(list).clear(); },
    .size = [](const void* list) { return as<std::vector<T>>(list).size(); },
    .data = [](const void* list) -> const void* { return as<std::vector<T>>(list).data(); },
    .stride = sizeof(T)};

template <class M>
inline constexpr MaybeOps maybe_ops{.emplace = [](void* maybe) -> void* { return &as<M>(maybe).emplace(); },
                                    .set_null =
                                        [](void* maybe) {
                                          if constexpr (requires { as<M>(maybe).set_null(); }) {
                                            as<M>(maybe).set_null();
                                          } else {
                                            as<M>(maybe).reset();
                                          }
                                        },
                                    .value = [](const void* maybe, bool& is_null) -> const void* {
                                      const M& m = as<M>(maybe);
                                      if (m.has_value()) return &*m;
                                      if constexpr (requires { m.is_null(); }) is_null = m.is_null();
                                      return nullptr;
                                    }};

template <class T>
constexpr ValueType make_value_type() {
  ValueType type{.kind = Kind::done, .assign = [](void* to, const void* from) { as<T>(to) = as<T>(from); }};
  if constexpr (std::same_as<T, Done>) {
    type.kind = Kind::done;
  } else if constexpr (std::same_as<T, bool>) {
    type.kind = Kind::boolean;
  } else if constexpr (std::same_as<T, std::int32_t> || IntEnum<T>) {
    type.kind = Kind::int32;
  } else if constexpr (std::same_as<T, std::int64_t>) {
    type.kind = Kind::int64;
  } else if constexpr (std::same_as<T, double>) {
    type.kind = Kind::float64;
  } else if constexpr (std::same_as<T, std::string>) {
    type.kind = Kind::text;
  } else if constexpr (std::same_as<T, Timestamp>) {
    type.kind = Kind::timestamp;
  } else if constexpr (is_open<T>) {
    type.kind = Kind::open;
    type.text = &text_ops<T>;
  } else if constexpr (is_raw_json<T>) {
    type.kind = Kind::raw;
    type.text = &text_ops<T>;
  } else if constexpr (is_list<T>) {
    using Element = typename T::value_type;
    static_assert(!std::same_as<Element, bool>, "std::vector<bool> has no elements to point at");
    type.kind = Kind::list;
    type.element = &TypeOf<Element>::value;
    type.list = &list_ops<Element>;
  } else if constexpr (is_maybe<T>) {
    type.kind = Kind::maybe;
    type.element = &TypeOf<typename T::value_type>::value;
    type.maybe = &maybe_ops<T>;
  } else {
    static_assert(HasFields<T>, "the JSON codec does not know this type");
    type.kind = Kind::record;
    type.record = &record_table<T>;
  }
  return type;
}

template <class T>
struct TypeOf {
  static constexpr ValueType value = make_value_type<T>();
};

template <class T>
[[nodiscard]] constexpr const ValueType& value_type_of() noexcept {
  return TypeOf<T>::value;
}

template <class T, class Part>
[[nodiscard]] std::size_t offset_of(const T& whole, const Part& part) noexcept {
  return static_cast<std::size_t>(reinterpret_cast<const std::byte*>(&part) -
                                  reinterpret_cast<const std::byte*>(&whole));
}

template <HasFields T, std::size_t Index>
void add_member(RecordTable& table, const T& prototype) {
  constexpr auto field = std::get<Index>(T::fields());
  // Members of a card that travel in the path or the query are not the body's.
  if constexpr (field.place == Place::body_member) {
    table.add({.name = field.name,
               .wire = field.wire,
               .alias = field.alias,
               .type = &TypeOf<typename decltype(field)::member_type>::value,
               .offset = offset_of(prototype, prototype.*field.member),
               .is_required = field.is_required});
  }
}

template <HasFields T, std::size_t... Index>
void add_members(RecordTable& table, const T& prototype, std::index_sequence<Index...>) {
  (add_member<T, Index>(table, prototype), ...);
  if constexpr (std::is_base_of_v<Record, T>) {
    table.set_unknown(offset_of(prototype, static_cast<const Record&>(prototype).unknown));
  }
}

/// The members of T, with the values of a default T. Never destroyed: threads may still read when main
/// returns.
template <HasFields T>
const RecordTable& record_table() {
  static const RecordTable& table = []() -> const RecordTable& {
    static_assert(std::is_default_constructible_v<T>, "reading begins with a default value");
    const T* prototype = std::make_unique<const T>().release();
    auto built = std::make_unique<RecordTable>(prototype);
    add_members(*built, *prototype, std::make_index_sequence<std::tuple_size_v<decltype(T::fields())>>());
    return *built.release();
  }();
  return table;
}

/// Bytes behind the text that the reader may look at, whatever they hold.
inline constexpr std::size_t json_padding = 64;

/// Reads *text* into the value of *type* at *to*, which holds a default value.
/// *readable* bytes may be read from text.data() on; with text.size() + json_padding of them nothing is
/// copied.
[[nodiscard]] std::optional<Error> read_json(std::string_view text, std::size_t readable,
                                             const ValueType& type, void* to, Naming naming);

/// Appends the value of *type* at *from*.
void write_json(std::string& out, const ValueType& type, const void* from, Naming naming);

}  // namespace wats::model::detail
