// What is told of one attempt of a call: one request sent, however it ended.
#pragma once

#include "wats/core/error.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

namespace wats {

/// One attempt that is over. Views are valid during the observer's call only.
class AttemptReport {
 public:
  AttemptReport() = default;

  /// operationId of the call, "raw", or "raw_stream" with a source or a sink.
  std::string_view operation;
  /// Sent to the server as X-Request-Id; the same for all attempts of a call.
  std::string_view request_id;
  /// From 1; a hedge, the second of two requests under way at once, has a number of its own.
  int number = 0;
  bool is_hedge = false;
  /// HTTP status, 0 without an answer.
  int status = 0;
  /// Why there was no answer.
  std::optional<Errc> failure;
  /// "HTTP/1.1", "HTTP/2"; empty without an answer.
  std::string_view protocol;
  /// Over a connection that was open already.
  bool reused_connection = false;
  /// Since the attempt began; zero for what did not happen.
  std::chrono::microseconds name_resolved{0};
  std::chrono::microseconds connected{0};
  std::chrono::microseconds secured{0};
  std::chrono::microseconds first_byte{0};
  std::chrono::microseconds total{0};
  /// Of the body, as they came over the wire.
  std::size_t bytes_received = 0;
  /// Another attempt follows, after this time.
  std::optional<std::chrono::nanoseconds> again_after;
  /// What was decided after a failure, for people; empty after a success.
  std::string_view verdict;
};

using AttemptObserver = std::function<void(const AttemptReport&)>;

}  // namespace wats
