// The canonical form of JSON: of what is valid, valid again, and its own canonical form.
#include "wats/model/canonical.hpp"
#include "wats/model/json.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string form = wats::model::canonical_json(text);
  const auto valid = wats::Json::parse(text);
  if (!valid) return 0;
  if (!wats::Json::parse(form)) std::abort();
  if (wats::model::canonical_json(form) != form) std::abort();
  return 0;
}
