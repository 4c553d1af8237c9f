// How completion tokens and coroutines wait: the sinks that turn an Outcome into a Result<Answer<T>>.
#pragma once

#include "wats/core/detail/operation.hpp"

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

#include <coroutine>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace wats::detail {

template <class T>
[[nodiscard]] Result<Answer<T>> to_result(Outcome&& outcome) {
  if (!outcome) return std::unexpected(std::move(outcome).error());
  auto held = std::static_pointer_cast<const HeldValue<T>>(std::move(outcome->held()));
  return Answer<T>(std::move(held), outcome->provenance());
}

/// The waiting side of a completion token: one heap block that owns the handler until it is posted.
template <class T, class Handler>
class HandlerSink final : public Sink {
 public:
  using Executor = boost::asio::associated_executor_t<Handler, boost::asio::any_io_executor>;

  /// *home*: of *fallback*.
  HandlerSink(Handler&& handler, const boost::asio::any_io_executor& fallback, std::shared_ptr<Home> home)
      : home_(std::move(home)),
        handler_(std::move(handler)),
        // Tracked work: without it app.run() would return before the handler has been posted.
        executor_(boost::asio::prefer(boost::asio::get_associated_executor(handler_, fallback),
                                      boost::asio::execution::outstanding_work.tracked)),
        at_home_(is_at_home(boost::asio::get_associated_executor(handler_, fallback), fallback)) {}

  static void start(Handler&& handler, std::shared_ptr<Operation> operation) {
    // What is there already needs no thread of ours: it is posted to the handler's executor from here.
    auto now = operation->try_now();
    const Stay stay = operation->stay();
    // First who looks after the executor: a client closed meanwhile has none of both.
    auto home = operation->home();
    auto* sink = new HandlerSink(std::move(handler), operation->executor(), std::move(home));
    if (now) return sink->complete_later(*std::move(now));
    auto slot = boost::asio::get_associated_cancellation_slot(sink->handler_);
    if (slot.is_connected()) {
      slot.assign([weak = std::weak_ptr<Operation>(operation)](boost::asio::cancellation_type type) {
        const auto running = weak.lock();
        if (running && type != boost::asio::cancellation_type::none) running->cancel();
      });
    }
    operation->start(*sink);
  }

  static void start_without(Handler&& handler) {
    auto executor = boost::asio::get_associated_executor(handler);
    boost::asio::post(executor, [handler = std::move(handler)]() mutable {
      std::move(handler)(Result<Answer<T>>(std::unexpected(already_started())));
    });
  }

  void complete(Outcome outcome) noexcept override {
    // On the thread that runs it anyway, with nothing of its own on the stack.
    if (!at_home_) return complete_later(std::move(outcome));
    const auto self = std::unique_ptr<HandlerSink>(this);
    const auto executor = std::move(executor_);
    boost::asio::dispatch(executor, Delivery(std::move(handler_), std::move(outcome)));
    if (home_) home_->posted();
  }
  void complete_later(Outcome outcome) noexcept override {
    const auto self = std::unique_ptr<HandlerSink>(this);
    const auto executor = std::move(executor_);
    boost::asio::post(executor, Delivery(std::move(handler_), std::move(outcome)));
    if (home_) home_->posted();
  }

 private:
  /// The handler has no executor of its own.
  template <class AnyExecutor>
  [[nodiscard]] static bool is_at_home(const AnyExecutor& executor,
                                       const boost::asio::any_io_executor& fallback) {
    if constexpr (std::is_same_v<AnyExecutor, boost::asio::any_io_executor>) return executor == fallback;
    return false;
  }

  /// What is posted: keeps the handler's associated allocator visible to Asio.
  class Delivery {
   public:
    using allocator_type = boost::asio::associated_allocator_t<Handler>;

    Delivery(Handler&& handler, Outcome&& outcome)
        : handler_(std::move(handler)), outcome_(std::move(outcome)) {}
    [[nodiscard]] allocator_type get_allocator() const noexcept {
      return boost::asio::get_associated_allocator(handler_);
    }
    void operator()() { std::move(handler_)(to_result<T>(std::move(outcome_))); }

   private:
    Handler handler_;
    Outcome outcome_;
  };

  /// Before what refers to its context, and so after it at the end.
  std::shared_ptr<Home> home_;
  Handler handler_;
  std::decay_t<decltype(boost::asio::prefer(std::declval<Executor>(),
                                            boost::asio::execution::outstanding_work.tracked))>
      executor_;
  bool at_home_;
};

/// An operation that has been handed to a token and not begun: tokens like asio::deferred begin it later, or
/// never.
class Pending {
 public:
  explicit Pending(std::shared_ptr<Operation> operation) noexcept : operation_(std::move(operation)) {}
  Pending(Pending&& other) noexcept = default;
  Pending& operator=(Pending&&) = delete;
  ~Pending() {
    if (operation_) operation_->abandoned();
  }
  [[nodiscard]] std::shared_ptr<Operation> take() noexcept { return std::exchange(operation_, nullptr); }

 private:
  std::shared_ptr<Operation> operation_;
};

/// The initiation handed to async_initiate. An object without state: safe in GCC 12 coroutines.
template <class T>
struct Initiate {
  template <class Handler>
  void operator()(Handler&& handler, Pending pending) const {
    using Sink = HandlerSink<T, std::decay_t<Handler>>;
    if (auto operation = pending.take()) {
      Sink::start(std::forward<Handler>(handler), std::move(operation));
    } else {
      Sink::start_without(std::forward<Handler>(handler));
    }
  }
};

/// The waiting side of `co_await` in coroutines that are not Asio's; lives in the coroutine's frame.
template <class T>
class Awaiter final : public Sink {
 public:
  explicit Awaiter(std::shared_ptr<Operation> operation) noexcept : operation_(std::move(operation)) {}
  Awaiter(const Awaiter&) = delete;
  Awaiter& operator=(const Awaiter&) = delete;
  /// A coroutine destroyed while it waits takes its call back.
  ~Awaiter() {
    if (waiting_ && operation_->drop()) operation_->cancel();
  }

  [[nodiscard]] bool await_ready() {
    if (!operation_) {
      outcome_.emplace(std::unexpected(already_started()));
      return true;
    }
    outcome_ = operation_->try_now();
    return outcome_.has_value();
  }
  void await_suspend(std::coroutine_handle<> waiter) {
    waiter_ = waiter;
    waiting_ = true;
    // The coroutine may be resumed, and this awaiter gone, before start() returns: nothing of it is touched
    // after.
    const auto operation = operation_;
    operation->start(*this);
  }
  [[nodiscard]] Result<Answer<T>> await_resume() { return to_result<T>(*std::move(outcome_)); }

  void complete(Outcome outcome) noexcept override {
    waiting_ = false;
    outcome_.emplace(std::move(outcome));
    waiter_.resume();
  }

 private:
  std::shared_ptr<Operation> operation_;
  std::coroutine_handle<> waiter_;
  std::optional<Outcome> outcome_;
  bool waiting_ = false;
};

}  // namespace wats::detail
