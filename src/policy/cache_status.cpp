#include "wats/policy/cache_status.hpp"

#include "src/policy/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace wats::policy {
namespace {

std::string_view reason(Forward forward) noexcept {
  switch (forward) {
    case Forward::none:
      return "";
    case Forward::bypass:
      return "bypass";
    case Forward::method:
      return "method";
    case Forward::uri_miss:
      return "uri-miss";
    case Forward::vary_miss:
      return "vary-miss";
    case Forward::miss:
      return "miss";
    case Forward::request:
      return "request";
    case Forward::stale:
      return "stale";
    case Forward::partial:
      return "partial";
  }
  return "";
}

bool is_token(std::string_view value) noexcept {
  return !value.empty() && (text::is_letter(value[0]) || value[0] == '*') &&
         std::ranges::all_of(value,
                             [](char c) { return text::is_token_character(c) || c == ':' || c == '/'; });
}

/// A token where it can be one, else a string.
void append_item(std::string& field, std::string_view value) {
  if (is_token(value)) {
    field += value;
    return;
  }
  field += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') field += '\\';
    field += c >= ' ' && c <= '~' ? c : '?';
  }
  field += '"';
}

void append_integer(std::string& field, std::int64_t number) {
  // The longest that a Structured Field holds.
  constexpr std::int64_t most = 999'999'999'999'999;
  std::array<char, 20> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), std::clamp(number, -most, most)).ptr;
  field.append(digits.data(), end);
}

}  // namespace

std::string cache_status(std::string_view name, const CacheOutcome& outcome) {
  std::string field;
  append_item(field, name);
  if (outcome.hit) {
    field += ";hit";
  } else if (outcome.forward != Forward::none) {
    field.append(";fwd=").append(reason(outcome.forward));
    if (outcome.forward_status != 0) {
      field += ";fwd-status=";
      append_integer(field, outcome.forward_status);
    }
    if (outcome.stored) field += ";stored";
    if (outcome.collapsed) field += ";collapsed";
  }
  if (outcome.ttl) {
    field += ";ttl=";
    append_integer(field, outcome.ttl->count());
  }
  if (!outcome.detail.empty()) {
    field += ";detail=";
    append_item(field, outcome.detail);
  }
  return field;
}

}  // namespace wats::policy
