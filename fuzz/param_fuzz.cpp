// Any bytes as parameters of a request: encoding can be undone, and no value leaves its place in a filter.
#include "wats/model/param.hpp"
#include "wats/model/report_fields.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using wats::model::from_param;
using wats::model::to_param;

void require(bool holds) {
  if (!holds) std::abort();
}

template <class T>
void read_and_write(std::string_view text) {
  if (const auto value = from_param<T>(text)) {
    const auto again = from_param<T>(to_param(*value));
    require(again.has_value() && to_param(*again) == to_param(*value));
  }
}

/// The literal at the end of *filter* is one literal: within its quotes all quotes come in pairs.
void require_one_literal(std::string_view filter, std::string_view before) {
  require(filter.starts_with(before) && filter.ends_with("'"));
  filter.remove_prefix(before.size());
  filter.remove_suffix(1);
  for (std::size_t i = 0; i < filter.size(); ++i) {
    if (filter[i] != '\'') continue;
    require(i + 1 < filter.size() && filter[i + 1] == '\'');
    ++i;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string encoded = wats::model::percent_encode(text);
  require(std::ranges::all_of(
      encoded, [](char c) { return c > ' ' && c < 0x7F && c != '/' && c != '?' && c != '&'; }));
  require(wats::model::percent_decode(encoded) == text);
  static_cast<void>(wats::model::percent_decode(text));

  read_and_write<bool>(text);
  read_and_write<std::int32_t>(text);
  read_and_write<std::int64_t>(text);
  read_and_write<double>(text);
  read_and_write<wats::Timestamp>(text);
  read_and_write<wats::Open<wats::ReportResult>>(text);
  read_and_write<wats::Filter>(text);

  require_one_literal((wats::report_field::serial_number == text).text(), "serialNumber eq '");
  require_one_literal((wats::report_field::result == wats::Open<wats::ReportResult>(text)).text(),
                      "result eq '");
  return 0;
}
