#include "apps/wats/simulate/sizes.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace wats::simulate {
namespace {

/// The cache numbers its entries with 32 bits.
constexpr std::size_t most_entries = 4294967294;

/// The whole of *text* as a number.
template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (stop != end || error != std::errc()) return std::nullopt;
  return number;
}

std::optional<Size> size_of(std::string_view text) {
  Size size{.text = std::string(text), .entries = 0, .percent = std::nullopt};
  if (text.ends_with('%')) {
    size.percent = number_of<double>(text.substr(0, text.size() - 1));
    // Said so that NaN is refused too.
    const bool good = size.percent && *size.percent > 0 && *size.percent <= 100;
    return good ? std::optional(size) : std::nullopt;
  }
  size.entries = number_of<std::size_t>(text).value_or(0);
  const bool good = size.entries >= 1 && size.entries <= most_entries;
  return good ? std::optional(size) : std::nullopt;
}

}  // namespace

std::size_t Size::entries_of(std::uint32_t distinct_keys) const noexcept {
  if (!percent) return entries;
  return std::max<std::size_t>(1, static_cast<std::size_t>(std::llround(distinct_keys * *percent / 100)));
}

Result<std::vector<Size>> sizes_of(std::string_view text) {
  std::vector<Size> sizes;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const auto word = text.substr(begin, end - begin);
    auto size = size_of(word);
    if (!size) {
      return fail(Errc::invalid_argument, "'" + std::string(word) +
                                              "' is no size: write entries such as 1000, or a share of the "
                                              "distinct keys such as 10%, several with commas");
    }
    sizes.push_back(*std::move(size));
    begin = end + 1;
  }
  return sizes;
}

}  // namespace wats::simulate
