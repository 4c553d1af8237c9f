// One JSON scalar into a value of a known type.
#pragma once

#include "src/model/json_walk.hpp"
#include "wats/model/detail/type_table.hpp"

#include <string>
#include <string_view>

namespace wats::model::detail {

/// What a value of this kind looks like, for people.
[[nodiscard]] std::string_view expectation(Kind kind) noexcept;

/// Fills *flaw*: *token* is not what *type* wants. Always false.
bool mismatch(const ValueType& type, std::string_view token, Flaw& flaw);

/// Reads *token*, without white space behind it, into the value of *type* at *to*. *unescaped* is room to
/// work in.
[[nodiscard]] bool read_scalar(std::string_view token, const ValueType& type, void* to,
                               std::string& unescaped, Flaw& flaw);

}  // namespace wats::model::detail
