// An operation that tests script: completes when told, counts what is done to it.
#pragma once

#include "wats/core/detail/operation.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/system_executor.hpp>

#include <atomic>
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
  void cancel() noexcept override {
    ++cancels;
    if (ends_when_cancelled) end_with(std::unexpected(Error(Errc::cancelled, "taken back")));
  }
  [[nodiscard]] bool drop() noexcept override { return sink.exchange(nullptr) != nullptr; }
  void abandoned() noexcept override { ++abandons; }
  [[nodiscard]] bool may_block() override { return blocking_allowed; }
  [[nodiscard]] detail::Stay stay() override { return {}; }
  [[nodiscard]] boost::asio::any_io_executor executor() override { return fallback; }
  [[nodiscard]] std::shared_ptr<detail::Home> home() override { return nullptr; }

  /// Completes whoever waits.
  void finish() { end_with(outcome); }

  detail::Outcome outcome = answer("done");
  bool ready = false;
  bool blocking_allowed = true;
  bool ends_when_cancelled = false;
  boost::asio::any_io_executor fallback = boost::asio::system_executor();
  CallOptions options;
  std::stop_token stop;
  /// These two are used on any thread.
  std::atomic<detail::Sink*> sink{nullptr};
  std::atomic<int> cancels{0};
  int runs = 0;
  int starts = 0;
  int abandons = 0;

 private:
  void end_with(detail::Outcome with) noexcept {
    if (auto* waiter = sink.exchange(nullptr)) waiter->complete(std::move(with));
  }
};

}  // namespace wats::testing
