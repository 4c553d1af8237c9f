// Any bytes as a time: what was read is written as text that reads as the same moment.
#include "wats/model/timestamp.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto time = wats::Timestamp::parse(text);
  if (!time) return 0;
  require(time->text().size() <= wats::Timestamp::max_text_size);
  const auto again = wats::Timestamp::parse(time->text());
  require(again.has_value() && *again == *time && again->text() == time->text());
  const auto utc = wats::Timestamp::parse(time->utc_text());
  require(utc.has_value() && utc->text() == time->utc_text());
  return 0;
}
