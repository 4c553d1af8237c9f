// BodyFlow: a call's bodies on their way between its exchange and the caller's source and sink.
#pragma once

#include "wats/core/body.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace wats::http::detail {

class CallRun;
class Exchange;
class Loop;

/// Source and sink may block, a loop must not: the one moves what curl has or wants in and out of two
/// buffers, a thread for bodies does the rest, one step at a time. A full or empty buffer pauses the
/// exchange. *Thread safety*: the steps run on one of *threads*; everything public is the loop's.
/// *Ownership*: by the call; by itself while a step runs.
class BodyFlow : public std::enable_shared_from_this<BodyFlow> {
 public:
  /// Bytes held for the sink, beside one piece that is being written; beyond it nothing is received.
  static constexpr std::size_t most_received = std::size_t{512} << 10U;
  /// Bytes held for the network.
  static constexpr std::size_t most_read = std::size_t{256} << 10U;

  /// *threads*: where source and sink work. *ending*: where they are destroyed, which may block too.
  BodyFlow(BodyStreams streams, boost::asio::any_io_executor threads, boost::asio::any_io_executor ending)
      : streams_(std::move(streams)), threads_(std::move(threads)), ending_(std::move(ending)) {}

  [[nodiscard]] bool sends() const noexcept { return streams_.source != nullptr; }
  [[nodiscard]] bool receives() const noexcept { return streams_.sink != nullptr; }
  [[nodiscard]] std::optional<std::uint64_t> size_to_send() const noexcept { return streams_.source->size(); }

  /// An attempt begins. Loop::go_on() of *exchange* is called when a step has changed something for it, until
  /// abandon().
  void begin(std::shared_ptr<Loop> loop, Exchange& exchange);
  /// The attempt is over, well or not: no further step begins for it.
  void abandon() noexcept;
  /// Bytes to send, 0: all have been; nothing: none there now.
  [[nodiscard]] std::optional<std::size_t> take(std::span<char> room);
  /// The head of the answer has come.
  void answer_begins(std::optional<std::uint64_t> size);
  /// False: no room now, and nothing taken.
  [[nodiscard]] bool put(std::string_view piece);
  /// All of the answer has been put.
  void answer_ends();
  /// The sink has all of it, and said so.
  [[nodiscard]] bool is_finished();
  /// Why source or sink can't go on.
  [[nodiscard]] std::optional<Error> error();
  /// Has the exchange look whether it can go on.
  void nudge();
  /// Drops source and sink, once no step runs any more; then *call* is told on its loop. None begins.
  void let_go(std::shared_ptr<CallRun> call);

 private:
  enum class Step : std::uint8_t { none, read, write, finish };

  [[nodiscard]] Step next_step() const noexcept;
  /// Has the next step run, if there is one and none runs.
  void work_on();
  void work() noexcept;
  /// Gives the bytes that have passed.
  [[nodiscard]] Result<std::size_t> carry_out(Step step, bool is_first);
  [[nodiscard]] Result<std::size_t> read(bool is_first);
  [[nodiscard]] Result<std::size_t> write(bool is_first, bool is_last);
  /// Wakes the exchange. Under the mutex.
  void notify();
  void drop_streams(std::shared_ptr<CallRun> call);

  BodyStreams streams_;
  const boost::asio::any_io_executor threads_;
  const boost::asio::any_io_executor ending_;

  // The running step's.
  std::string piece_;
  BodyProgress progress_;

  std::mutex mutex_;  // guards what follows
  std::shared_ptr<Loop> loop_;
  Exchange* exchange_ = nullptr;
  std::uint64_t attempt_ = 0;
  bool open_ = false;
  /// A step is under way or about to be; source or sink is being called.
  bool working_ = false;
  bool running_ = false;
  std::optional<Error> error_;
  std::shared_ptr<CallRun> waiting_;

  bool source_begun_ = false;
  bool source_ended_ = false;
  std::string outgoing_;
  std::size_t taken_ = 0;
  /// The exchange waits for bytes to send.
  bool is_starved_ = false;

  bool answer_ended_ = false;
  bool sink_begun_ = false;
  bool sink_finished_ = false;
  std::optional<std::uint64_t> to_receive_;
  std::string incoming_;
  /// The exchange waits for room.
  bool is_full_ = false;
};

}  // namespace wats::http::detail
