// UUIDs as text.
#include "src/model/uuid.hpp"

#include <cstdint>
#include <random>

namespace wats::model::detail {
namespace {

constexpr std::string_view pattern = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
constexpr std::size_t version_at = 14;
constexpr std::size_t variant_at = 19;

bool is_hex(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

bool is_uuid(std::string_view text) noexcept {
  if (text.size() != pattern.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (pattern[i] == '-' ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

std::string random_uuid() {
  constexpr std::string_view hex = "0123456789abcdef";
  std::random_device device;
  std::uniform_int_distribution<unsigned> digit(0, 15);
  std::string text(pattern);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '-') continue;
    unsigned value = digit(device);
    if (i == version_at) value = 4;
    if (i == variant_at) value = 8 | (value & 3);
    text[i] = hex[value];
  }
  return text;
}

}  // namespace wats::model::detail
