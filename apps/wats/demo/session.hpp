// Session: how the actors of a run call the server; every call leaves its event in the trace.
#pragma once

#include "apps/wats/demo/trace.hpp"
#include "wats/client.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace wats::demo {

/// Whether the independent reads of a step are asked one after the other or all at once.
enum class Asking : std::uint8_t { one_at_a_time, at_once };

/// A write that the client under test does not hear of: the planted fault.
struct PlantedFault {
  std::string operation;
  /// Sends the write in place of the client under test.
  Client other;
};

/// *Thread safety*: any thread. *Lifetime*: the trace outlives it.
class Session {
 public:
  Session(Client client, Trace& trace, Asking asking, std::optional<PlantedFault> fault)
      : client_(std::move(client)), trace_(trace), asking_(asking), fault_(std::move(fault)) {}

  [[nodiscard]] const Client& client() const noexcept { return client_; }
  [[nodiscard]] Trace& trace() const noexcept { return trace_; }
  [[nodiscard]] Asking asking() const noexcept { return asking_; }

  /// Makes one call and waits for it.
  template <op::Operation Op>
  Result<Answer<typename Op::Answer>> ask(Op request) const {
    Event event = event_of(request);
    const Client& client = fault_ && fault_->operation == Op::card.id ? fault_->other : client_;
    event.start = std::chrono::steady_clock::now();
    auto result = client.call(request).get();
    event.end = std::chrono::steady_clock::now();
    add_result(event, std::move(request), result);
    trace_.add(std::move(event));
    return result;
  }

 private:
  Client client_;
  Trace& trace_;
  Asking asking_;
  std::optional<PlantedFault> fault_;
};

/// Reads that do not need each other's answers: asked as the session says, waited for together.
/// *Thread safety*: one thread.
class Step {
 public:
  /// Empty until wait() is over, and for reads that gave nothing.
  template <class T>
  using Pending = std::shared_ptr<std::optional<Answer<T>>>;

  explicit Step(const Session& session) : session_(session), open_(std::make_shared<Open>()) {}
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;
  ~Step() { wait(); }

  template <op::Operation Op>
  Pending<typename Op::Answer> ask(Op request) {
    using T = typename Op::Answer;
    auto pending = std::make_shared<std::optional<Answer<T>>>();
    if (session_.asking() == Asking::one_at_a_time) {
      if (auto result = session_.ask(std::move(request))) *pending = *std::move(result);
      return pending;
    }
    open_->add();
    Event event = event_of(request);
    event.start = std::chrono::steady_clock::now();
    auto call = session_.client().call(request);
    std::move(call)([open = open_, pending, &trace = session_.trace(), request = std::move(request),
                     event = std::move(event)](Result<Answer<T>> result) mutable {
      event.end = std::chrono::steady_clock::now();
      add_result(event, std::move(request), result);
      trace.add(std::move(event));
      if (result) *pending = *std::move(result);
      open->done();
    });
    return pending;
  }

  void wait() { open_->wait(); }

 private:
  /// Counts what is under way.
  class Open {
   public:
    void add() {
      const std::lock_guard lock(mutex_);
      ++count_;
    }
    void done() {
      const std::lock_guard lock(mutex_);
      if (--count_ == 0) none_.notify_all();
    }
    void wait() {
      std::unique_lock lock(mutex_);
      none_.wait(lock, [this] { return count_ == 0; });
    }

   private:
    std::mutex mutex_;
    std::condition_variable none_;
    int count_ = 0;
  };

  const Session& session_;
  std::shared_ptr<Open> open_;
};

}  // namespace wats::demo
