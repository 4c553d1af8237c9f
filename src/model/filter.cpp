// OData literals and how filters are put together.
#include "wats/model/filter.hpp"

#include "src/model/uuid.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace wats {

Filter Filter::joined(const Filter& a, const Filter& b, Binding binding) {
  const auto part = [&](const Filter& filter) {
    // `and` and `or` alone need none beside their own kind.
    const bool is_bare = filter.binding_ == Binding::single || filter.binding_ == binding;
    return is_bare ? filter.text_ : "(" + filter.text_ + ")";
  };
  return {part(a) + (binding == Binding::all ? " and " : " or ") + part(b), binding};
}

namespace detail {

std::string filter_text(std::string_view value) {
  std::string out = "'";
  for (const char c : value) {
    if (c == '\'') out += c;  // OData's only escape
    out += c;
  }
  out += '\'';
  return out;
}

std::string filter_uuid(std::string_view value) {
  return model::detail::is_uuid(value) ? std::string(value) : filter_text(value);
}

std::string filter_number(std::int64_t value) {
  return std::to_string(value);
}

std::string filter_number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "INF" : "-INF";
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}

}  // namespace detail
}  // namespace wats
