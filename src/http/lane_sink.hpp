// LaneSink: how a blocked thread waits for a call that it carries out itself.
#pragma once

#include "wats/core/detail/operation.hpp"

#include <optional>
#include <utility>

namespace wats::http::detail {

using wats::detail::Outcome;
using wats::detail::Sink;

/// Waits on the thread that runs the lane: no lock.
class LaneSink final : public Sink {
 public:
  void complete(Outcome outcome) noexcept override { outcome_.emplace(std::move(outcome)); }
  [[nodiscard]] bool done() const noexcept { return outcome_.has_value(); }
  [[nodiscard]] Outcome take() { return *std::move(outcome_); }

 private:
  std::optional<Outcome> outcome_;
};

}  // namespace wats::http::detail
