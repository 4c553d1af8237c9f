// An operation that tests script: completes when told, counts what is done to it.
#pragma once

#include "wats/core/detail/operation.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/system_executor.hpp>

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

namespace wats::testing {

class FakeOperation final : public detail::Operation {
 public:
  [[nodiscard]] static detail::Outcome answer(std::string text) {
    return detail::Landed(std::make_shared<detail::HeldValue<std::string>>(std::move(text)), Provenance{});
  }

  void set(const CallOptions& late) noexcept override { options.add(late); }
  void set(std::stop_token token) override { stop = std::move(token); }
  [[nodiscard]] detail::Outcome run() override {
    ++runs;
    return outcome;
  }
  [[nodiscard]] std::optional<detail::Outcome> try_now() override {
    if (ready) return outcome;
    return std::nullopt;
  }
  void start(detail::Sink& waiter) override {
    ++starts;
    sink = &waiter;
  }
  void cancel() noexcept override { ++cancels; }
  [[nodiscard]] bool drop() noexcept override { return std::exchange(sink, nullptr) != nullptr; }
  void abandoned() noexcept override { ++abandons; }
  [[nodiscard]] bool may_block() override { return blocking_allowed; }
  [[nodiscard]] detail::Stay stay() override { return {}; }
  [[nodiscard]] boost::asio::any_io_executor executor() override { return fallback; }

  /// Completes whoever waits.
  void finish() {
    if (auto* waiter = std::exchange(sink, nullptr)) waiter->complete(outcome);
  }

  detail::Outcome outcome = answer("done");
  bool ready = false;
  bool blocking_allowed = true;
  boost::asio::any_io_executor fallback = boost::asio::system_executor();
  CallOptions options;
  std::stop_token stop;
  detail::Sink* sink = nullptr;
  int runs = 0;
  int starts = 0;
  int cancels = 0;
  int abandons = 0;
};

}  // namespace wats::testing
