// Texts, numbers, booleans and times from one JSON token.
#include "src/model/json_scalar.hpp"

#include "src/model/json_token.hpp"

#include <cstdint>
#include <cstring>
#include <limits>

namespace wats::model::detail {
namespace {

/// *number* is the token, or what stands between its quotes: some servers send numbers as text.
bool read_number(std::string_view number, std::string_view token, const ValueType& type, void* to,
                 Flaw& flaw) {
  if (type.kind == Kind::float64) {
    if (token.front() == '"' && (number == "NaN" || number == "Infinity" || number == "-Infinity")) {
      constexpr double infinity = std::numeric_limits<double>::infinity();
      const double special = number == "NaN"         ? std::numeric_limits<double>::quiet_NaN()
                             : number.front() == '-' ? -infinity
                                                     : infinity;
      as<double>(to) = special;
      return true;
    }
    const auto value = to_double(number);
    if (!value) return mismatch(type, token, flaw);
    as<double>(to) = *value;
    return true;
  }
  if (!is_number(number)) return mismatch(type, token, flaw);
  const auto value = to_integer(number);
  if (!value) return mismatch(type, token, flaw);
  if (type.kind == Kind::int64) {
    as<std::int64_t>(to) = *value;
    return true;
  }
  if (*value < std::numeric_limits<std::int32_t>::min() ||
      *value > std::numeric_limits<std::int32_t>::max()) {
    return mismatch(type, token, flaw);
  }
  // Enumerations come here as well: the bytes of an int, whatever its name.
  const auto narrow = static_cast<std::int32_t>(*value);
  std::memcpy(to, &narrow, sizeof narrow);
  return true;
}

}  // namespace

std::string_view expectation(Kind kind) noexcept {
  switch (kind) {
    case Kind::boolean:
      return "true or false";
    case Kind::int32:
      return "a whole number of 32 bits";
    case Kind::int64:
      return "a whole number of 64 bits";
    case Kind::float64:
      return "a number";
    case Kind::text:
    case Kind::open:
      return "a text";
    case Kind::timestamp:
      return "a time";
    case Kind::record:
      return "an object";
    case Kind::list:
      return "a list";
    case Kind::done:
    case Kind::raw:
    case Kind::maybe:
      return "a value";
  }
  return "a value";
}

bool mismatch(const ValueType& type, std::string_view token, Flaw& flaw) {
  std::string found;
  if (token.starts_with('{')) {
    found = "an object";
  } else if (token.starts_with('[')) {
    found = "a list";
  } else if (!is_valid_scalar(trimmed_right(token))) {
    return refuse(flaw, "'" + excerpt(trimmed_right(token)) + "' is not a JSON value", token);
  } else {
    found = excerpt(trimmed_right(token));
  }
  return refuse(flaw, "expected " + std::string(expectation(type.kind)) + ", found " + found, token);
}

bool read_scalar(std::string_view token, const ValueType& type, void* to, std::string& unescaped,
                 Flaw& flaw) {
  std::string_view text = token;
  const bool is_text = token.size() >= 2 && token.front() == '"' && token.back() == '"';
  if (is_text) {
    text = token.substr(1, token.size() - 2);
    if (text.find('\\') != std::string_view::npos) {
      if (!unescape(text, unescaped)) return refuse(flaw, "invalid escape in a text", token);
      text = unescaped;
    }
  }
  switch (type.kind) {
    case Kind::text:
    case Kind::open:
      // Servers send some texts, a version for example, as a number.
      if (!is_text && !is_number(token)) return mismatch(type, token, flaw);
      if (type.kind == Kind::text) {
        as<std::string>(to).assign(text);
      } else {
        static_cast<void>(type.text->assign(to, text));  // any word is one of an open enumeration
      }
      return true;
    case Kind::boolean:
      if (token != "true" && token != "false") return mismatch(type, token, flaw);
      as<bool>(to) = token.front() == 't';
      return true;
    case Kind::int32:
    case Kind::int64:
    case Kind::float64:
      return read_number(text, token, type, to, flaw);
    case Kind::timestamp: {
      if (!is_text) return mismatch(type, token, flaw);
      const auto time = Timestamp::parse(text);
      if (!time) return mismatch(type, token, flaw);
      as<Timestamp>(to) = *time;
      return true;
    }
    case Kind::record:
    case Kind::list:
    case Kind::done:
    case Kind::raw:
    case Kind::maybe:
      break;
  }
  return mismatch(type, token, flaw);
}

}  // namespace wats::model::detail
