// A request of any operation in one line, for people.
#pragma once

#include "wats/model/codec.hpp"
#include "wats/model/param.hpp"
#include "wats/op/card.hpp"

#include <string>
#include <type_traits>

namespace wats::testing {

/// Operation, what travels in path and query, and the body where there is one. Two requests with the same
/// text are the same.
template <op::Operation Op>
[[nodiscard]] std::string text_of(const Op& request) {
  std::string text(Op::card.id);
  model::for_each_field<Op>([&](const auto& field) {
    const auto& value = request.*field.member;
    if constexpr (!model::Param<std::remove_cvref_t<decltype(value)>>) {
      text += " " + model::to_json(value);
    } else if (model::has_param(value)) {
      text += " " + std::string(field.name) + "=" + model::to_param(value);
    }
  });
  return text;
}

}  // namespace wats::testing
