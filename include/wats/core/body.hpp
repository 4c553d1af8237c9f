// Bodies too large to hold in memory: where they come from and go to, piece by piece.
#pragma once

#include "wats/core/error.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace wats {

/// Where the body of a request comes from.
/// *Thread safety*: begin() and read() are called by a thread of the client's own, one at a time, and may
/// block: the network waits for them, calls without source or sink don't. At most four of a client's bodies
/// are at work at once; they must not close the client or wait for another call with a source or a sink. The
/// call is over only when none of them runs any more, and source and sink are destroyed, on a thread that may
/// block too, unless the caller keeps them; but a coroutine that is destroyed while it waits does
/// not wait for that. *Errors*: what they give back, or throw, ends the call.
class BodySource {
 public:
  BodySource() = default;
  BodySource(const BodySource&) = delete;
  BodySource& operator=(const BodySource&) = delete;
  virtual ~BodySource() = default;

  /// Bytes there are; nothing when that is not known, which some servers refuse. Never changes. Asked on the
  /// client's own thread, also while read() is at work: it must not block.
  [[nodiscard]] virtual std::optional<std::uint64_t> size() const noexcept = 0;
  /// Goes to the first byte: before the first read(), and again when the request is repeated.
  [[nodiscard]] virtual Result<void> begin() = 0;
  /// Fills *room* from its beginning. Gives the number of bytes, 0 at the end.
  [[nodiscard]] virtual Result<std::size_t> read(std::span<char> room) = 0;
};

/// Where the body of a successful answer goes. *Thread safety, errors*: as for BodySource.
class BodySink {
 public:
  BodySink() = default;
  BodySink(const BodySink&) = delete;
  BodySink& operator=(const BodySink&) = delete;
  virtual ~BodySink() = default;

  /// A body begins. When a read is repeated since its answer broke off, this comes again: what was written
  /// before is void. *size*: bytes that will come, where the server tells.
  [[nodiscard]] virtual Result<void> begin(std::optional<std::uint64_t> size) = 0;
  [[nodiscard]] virtual Result<void> write(std::string_view piece) = 0;
  /// All has been written. Never called for an answer that broke off.
  [[nodiscard]] virtual Result<void> finish() = 0;
};

/// How far the bodies of one attempt are, in bytes as they pass the source and the sink.
struct BodyProgress {
  std::uint64_t sent = 0;
  std::optional<std::uint64_t> to_send{};
  std::uint64_t received = 0;
  std::optional<std::uint64_t> to_receive{};
};

/// Called after each piece, as the source and the sink are.
using ProgressObserver = std::function<void(const BodyProgress& progress)>;

/// What a call's bodies pass through instead of memory.
struct BodyStreams {
  BodyStreams() = default;

  std::shared_ptr<BodySource> source;
  std::shared_ptr<BodySink> sink;
  ProgressObserver on_progress;
};

/// The bytes that a file has now: what is appended before it is sent stays out, and a file that has shrunk
/// ends the call. *Errors*: Errc::io_error when there is no such file or it can't be read.
[[nodiscard]] Result<std::shared_ptr<BodySource>> from_file(const std::string& path);

/// Writes the file *path*, which appears, or is replaced, when the whole body is there and on the disk; until
/// then the bytes are in *path*.XXXXXX.part, which goes with the sink; a process that is killed leaves it
/// behind. What is no file, a pipe or a device, is written to as it is.
/// *most_bytes*: a larger body ends the call with Errc::answer_too_large.
[[nodiscard]] std::shared_ptr<BodySink> to_file(
    std::string path, std::uint64_t most_bytes = std::numeric_limits<std::uint64_t>::max());

/// Hands each piece to *write*. Can't begin again: a call whose answer breaks off after the first piece
/// fails.
[[nodiscard]] std::shared_ptr<BodySink> to_function(
    std::function<Result<void>(std::string_view piece)> write);

}  // namespace wats
