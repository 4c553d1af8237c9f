// The seam between a Call<T> and what carries it out: one prepared operation, waited for in one of several
// ways.
#pragma once

#include "wats/core/answer.hpp"
#include "wats/core/call_options.hpp"
#include "wats/core/error.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

namespace wats::detail {

/// A finished call without its type: the held value with its provenance.
class Landed {
 public:
  Landed(std::shared_ptr<const Held> held, Provenance provenance) noexcept
      : held_(std::move(held)), provenance_(provenance) {}
  [[nodiscard]] std::shared_ptr<const Held>& held() noexcept { return held_; }
  [[nodiscard]] const Provenance& provenance() const noexcept { return provenance_; }

 private:
  std::shared_ptr<const Held> held_;
  Provenance provenance_;
};

using Outcome = std::expected<Landed, Error>;

/// The error of waiting twice for one Call.
[[nodiscard]] Error already_started();
/// The error of blocking a thread that has to run for the answer to come.
[[nodiscard]] Error would_deadlock();
/// Runs the handlers of operations that belong to no client.
[[nodiscard]] boost::asio::any_io_executor anywhere();
/// Has *task* run there later, never from here.
void post(const boost::asio::any_io_executor& executor, std::function<void()> task);

/// Whoever waits for an asynchronous operation. Lives in the waiter: a coroutine frame or one heap block.
class Sink {
 public:
  /// One of both is called exactly once, unless Operation::drop() won before. This with nothing but the
  /// client's loop on the stack;
  virtual void complete(Outcome outcome) noexcept = 0;
  /// this from anywhere, even from inside Operation::start(): a handler must not run there.
  virtual void complete_later(Outcome outcome) noexcept { complete(std::move(outcome)); }

 protected:
  ~Sink() = default;
};

/// What a client keeps running for those who are inside.
class Place {
 public:
  Place() = default;
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  virtual ~Place() = default;
  virtual void leave() noexcept = 0;
};

/// Being inside: what runs handlers does not end meanwhile. Empty when it has already been told to.
class Stay {
 public:
  Stay() = default;
  explicit Stay(std::shared_ptr<Place> place) noexcept : place_(std::move(place)) {}
  Stay(Stay&& other) noexcept : place_(std::exchange(other.place_, nullptr)) {}
  Stay& operator=(Stay&&) = delete;
  ~Stay() {
    if (place_) place_->leave();
  }

 private:
  std::shared_ptr<Place> place_;
};

/// What runs handlers. It may end before the last of them comes, which is then run elsewhere.
class Home {
 public:
  Home() = default;
  Home(const Home&) = delete;
  Home& operator=(const Home&) = delete;
  virtual ~Home() = default;
  /// A handler has been posted: sees to it that it runs. Any thread.
  virtual void posted() noexcept = 0;
};

/// One prepared operation: lazy until run() or start(), then started for good.
/// Owned by shared_ptr: by the Call before, by the running client afterwards.
class Operation : public std::enable_shared_from_this<Operation> {
 public:
  Operation() = default;
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  virtual ~Operation() = default;

  /// Late options; before the start only.
  virtual void set(const CallOptions& options) noexcept = 0;
  virtual void set(std::stop_token stop) = 0;

  /// Blocks the calling thread until the outcome is there.
  [[nodiscard]] virtual Outcome run() = 0;
  /// Answers at once if that needs neither waiting nor sending.
  [[nodiscard]] virtual std::optional<Outcome> try_now() = 0;
  /// Begins; *sink* is completed later, or from inside start() when the client has been closed.
  virtual void start(Sink& sink) = 0;
  /// Asks for an early end with Errc::cancelled. Any thread, any time after start().
  virtual void cancel() noexcept = 0;
  /// The sink is going away: afterwards it is never touched. False: its completion has already begun.
  [[nodiscard]] virtual bool drop() noexcept = 0;
  /// The call is thrown away without having been started.
  virtual void abandoned() noexcept = 0;
  /// False: run() would wait for the calling thread itself.
  [[nodiscard]] virtual bool may_block() = 0;
  /// To be held from asking for executor() until the handler is posted, or the sink handed to start().
  [[nodiscard]] virtual Stay stay() = 0;
  /// Runs completion handlers that have no executor of their own.
  [[nodiscard]] virtual boost::asio::any_io_executor executor() = 0;
  /// What that is; null for what never ends.
  [[nodiscard]] virtual std::shared_ptr<Home> home() = 0;
};

/// Takes the operation out of a Call, which is then as if it had been started.
struct Unwrap {
  template <class AnyCall>
  [[nodiscard]] static std::shared_ptr<Operation> of(AnyCall&& call) noexcept {
    return std::exchange(call.operation_, nullptr);
  }
};

}  // namespace wats::detail
