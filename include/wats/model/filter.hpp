// Filters for queries: OData expressions built from typed fields, so that a value can never become syntax.
#pragma once

#include "wats/model/detail/type_traits.hpp"
#include "wats/model/maybe.hpp"
#include "wats/model/open.hpp"
#include "wats/model/timestamp.hpp"

#include <concepts>
#include <cstdint>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace wats {

/// A condition on the rows of a query:
///
///     namespace field = wats::report_field;
///     auto failed = field::result == wats::ReportResult::failed && field::start >= yesterday;
///
/// *Thread safety*: as a std::string.
class Filter {
 public:
  /// An OData expression as it stands, for what the fields here cannot say. It is put in parentheses where it
  /// is combined. Never put foreign text into it: a quote would end its literal. Must not be empty.
  [[nodiscard]] static Filter raw(std::string text) { return {std::move(text), Binding::unknown}; }

  /// The expression as OData.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  [[nodiscard]] friend Filter operator&&(const Filter& a, const Filter& b) {
    return joined(a, b, Binding::all);
  }
  [[nodiscard]] friend Filter operator||(const Filter& a, const Filter& b) {
    return joined(a, b, Binding::any);
  }
  [[nodiscard]] friend Filter operator!(const Filter& a) {
    return {"not (" + a.text_ + ")", Binding::single};
  }
  friend bool operator==(const Filter& a, const Filter& b) noexcept { return a.text_ == b.text_; }

 private:
  template <class T>
  friend class FilterField;

  /// What holds the text together at its outermost, and so where it needs parentheses.
  enum class Binding : std::uint8_t { unknown, any, all, single };

  Filter(std::string text, Binding binding) noexcept : text_(std::move(text)), binding_(binding) {}
  [[nodiscard]] static Filter joined(const Filter& a, const Filter& b, Binding binding);

  std::string text_;
  Binding binding_;
};

/// Tag for fields that hold UUIDs, which OData writes without quotes.
class Uuid;

namespace detail {

/// What a field of T is compared with.
template <class T>
struct FilterOperand {
  using type = T;
};
template <>
struct FilterOperand<std::string> {
  using type = std::string_view;
};
template <>
struct FilterOperand<Uuid> {
  using type = std::string_view;
};
template <class E>
struct FilterOperand<Open<E>> {
  using type = const Open<E>&;
};

/// Values as OData writes them.
[[nodiscard]] std::string filter_text(std::string_view value);
/// Text that is no UUID is quoted, and then matches nothing.
[[nodiscard]] std::string filter_uuid(std::string_view value);
[[nodiscard]] std::string filter_number(std::int64_t value);
[[nodiscard]] std::string filter_number(double value);

template <class T>
[[nodiscard]] std::string filter_literal(const typename FilterOperand<T>::type& value) {
  if constexpr (std::same_as<T, Uuid>) {
    return filter_uuid(value);
  } else if constexpr (std::same_as<T, std::string>) {
    return filter_text(value);
  } else if constexpr (model::detail::is_open<T>) {
    return filter_text(value.text());
  } else if constexpr (std::same_as<T, Timestamp>) {
    return value.utc_text();
  } else if constexpr (std::same_as<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_floating_point_v<T>) {
    return filter_number(double{value});
  } else {
    return filter_number(static_cast<std::int64_t>(value));
  }
}

}  // namespace detail

/// A field that filters may speak of, with the type of its values.
template <class T>
class FilterField {
 public:
  /// What it is compared with: std::string_view for texts, Open<E> or E for words, else T.
  using Value = typename detail::FilterOperand<T>::type;

  /// *wire_name* lives as long as the field: a literal.
  constexpr explicit FilterField(std::string_view wire_name) noexcept : name_(wire_name) {}

  [[nodiscard]] constexpr std::string_view name() const noexcept { return name_; }

  [[nodiscard]] friend Filter operator==(FilterField field, Value value) {
    return field.compare(" eq ", value);
  }
  [[nodiscard]] friend Filter operator!=(FilterField field, Value value) {
    return field.compare(" ne ", value);
  }
  [[nodiscard]] friend Filter operator==(FilterField field, Null) { return field.with(" eq ", "null"); }
  [[nodiscard]] friend Filter operator!=(FilterField field, Null) { return field.with(" ne ", "null"); }
  [[nodiscard]] friend Filter operator<(FilterField field, Value value) {
    return field.compare(" lt ", value);
  }
  [[nodiscard]] friend Filter operator<=(FilterField field, Value value) {
    return field.compare(" le ", value);
  }
  [[nodiscard]] friend Filter operator>(FilterField field, Value value) {
    return field.compare(" gt ", value);
  }
  [[nodiscard]] friend Filter operator>=(FilterField field, Value value) {
    return field.compare(" ge ", value);
  }

  /// The field is one of *values*: `in("A", "B")`. Values stand bare rather than in braces, since GCC 12
  /// refuses initializer lists in expressions with co_await.
  template <class... Values>
    requires(sizeof...(Values) > 0 && (std::convertible_to<const Values&, Value> && ...))
  [[nodiscard]] Filter in(const Values&... values) const {
    std::string list;
    (append(list, values), ...);
    return with(" in ", "(" + list + ")");
  }
  /// The field is one of a range of values. An empty range matches nothing.
  template <std::ranges::input_range Range>
    requires(std::convertible_to<std::ranges::range_reference_t<const Range>, Value> &&
             !std::convertible_to<const Range&, Value>)
  [[nodiscard]] Filter in(const Range& values) const {
    std::string list;
    for (const auto& value : values) append(list, value);
    if (list.empty()) return *this == null && *this != null;
    return with(" in ", "(" + list + ")");
  }

  /// The text holds *part*.
  [[nodiscard]] Filter contains(std::string_view part) const
    requires std::same_as<T, std::string>
  {
    return call("contains", part);
  }
  [[nodiscard]] Filter starts_with(std::string_view part) const
    requires std::same_as<T, std::string>
  {
    return call("startswith", part);
  }
  [[nodiscard]] Filter ends_with(std::string_view part) const
    requires std::same_as<T, std::string>
  {
    return call("endswith", part);
  }

 private:
  [[nodiscard]] Filter with(std::string_view operation, std::string_view literal) const {
    std::string text(name_);
    text += operation;
    text += literal;
    return {std::move(text), Filter::Binding::single};
  }
  [[nodiscard]] Filter compare(std::string_view operation, const Value& value) const {
    return with(operation, detail::filter_literal<T>(value));
  }
  [[nodiscard]] Filter call(std::string_view function, std::string_view part) const {
    std::string text(function);
    text += "(";
    text += name_;
    text += "," + detail::filter_text(part) + ")";
    return {std::move(text), Filter::Binding::single};
  }
  static void append(std::string& list, const Value& value) {
    if (!list.empty()) list += ",";
    list += detail::filter_literal<T>(value);
  }

  std::string_view name_;
};

}  // namespace wats
