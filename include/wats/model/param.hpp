// Values as text in paths and queries.
#pragma once

#include "wats/core/error.hpp"
#include "wats/model/detail/type_traits.hpp"
#include "wats/model/filter.hpp"
#include "wats/model/timestamp.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wats::model {

namespace detail {

template <class T>
concept PlainParam = std::same_as<T, std::string> || std::same_as<T, bool> || std::same_as<T, std::int32_t> ||
                     std::same_as<T, std::int64_t> || std::same_as<T, double> || std::same_as<T, Timestamp> ||
                     std::same_as<T, Filter> || IntEnum<T> || is_open<T>;
template <class T>
concept OptionalParam = is_optional<T> && PlainParam<typename T::value_type>;

[[nodiscard]] std::string number_to_param(double value);
[[nodiscard]] Result<bool> bool_from_param(std::string_view text);
[[nodiscard]] Result<std::int32_t> int32_from_param(std::string_view text);
[[nodiscard]] Result<std::int64_t> int64_from_param(std::string_view text);
[[nodiscard]] Result<double> double_from_param(std::string_view text);
[[nodiscard]] Result<Filter> filter_from_param(std::string_view text);

}  // namespace detail

/// What may stand in a path or a query: texts, true and false, numbers, enumerations, times, filters, and
/// std::optional of them.
template <class T>
concept Param = detail::PlainParam<T> || detail::OptionalParam<T>;

/// Whether there is anything to send: false for an empty optional.
template <Param T>
[[nodiscard]] bool has_param(const T& value) {
  if constexpr (detail::OptionalParam<T>) {
    return value.has_value();
  } else {
    return true;
  }
}

/// *value* as text, not percent-encoded; empty for an empty optional. Times are told in UTC.
template <Param T>
[[nodiscard]] std::string to_param(const T& value) {
  if constexpr (detail::OptionalParam<T>) {
    return value ? to_param(*value) : std::string();
  } else if constexpr (std::same_as<T, std::string>) {
    return value;
  } else if constexpr (std::same_as<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::same_as<T, double>) {
    return detail::number_to_param(value);
  } else if constexpr (std::same_as<T, Timestamp>) {
    return value.utc_text();
  } else if constexpr (std::same_as<T, Filter> || detail::is_open<T>) {
    return value.text();
  } else {
    return std::to_string(static_cast<std::int64_t>(value));
  }
}

/// Reads what to_param() wrote or a user typed. An empty text is an empty optional, but for texts.
/// *Errors*: Errc::invalid_argument naming the text and what was expected.
template <Param T>
[[nodiscard]] Result<T> from_param(std::string_view text) {
  if constexpr (detail::OptionalParam<T>) {
    using Value = typename T::value_type;
    if (text.empty() && !std::same_as<Value, std::string>) return T();
    auto value = from_param<Value>(text);
    if (!value) return std::unexpected(std::move(value).error());
    return T(*std::move(value));
  } else if constexpr (std::same_as<T, std::string>) {
    return std::string(text);
  } else if constexpr (std::same_as<T, bool>) {
    return detail::bool_from_param(text);
  } else if constexpr (std::same_as<T, std::int32_t>) {
    return detail::int32_from_param(text);
  } else if constexpr (std::same_as<T, std::int64_t>) {
    return detail::int64_from_param(text);
  } else if constexpr (std::same_as<T, double>) {
    return detail::double_from_param(text);
  } else if constexpr (std::same_as<T, Timestamp>) {
    return Timestamp::parse(text);
  } else if constexpr (std::same_as<T, Filter>) {
    return detail::filter_from_param(text);
  } else if constexpr (detail::is_open<T>) {
    return T(text);
  } else {
    const auto number = detail::int32_from_param(text);
    if (!number) return std::unexpected(number.error());
    return static_cast<T>(*number);
  }
}

/// For a path segment or a query value: everything but RFC 3986's unreserved characters becomes %XX. In a
/// text of dots alone they are encoded too, since "." and ".." would be steps in a path.
[[nodiscard]] std::string percent_encode(std::string_view text);

/// Undoes percent_encode(). A plus stays a plus.
/// *Errors*: Errc::invalid_argument when a % is not followed by two hexadecimal digits.
[[nodiscard]] Result<std::string> percent_decode(std::string_view text);

}  // namespace wats::model
