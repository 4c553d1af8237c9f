// Any bytes as JSON: nothing crashes, and what was read is written as JSON that reads as the same.
#include "wats/model/codec.hpp"
#include "wats/model/json.hpp"
#include "wats/model/product.hpp"
#include "wats/model/report_document.hpp"
#include "wats/model/report_header.hpp"
#include "wats/model/unit.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

template <class T>
void read_and_write(std::string_view text, wats::model::Naming naming) {
  const auto first = wats::model::from_json<T>(text, naming);
  if (!first) {
    require(first.error().code() == wats::Errc::malformed_answer);
    require(first.error().what().find('\n') == std::string::npos);
    return;
  }
  require(text.empty() || wats::Json::parse(text).has_value() || first == T());
  const std::string written = wats::model::to_json(*first, naming);
  const auto second = wats::model::from_json<T>(written, naming);
  require(second.has_value());
  require(wats::model::to_json(*second, naming) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto naming : {wats::model::Naming::camel, wats::model::Naming::pascal}) {
    read_and_write<wats::Product>(text, naming);
    read_and_write<wats::Unit>(text, naming);
    read_and_write<std::vector<wats::ReportHeader>>(text, naming);
  }
  if (const auto json = wats::Json::parse(text)) require(wats::Json::parse(json->text()) == *json);
  if (const auto document = wats::ReportDocument::parse(std::string(text))) {
    const auto again = wats::ReportDocument::parse(document->text());
    require(again.has_value() && again->id() == document->id() && again->text() == document->text());
  }
  return 0;
}
