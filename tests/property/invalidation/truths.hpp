// Truths: what each read has to show for given rows of the server, by code of our own.
#pragma once

#include "apps/wats/demo/expected.hpp"
#include "wats/op/all.hpp"

#include <optional>
#include <string>
#include <vector>

namespace wats::testing {

/// `groups(request)`: which rows the answer is made of; `answer(request, rows, decoder)`: what it has to be.
/// Operations that have no rows say so by having no groups.
template <op::Operation Op>
class Truth {
 public:
  static std::vector<std::string> groups(const Op& request) { return demo::groups_of(request); }
  static std::optional<typename Op::Answer> answer(const Op& request, const demo::Rows& rows,
                                                   demo::Decoder& decoder) {
    return demo::expected(request, rows, decoder);
  }
};

template <>
class Truth<op::AppGetVersion> {
 public:
  static std::vector<std::string> groups(const op::AppGetVersion& /*request*/) { return {}; }
  /// As api/overlay.yaml has it.
  static std::optional<std::string> answer(const op::AppGetVersion& /*request*/, const demo::Rows& /*rows*/,
                                           demo::Decoder& /*decoder*/) {
    return "2025.3.9.824";
  }
};

/// Its filter takes what one sequence knows, and the rows are that already.
template <>
class Truth<op::ProductList> {
 public:
  static std::vector<std::string> groups(const op::ProductList& /*request*/) { return {"products"}; }
  static std::optional<std::vector<ProductView>> answer(const op::ProductList& request,
                                                        const demo::Rows& rows, demo::Decoder& decoder) {
    auto list = demo::expected(op::ProductList(), rows, decoder);
    const auto most = static_cast<std::size_t>(request.top.value_or(1000));
    if (list && list->size() > most) list->resize(most);
    return list;
  }
};

}  // namespace wats::testing
