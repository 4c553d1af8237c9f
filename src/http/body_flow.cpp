#include "src/http/body_flow.hpp"

#include "src/http/loop.hpp"
#include "wats/http/detail/call_run.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <cstring>
#include <exception>
#include <utility>

namespace wats::http::detail {
namespace {

/// Asked of a source at once.
constexpr std::size_t read_size = std::size_t{128} << 10U;

}  // namespace

// --- the loop's side

void BodyFlow::begin(std::shared_ptr<Loop> loop, Exchange& exchange) {
  const std::lock_guard lock(mutex_);
  loop_ = std::move(loop);
  exchange_ = &exchange;
  ++attempt_;
  open_ = true;
  error_.reset();
  source_begun_ = source_ended_ = is_starved_ = false;
  answer_ended_ = sink_begun_ = sink_finished_ = is_full_ = false;
  to_receive_.reset();
  // What a step adds later must not fail.
  if (sends()) outgoing_.reserve(most_read + read_size);
  work_on();
}

void BodyFlow::abandon() noexcept {
  const std::lock_guard lock(mutex_);
  open_ = false;
  exchange_ = nullptr;
  loop_.reset();
  outgoing_.clear();
  taken_ = 0;
  incoming_.clear();
}

std::optional<std::size_t> BodyFlow::take(std::span<char> room) {
  const std::lock_guard lock(mutex_);
  const std::size_t size = std::min(room.size(), outgoing_.size() - taken_);
  if (size == 0) {
    if (source_ended_) return 0;
    is_starved_ = true;
    return std::nullopt;
  }
  std::memcpy(room.data(), outgoing_.data() + taken_, size);
  taken_ += size;
  work_on();
  return size;
}

void BodyFlow::answer_begins(std::optional<std::uint64_t> size) {
  const std::lock_guard lock(mutex_);
  to_receive_ = size;
}

bool BodyFlow::put(std::string_view piece) {
  const std::lock_guard lock(mutex_);
  if (incoming_.size() >= most_received) {
    is_full_ = true;
    return false;
  }
  incoming_.append(piece);
  work_on();
  return true;
}

void BodyFlow::answer_ends() {
  const std::lock_guard lock(mutex_);
  answer_ended_ = true;
  work_on();
}

bool BodyFlow::is_finished() {
  const std::lock_guard lock(mutex_);
  return sink_finished_;
}

std::optional<Error> BodyFlow::error() {
  const std::lock_guard lock(mutex_);
  return error_;
}

void BodyFlow::nudge() {
  const std::lock_guard lock(mutex_);
  if (open_) notify();
}

void BodyFlow::let_go(std::shared_ptr<CallRun> call) {
  const std::lock_guard lock(mutex_);
  if (running_) {
    waiting_ = std::move(call);
  } else {
    drop_streams(std::move(call));
  }
}

void BodyFlow::drop_streams(std::shared_ptr<CallRun> call) {
  boost::asio::post(ending_, [streams = std::exchange(streams_, {}), call = std::move(call)]() mutable {
    {
      // Their destructors are the caller's, and may take their time: files are closed, and what was not
      // finished is removed. One may own the last copy of the client, and close it: as from the loop itself.
      const Loop::Running running(*call->loop_);
      streams = {};
    }
    CallRun::streams_are_gone(std::move(call));
  });
}

// --- steps

BodyFlow::Step BodyFlow::next_step() const noexcept {
  if (!open_ || error_) return Step::none;
  if (sends() && !source_ended_ && outgoing_.size() - taken_ < most_read) return Step::read;
  if (receives() && !incoming_.empty()) return Step::write;
  if (receives() && answer_ended_ && !sink_finished_) return Step::finish;
  return Step::none;
}

void BodyFlow::work_on() {
  if (working_ || next_step() == Step::none) return;
  boost::asio::post(threads_, [self = shared_from_this()] { self->work(); });
  working_ = true;
}

void BodyFlow::notify() {
  boost::asio::post(loop_->io(), [weak = weak_from_this(), attempt = attempt_] {
    const auto flow = weak.lock();
    if (!flow) return;
    std::shared_ptr<Loop> loop;
    Exchange* exchange = nullptr;
    {
      const std::lock_guard lock(flow->mutex_);
      if (!flow->open_ || flow->attempt_ != attempt) return;
      loop = flow->loop_;
      exchange = flow->exchange_;
    }
    // Only this thread can abandon it.
    loop->go_on(*exchange);
  });
}

void BodyFlow::work() noexcept {
  Step step = Step::none;
  std::uint64_t attempt = 0;
  bool is_first = false;
  {
    const std::lock_guard lock(mutex_);
    step = next_step();
    attempt = attempt_;
    running_ = step != Step::none;
    if (step == Step::read) {
      is_first = !std::exchange(source_begun_, true);
    } else if (step != Step::none) {
      is_first = !std::exchange(sink_begun_, true);
      piece_.clear();
      piece_.swap(incoming_);
      progress_.to_receive = to_receive_;
      if (std::exchange(is_full_, false)) notify();
    }
  }
  auto done = step == Step::none ? Result<std::size_t>(0) : carry_out(step, is_first);

  const std::lock_guard lock(mutex_);
  if (open_ && attempt == attempt_ && step != Step::none) {
    if (!done) {
      error_ = std::move(done.error());
      notify();
    } else if (step == Step::read) {
      outgoing_.erase(0, std::exchange(taken_, 0));
      outgoing_.append(piece_, 0, *done);
      source_ended_ = *done == 0;
      if (std::exchange(is_starved_, false)) notify();
    } else if (step == Step::finish) {
      sink_finished_ = true;
      notify();
    }
  }
  working_ = running_ = false;
  if (waiting_) return drop_streams(std::exchange(waiting_, nullptr));
  // One step at a time: others wait for these threads too.
  work_on();
}

Result<std::size_t> BodyFlow::carry_out(Step step, bool is_first) {
  try {
    auto done = step == Step::read ? read(is_first) : write(is_first, step == Step::finish);
    if (done && streams_.on_progress) streams_.on_progress(progress_);
    return done;
  } catch (const std::exception& error) {
    return fail(Errc::io_error, std::string("what the body passes through failed: ") + error.what());
  } catch (...) {
    return fail(Errc::io_error,
                "what the body passes through failed with something that is no std::exception");
  }
}

Result<std::size_t> BodyFlow::read(bool is_first) {
  BodySource& source = *streams_.source;
  if (is_first) {
    progress_ = {};
    progress_.to_send = source.size();
    if (auto begun = source.begin(); !begun) return std::unexpected(std::move(begun.error()));
  }
  std::size_t room = read_size;
  if (const auto all = progress_.to_send)
    room = static_cast<std::size_t>(std::min<std::uint64_t>(room, *all - progress_.sent));
  // All that was announced is there: what may come after it is not asked for.
  if (room == 0) return 0;
  piece_.resize(room);
  auto size = source.read(piece_);
  if (!size) return size;
  if (*size > room) return fail(Errc::io_error, "the source of the body gave more than it was asked for");
  if (*size == 0 && progress_.to_send) {
    return fail(Errc::io_error, "the source of the body ended after " + std::to_string(progress_.sent) +
                                    " of " + std::to_string(*progress_.to_send) +
                                    " bytes; has it changed meanwhile?");
  }
  progress_.sent += *size;
  return size;
}

Result<std::size_t> BodyFlow::write(bool is_first, bool is_last) {
  BodySink& sink = *streams_.sink;
  if (is_first) {
    progress_.received = 0;
    if (auto begun = sink.begin(progress_.to_receive); !begun)
      return std::unexpected(std::move(begun.error()));
  }
  auto done = is_last ? sink.finish() : sink.write(piece_);
  if (!done) return std::unexpected(std::move(done.error()));
  progress_.received += piece_.size();
  return piece_.size();
}

}  // namespace wats::http::detail
