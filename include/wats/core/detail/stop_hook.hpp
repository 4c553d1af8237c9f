// StopHook: takes an operation back when a stop is requested.
#pragma once

#include "wats/core/detail/operation.hpp"

#include <memory>
#include <stop_token>
#include <utility>

namespace wats::detail {

/// Cancels on whichever thread requests the stop; inside the constructor when that has happened before.
class StopHook {
 public:
  StopHook(const std::stop_token& token, std::weak_ptr<Operation> operation)
      : callback_(token, Request{std::move(operation)}) {}

 private:
  struct Request {
    std::weak_ptr<Operation> operation;
    void operator()() const noexcept {
      if (const auto running = operation.lock()) running->cancel();
    }
  };
  std::stop_callback<Request> callback_;
};

}  // namespace wats::detail
