// What the codecs ask about a type.
#pragma once

#include "wats/model/maybe.hpp"
#include "wats/model/open.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <vector>

namespace wats::model::detail {

template <class T>
inline constexpr bool is_open = false;
template <class E>
inline constexpr bool is_open<Open<E>> = true;

template <class T>
inline constexpr bool is_list = false;
template <class T>
inline constexpr bool is_list<std::vector<T>> = true;

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
inline constexpr bool is_maybe = is_optional<T>;
template <class T>
inline constexpr bool is_maybe<Maybe<T>> = true;

/// Enumerations that travel as their number.
template <class T>
concept IntEnum = std::is_enum_v<T> && std::same_as<std::underlying_type_t<T>, std::int32_t>;

}  // namespace wats::model::detail
