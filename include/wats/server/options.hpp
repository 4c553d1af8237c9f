// Options of the embedded server.
#pragma once

#include "wats/server/fault.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace wats::server {

/// One answered request, for a log. Texts are borrowed for the call only; *path* comes without its query.
struct RequestLog {
  std::string_view method;
  std::string_view path;
  std::string_view operation;  ///< operationId; empty when no route matched
  std::string_view request_id;
  int status = 0;  ///< 0: closed without an answer
  std::chrono::microseconds duration{0};
  std::size_t bytes = 0;
};

/// The bodies of one exchange, as they travelled. Texts are borrowed for the call only.
struct TrafficLog {
  std::string_view operation;  ///< operationId
  int status = 0;
  std::string_view request_type;  ///< Content-Type; empty when there is none
  std::string_view request_body;
  std::string_view answer_type;
  std::string_view answer_body;
  bool answer_is_gzipped = false;
};

// clang-format off: it would fill the table up to paragraphs.
/// What an embedded server is started with.
///
/// | option | default | meaning |
/// |---|---|---|
/// | port | 0 | TCP port on 127.0.0.1; 0 takes a free one |
/// | database | ":memory:" | SQLite file, created with mode 0600; ":memory:" is a private temporary file without syncs |
/// | tokens | none | accepted `Authorization: Basic` tokens; none: one is made up, see Server::token() |
/// | latency, jitter | 0 | every API answer takes latency plus a uniform part of jitter longer; half before, half after |
/// | ingest_delay | 0 | a report is taken in durably at once but shows in queries only so much later |
/// | rate_limit_per_minute | 0 | requests a token may send in any 60 s; 0: no limit |
/// | faults | none | planted faults |
/// | workers | 2 | reader threads |
/// | max_body | 64 MiB | larger request bodies are refused with 413 |
/// | keep_history | 200 000 | row versions kept in memory for Server::history(); the oldest go first |
/// | idle_timeout | 60 s | idle connections are closed |
/// | seed | 42 | of jitter and of the faults' dice |
// clang-format on
struct Options {
  std::uint16_t port = 0;
  std::string database = ":memory:";
  std::vector<std::string> tokens;
  std::chrono::microseconds latency{0};
  std::chrono::microseconds jitter{0};
  std::chrono::milliseconds ingest_delay{0};
  std::uint32_t rate_limit_per_minute = 0;
  std::vector<Fault> faults;
  unsigned workers = 2;
  std::size_t max_body = std::size_t{64} << 20U;
  std::size_t keep_history = 200'000;
  std::chrono::seconds idle_timeout{60};
  std::uint64_t seed = 42;
  /// Called once an answered request on the server's I/O thread; must not throw or block.
  std::function<void(const RequestLog&)> on_request;
  /// Called likewise, once for every request that reached an operation and was answered as the operation
  /// wanted it, without a planted fault. Costs a copy of each request's body.
  std::function<void(const TrafficLog&)> on_traffic;
};

}  // namespace wats::server
