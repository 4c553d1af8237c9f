// error: Op::card' (is|would be) invalid
// A type without a card is not an operation.
#include "wats/op/card.hpp"

#include <string>
#include <tuple>

struct NoCard {
  using Answer = std::string;
#ifdef WATS_FIXED
  static constexpr wats::op::Card card{.id = "no_card", .summary = "", .path = "/api/None"};
#endif
  [[nodiscard]] wats::Idempotency idempotency() const { return wats::Idempotency::safe; }
  template <class Out>
  void tags(Out&& out) const {
    out("none", "");
  }
  static constexpr auto fields() { return std::tuple(); }
};

template <wats::op::Operation Op>
void call();

void use() {
  call<NoCard>();
}
