// Records from and to JSON, driven by fields(): one plain loop over a table per type
// (docs/adr/0007-json-codec.md).
#pragma once

#include "wats/core/error.hpp"
#include "wats/model/detail/type_table.hpp"
#include "wats/model/fields.hpp"

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

namespace wats::model {

/// Bytes that have to be readable behind a text for it to be read in place.
using detail::json_padding;

namespace detail {

template <class T>
[[nodiscard]] Result<T> read_value(std::string_view text, std::size_t readable, Naming naming) {
  T value{};
  if (auto error = read_json(text, readable, value_type_of<T>(), &value, naming)) {
    return std::unexpected(*std::move(error));
  }
  return value;
}

}  // namespace detail

/// Reads a T from JSON: a record, a list of records, a text, a number, a Json or a Done (any body).
/// An empty body or `null` reads as an empty list for lists, as absent members for nothing else.
/// *Errors*: Errc::malformed_answer with the member's path and the byte.
/// *Thread safety*: any thread; the parser is per thread.
template <class T>
[[nodiscard]] Result<T> from_json(std::string_view text, Naming naming = Naming::camel) {
  return detail::read_value<T>(text, text.size(), naming);
}

/// The same; a string with json_padding bytes of capacity left (reserve them before receiving) is not copied.
template <class T, std::same_as<std::string> Text>
[[nodiscard]] Result<T> from_json(const Text& text, Naming naming = Naming::camel) {
  return detail::read_value<T>(text, text.capacity(), naming);
}

/// The same for a text behind whose end json_padding more bytes may be read, whatever they hold.
template <class T>
[[nodiscard]] Result<T> from_json_padded(std::string_view text, Naming naming = Naming::camel) {
  return detail::read_value<T>(text, text.size() + json_padding, naming);
}

/// Appends *value* as JSON. Absent members are left out, null ones are written, unknown ones are sent back.
template <class T>
void append_json(std::string& out, const T& value, Naming naming = Naming::camel) {
  detail::write_json(out, detail::value_type_of<T>(), &value, naming);
}

template <class T>
[[nodiscard]] std::string to_json(const T& value, Naming naming = Naming::camel) {
  std::string out;
  append_json(out, value, naming);
  return out;
}

}  // namespace wats::model
