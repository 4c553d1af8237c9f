// Walking what nobody reads: simdjson's on-demand interface does not check values that are skipped.
#pragma once

#include <simdjson.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace wats::model::detail {

/// Deeper texts are refused: recursion has to end somewhere.
inline constexpr int max_nesting = 64;

/// What is wrong with a text, and where: a byte of it.
struct Flaw {
  std::string what;
  const char* where = nullptr;
};

/// The token at *value*, with the white space behind it.
[[nodiscard]] inline std::string_view token_of(simdjson::ondemand::value& value) {
  return value.raw_json_token();
}
[[nodiscard]] inline std::string_view token_of(simdjson::ondemand::document& document) {
  return document.raw_json_token().value_unsafe();
}

/// The text of a key from behind its opening quote up to its closing one, escapes as they stand.
[[nodiscard]] std::string_view raw_key(simdjson::ondemand::field& field);

/// Passes over a text token. Other scalars are passed over by the iterators, which would take `"a":"b":1` for
/// fine.
inline void pass_text(simdjson::ondemand::value& value) {
  simdjson::ondemand::raw_json_string passed;
  static_cast<void>(value.get_raw_json_string().get(passed));
}
inline void pass_text(simdjson::ondemand::document&) {
}  // a root scalar is checked for what follows by its caller

/// Checks *value* down to its last token. *depth* counts the objects and lists around it.
[[nodiscard]] bool walk(simdjson::ondemand::value& value, int depth, Flaw& flaw);
[[nodiscard]] bool walk(simdjson::ondemand::document& document, int depth, Flaw& flaw);

/// Walks *source* and gives its text: for values inside of an object or a list.
[[nodiscard]] bool capture(simdjson::ondemand::document& document, simdjson::ondemand::value& value,
                           int depth, std::string_view& text, Flaw& flaw);

/// Fills *flaw* for what simdjson found at the beginning of *where*. Always false.
bool refuse(Flaw& flaw, simdjson::error_code error, std::string_view where);
bool refuse(Flaw& flaw, std::string what, std::string_view where);

/// After the last token of an object or a list at the root.
[[nodiscard]] bool is_finished(simdjson::ondemand::document& document);

}  // namespace wats::model::detail
