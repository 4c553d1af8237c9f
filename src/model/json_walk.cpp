// Checks JSON values that are kept as text or passed over.
#include "src/model/json_walk.hpp"

#include "src/model/json_token.hpp"

#include <utility>

namespace wats::model::detail {
namespace {

namespace ondemand = simdjson::ondemand;

bool walk_object(ondemand::object object, int depth, std::string_view where, Flaw& flaw) {
  for (auto result : object) {
    ondemand::field field;
    if (const auto error = std::move(result).get(field)) return refuse(flaw, error, where);
    const std::string_view key = raw_key(field);
    where = key;
    if (!has_valid_escapes(key)) return refuse(flaw, "invalid escape in a member's name", where);
    if (!walk(field.value(), depth, flaw)) return false;
  }
  return true;
}

bool walk_array(ondemand::array array, int depth, std::string_view where, Flaw& flaw) {
  for (auto result : array) {
    ondemand::value value;
    if (const auto error = std::move(result).get(value)) return refuse(flaw, error, where);
    where = token_of(value);
    if (!walk(value, depth, flaw)) return false;
  }
  return true;
}

template <class Source>
bool walk_source(Source& source, int depth, Flaw& flaw) {
  const std::string_view token = token_of(source);
  const char first = token.empty() ? '\0' : token.front();
  if (first == '{' || first == '[') {
    if (depth >= max_nesting) return refuse(flaw, "nested deeper than 64 levels", token);
    if (first == '{') {
      ondemand::object object;
      if (const auto error = source.get_object().get(object)) return refuse(flaw, error, token);
      return walk_object(object, depth + 1, token, flaw);
    }
    ondemand::array array;
    if (const auto error = source.get_array().get(array)) return refuse(flaw, error, token);
    return walk_array(array, depth + 1, token, flaw);
  }
  const std::string_view scalar = trimmed_right(token);
  if (!is_valid_scalar(scalar)) {
    return refuse(flaw, "'" + excerpt(scalar) + "' is not a JSON value", token);
  }
  if (first == '"') pass_text(source);
  return true;
}

}  // namespace

std::string_view raw_key(ondemand::field& field) {
  const char* begin = field.key().raw();
  const char* end = begin;
  while (*end != '"') end += *end == '\\' ? 2 : 1;
  return {begin, static_cast<std::size_t>(end - begin)};
}

bool walk(ondemand::value& value, int depth, Flaw& flaw) {
  return walk_source(value, depth, flaw);
}
bool walk(ondemand::document& document, int depth, Flaw& flaw) {
  return walk_source(document, depth, flaw);
}

bool capture(ondemand::document& document, ondemand::value& value, int depth, std::string_view& text,
             Flaw& flaw) {
  const std::string_view token = token_of(value);
  if (!walk(value, depth, flaw)) return false;
  text = trimmed_right(token);
  if (text.front() == '{' || text.front() == '[') {
    // The next token is the comma or the bracket behind the value.
    const char* end = nullptr;
    if (const auto error = document.current_location().get(end)) return refuse(flaw, error, token);
    text = trimmed_right({token.data(), static_cast<std::size_t>(end - token.data())});
  }
  return true;
}

bool refuse(Flaw& flaw, simdjson::error_code error, std::string_view where) {
  return refuse(flaw, std::string("not valid JSON: ") + simdjson::error_message(error), where);
}

bool refuse(Flaw& flaw, std::string what, std::string_view where) {
  flaw = {.what = std::move(what), .where = where.data()};
  return false;
}

bool is_finished(ondemand::document& document) {
  return document.current_location().error() == simdjson::OUT_OF_BOUNDS;
}

}  // namespace wats::model::detail
