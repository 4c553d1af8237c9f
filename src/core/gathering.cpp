#include "wats/core/detail/gathering.hpp"

#include "wats/core/detail/bounded.hpp"
#include "wats/core/detail/parking_sink.hpp"

#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace wats::detail {

Gathering::Gathering(std::size_t most_at_once) noexcept : most_at_once_(most_at_once) {}
Gathering::~Gathering() = default;

// --- ways to wait

const std::shared_ptr<Operation>& Gathering::first() {
  if (!std::exchange(first_known_, true)) first_ = next();
  return first_;
}

std::shared_ptr<Operation> Gathering::next_or_first() {
  auto part = first();
  if (!part) return next();
  first_.reset();
  return part;
}

std::optional<Outcome> Gathering::try_now() {
  if (first()) return std::nullopt;
  return conclude();
}

Outcome Gathering::run() {
  if (auto outcome = try_now()) return *std::move(outcome);
  if (!may_block()) return std::unexpected(would_deadlock());
  ParkingSink sink;
  start(sink);
  return sink.wait();
}

void Gathering::start(Sink& sink) {
  // Parts share the time given to all of them.
  if (const auto timeout = bounded(options_.timeout)) {
    const auto deadline = std::chrono::steady_clock::now() + *timeout;
    if (!options_.deadline || deadline < *options_.deadline) options_.deadline = deadline;
    options_.timeout.reset();
  }
  sink_.store(&sink);
  // It may be over, and its waiter gone, before this returns.
  const auto keep = std::static_pointer_cast<Gathering>(shared_from_this());
  // A stop requested from here on only leaves word: nothing ends, and lets go of the hook, before self_ is
  // set.
  if (stop_.stop_possible()) stop_hook_ = std::make_unique<StopHook>(stop_, keep);
  {
    const std::lock_guard lock(mutex_);
    self_ = keep;
  }
  fill();
}

void Gathering::abandoned() noexcept {
  if (first_) first_->abandoned();
}

bool Gathering::may_block() {
  return !first() || first()->may_block();
}

Stay Gathering::stay() {
  return first() ? first()->stay() : Stay();
}

boost::asio::any_io_executor Gathering::executor() {
  if (first()) return first()->executor();
  return anywhere();
}

std::shared_ptr<Home> Gathering::home() {
  return first() ? first()->home() : nullptr;
}

// --- parts

bool Gathering::wants_more() const noexcept {
  return !exhausted_ && !cancelled_ && !has_enough();
}

void Gathering::fill() noexcept {
  std::unique_lock lock(mutex_);
  // Whoever fills already looks again before it leaves.
  if (filling_ || !self_) return;
  filling_ = true;
  const auto keep = self_;
  while (wants_more() && under_way_ < most_at_once_) {
    lock.unlock();
    auto operation = make_next();
    lock.lock();
    if (!operation) {
      exhausted_ = true;
      continue;
    }
    if (idle_.empty()) idle_.push_back(&parts_.emplace_back(*this));
    Part& part = *idle_.back();
    idle_.pop_back();
    part.set(begun_++, std::move(operation));
    ++under_way_;
    lock.unlock();
    begin(part);
    lock.lock();
  }
  filling_ = false;
  const bool is_over = under_way_ == 0 && !wants_more();
  std::optional<Error> failure;
  if (is_over) {
    self_.reset();
    // Decided under the lock: it may be taken back at this very moment.
    failure = reason_to_fail();
  }
  lock.unlock();
  if (is_over) finish(std::move(failure));
}

std::optional<Error> Gathering::reason_to_fail() const {
  if (has_enough()) return std::nullopt;
  if (broken_) return broken_;
  if (cancelled_) return Error(Errc::cancelled, "the calls were taken back");
  return std::nullopt;
}

std::shared_ptr<Operation> Gathering::make_next() noexcept {
  try {
    return next_or_first();
  } catch (const std::exception& error) {
    const std::lock_guard lock(mutex_);
    broken_.emplace(Errc::invalid_argument, std::string("a call could not be made: ") + error.what());
    return nullptr;
  }
}

void Gathering::begin(Part& part) noexcept {
  // The part may be over, and its own pointer gone, before start() returns.
  const auto operation = part.operation();
  operation->set(options_);
  if (auto now = operation->try_now()) return over(part, *std::move(now));
  operation->start(part);
  const bool is_late = [this] {
    const std::lock_guard lock(mutex_);
    return cancelled_ || has_enough();
  }();
  if (is_late) operation->cancel();
}

void Gathering::over(Part& part, Outcome outcome) noexcept {
  std::shared_ptr<Gathering> keep;
  std::shared_ptr<Operation> ended;
  bool is_enough = false;
  {
    const std::lock_guard lock(mutex_);
    // From here on another part may end the whole.
    keep = self_;
    ended = std::move(part.operation());
    take(part.index(), std::move(outcome));
    idle_.push_back(&part);
    --under_way_;
    is_enough = has_enough();
  }
  if (is_enough) cancel_parts();
  fill();
}

void Gathering::cancel() noexcept {
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
  }
  cancel_parts();
  fill();
}

void Gathering::cancel_parts() noexcept {
  std::vector<std::shared_ptr<Operation>> running;
  {
    const std::lock_guard lock(mutex_);
    for (Part& part : parts_) {
      if (part.operation()) running.push_back(part.operation());
    }
  }
  for (const auto& operation : running) operation->cancel();
}

void Gathering::finish(std::optional<Error> failure) noexcept {
  stop_hook_.reset();
  auto* const sink = sink_.exchange(nullptr);
  if (sink == nullptr) return;
  if (failure) {
    sink->complete_later(std::unexpected(*std::move(failure)));
  } else {
    sink->complete_later(conclude());
  }
}

}  // namespace wats::detail
