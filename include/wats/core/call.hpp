// Call<T>: one operation that has been prepared and not yet begun; how to wait for it is the caller's choice.
#pragma once

#include "wats/core/answer.hpp"
#include "wats/core/call_options.hpp"
#include "wats/core/detail/handler_sink.hpp"
#include "wats/core/detail/operation.hpp"
#include "wats/core/error.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>

#include <coroutine>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

namespace wats {

/// A lazy call. It holds its request and nothing else; the request goes out when somebody waits for it:
///
///     auto product = client.products().find("PN-7").value();   // blocks, throws wats::Failure
///     auto result  = client.products().find("PN-7").get();     // blocks, Result<Answer<Product>>
///     auto result  = co_await client.products().find("PN-7");  // any coroutine, Result<Answer<Product>>
///     client.products().find("PN-7")(handler);                 // any Asio completion token
///
/// Completion handlers are posted to their associated executor, or run on the client's background thread when
/// they have none; they never run inside the initiating function, and must not throw there: nobody could
/// catch it. A coroutine that waits may be destroyed only where it would be resumed, which takes the call
/// back. A Call of a write that is thrown away unstarted is a lost write: it is logged, counted, and asserts
/// in debug builds. *Thread safety*: one thread at a time. *Lifetime*: may outlive the client; then it fails
/// with Errc::closed.
template <class T>
class [[nodiscard("a Call does nothing until it is waited for")]] Call {
 public:
  using value_type = T;
  using result_type = Result<Answer<T>>;

  explicit Call(std::shared_ptr<detail::Operation> operation) noexcept : operation_(std::move(operation)) {}
  Call(Call&& other) noexcept = default;
  Call& operator=(Call&& other) noexcept {
    if (this != &other) {
      give_up();
      operation_ = std::move(other.operation_);
    }
    return *this;
  }
  ~Call() { give_up(); }

  /// Late options for this call; what is not given stays as it was.
  [[nodiscard]] Call with(const CallOptions& options) && {
    if (operation_) operation_->set(options);
    return std::move(*this);
  }
  /// Ends the call with Errc::cancelled when *stop* is requested.
  [[nodiscard]] Call stop_on(std::stop_token stop) && {
    if (operation_) operation_->set(std::move(stop));
    return std::move(*this);
  }

  /// Blocks until the answer is there. *Errors*: Errc::would_deadlock on a thread of this client.
  [[nodiscard]] result_type get() {
    if (!operation_) return std::unexpected(detail::already_started());
    return detail::to_result<T>(std::exchange(operation_, nullptr)->run());
  }

  /// Blocks until the answer is there. *Errors*: throws Failure.
  [[nodiscard]] Answer<T> value() {
    auto result = get();
    if (!result) throw Failure(result.error());
    return *std::move(result);
  }

  /// Begins, and completes *token* with a Result<Answer<T>>.
  template <boost::asio::completion_token_for<void(Result<Answer<T>>)> Token>
  auto operator()(Token&& token) && {
    return boost::asio::async_initiate<Token, void(Result<Answer<T>>)>(
        detail::Initiate<T>{}, token, detail::Pending(std::exchange(operation_, nullptr)));
  }

  /// Awaitable in any coroutine; resumes on the client's background thread unless the answer was there at
  /// once or the client is closed.
  auto operator co_await() && { return detail::Awaiter<T>(std::exchange(operation_, nullptr)); }

 private:
  friend struct detail::Unwrap;

  void give_up() noexcept {
    if (operation_) operation_->abandoned();
  }

  std::shared_ptr<detail::Operation> operation_;
};

}  // namespace wats
