#include "wats/http/detail/key.hpp"

#include <algorithm>

namespace wats::http::detail {

std::optional<KeyParts> parts_of(std::string_view level_key) {
  const auto begin = level_key.find(level_key_begin);
  if (begin == std::string_view::npos) return std::nullopt;
  std::string_view rest = level_key.substr(begin + level_key_begin.size());
  KeyParts parts;
  const std::size_t end = std::min(rest.find_first_of("=-"), rest.size());
  parts.operation = rest.substr(0, end);
  rest.remove_prefix(end);
  while (!rest.empty()) {
    if (rest[0] == '-') {
      parts.fields.emplace_back("-");
      rest.remove_prefix(1);
      continue;
    }
    std::uint32_t length = 0;
    if (rest[0] != '=' || rest.size() < 1 + sizeof length) return std::nullopt;
    std::memcpy(&length, rest.data() + 1, sizeof length);
    rest.remove_prefix(1 + sizeof length);
    if (length > rest.size()) return std::nullopt;
    parts.fields.emplace_back(rest.substr(0, length));
    rest.remove_prefix(length);
  }
  return parts;
}

}  // namespace wats::http::detail
