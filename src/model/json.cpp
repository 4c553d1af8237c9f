// Checks JSON text of unknown shape.
#include "wats/model/json.hpp"

#include "src/model/json_token.hpp"
#include "wats/model/codec.hpp"

namespace wats {

Result<Json> Json::parse(std::string_view text) {
  if (model::detail::trimmed(text).empty()) {
    return fail(Errc::malformed_answer, "expected a JSON value, found an empty text");
  }
  return model::from_json<Json>(text);
}

}  // namespace wats
