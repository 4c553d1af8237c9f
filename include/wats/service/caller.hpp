// Caller: what every service holds; turns a card into a Call.
#pragma once

#include "wats/core/call.hpp"
#include "wats/op/card.hpp"
#include "wats/service/detail/card_call.hpp"

#include <memory>
#include <utility>

namespace wats {

/// The way from cards to calls.
/// *Thread safety*: as a shared_ptr. *Lifetime*: may outlive the client; its calls then fail with
/// Errc::closed.
class Caller {
 public:
  explicit Caller(std::shared_ptr<http::detail::Engine> engine) noexcept : engine_(std::move(engine)) {}

  /// Any operation there is a card for: `call(op::ProductGet("PN-7"))`.
  template <op::Operation Op>
  [[nodiscard]] Call<typename Op::Answer> call(Op request) const {
    return Call<typename Op::Answer>(std::make_shared<detail::CardCall<Op>>(engine_, std::move(request)));
  }

  /// A call that ends with *why* and sends nothing: what is wrong shows where others wait, too.
  template <op::Operation Op>
  [[nodiscard]] Call<typename Op::Answer> refuse(Op request, Error why) const {
    return Call<typename Op::Answer>(
        std::make_shared<detail::CardCall<Op>>(engine_, std::move(request), std::move(why)));
  }

 private:
  std::shared_ptr<http::detail::Engine> engine_;
};

}  // namespace wats
