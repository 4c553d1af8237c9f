// How reports of an outbox go to the server: as the client's own calls, behind those of people.
#pragma once

#include "wats/core/error.hpp"
#include "wats/outbox/deliver.hpp"
#include "wats/service/caller.hpp"

#include <memory>
#include <stop_token>
#include <utility>

namespace wats::detail {

/// What an error of a hand-over means for the report.
[[nodiscard]] outbox::Outcome outcome_of(const Error& error);

/// *Thread safety*: as Deliver says.
class OutboxDelivery final : public outbox::Deliver {
 public:
  explicit OutboxDelivery(Caller caller) noexcept : caller_(std::move(caller)) {}

  void start(outbox::Delivery delivery, Done done) override;
  void stop() noexcept override { stop_.request_stop(); }

 private:
  const Caller caller_;
  std::stop_source stop_;
};

}  // namespace wats::detail
