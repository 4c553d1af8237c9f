// One form for JSON that means the same: for keys and comparisons.
#pragma once

#include <string>
#include <string_view>

namespace wats::model {

/// *json*, a valid value, without white space, members in the order of their names, escapes only where JSON
/// asks for them. Numbers stay as they are written: 1.0 and 1 are told apart, which only costs a miss.
/// *Thread safety*: any thread.
[[nodiscard]] std::string canonical_json(std::string_view json);

}  // namespace wats::model
