// A peer on loopback that does what a test tells it, over TLS and HTTP/2: gets whole requests, then answers
// or misbehaves.
#pragma once

#include "tests/support/test_authority.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wats::testing {

class Http2Connection;

/// Names in small letters.
using Http2Headers = std::vector<std::pair<std::string, std::string>>;

struct Http2Request {
  std::string method;
  std::string path;
  Http2Headers headers;
  std::string body;
};

/// The stream of one request, and the connection beneath it. What it is told is on the wire when the call
/// returns, as far as the client's windows allow; the rest follows once the script has returned. A script
/// that does nothing leaves the request without an answer. *Lifetime*: the call of the script.
class Http2Stream {
 public:
  Http2Stream(Http2Connection& connection, std::int32_t id) : connection_(connection), id_(id) {}
  Http2Stream(const Http2Stream&) = delete;
  Http2Stream& operator=(const Http2Stream&) = delete;
  ~Http2Stream() = default;

  /// A whole answer, as JSON, with its length.
  void answer(int status, std::string body, Http2Headers headers = {});
  /// An answer in pieces, with these headers only. Without end() the client waits for the rest.
  void begin(int status, const Http2Headers& headers = {});
  /// False when nobody waits for more: see stopping().
  bool data(std::string_view piece);
  void end();
  /// RST_STREAM.
  void reset(std::uint32_t error_code);
  /// GOAWAY. *covers_this*: this request may still be answered; otherwise it was certainly not processed. The
  /// connection ends with the last answer.
  void go_away(std::uint32_t error_code, bool covers_this);
  /// Ends TLS and TCP in good order.
  void hang_up();
  /// Resets TCP.
  void abort();
  /// Bytes in place of frames.
  void write_raw(std::string_view bytes);
  /// No answer, while other streams are served. In on_head: no room for its body either, beyond the first
  /// window.
  void keep_silent();

  /// The server is being destroyed, or the client has given up the stream or the connection: a script that
  /// sleeps asks this now and then.
  [[nodiscard]] bool stopping();

 private:
  Http2Connection& connection_;
  std::int32_t id_;
};

/// *Thread safety*: called in the thread of the connection, for several connections at once.
using Http2Script = std::function<void(const Http2Request& request, Http2Stream& stream)>;

struct Http2ServerOptions {
  /// In place of the authority's certificate for this host.
  std::optional<CertificateFiles> certificate;
  /// Clients must show a certificate signed by the authority.
  bool require_client_certificate = false;
  std::uint32_t max_concurrent_streams = 100;
  /// Bytes of a body that a client may send before it is given more room. 0: uploads stall, but for the
  /// 65,535 bytes that a client may send on a new connection before it knows.
  std::uint32_t initial_window_size = 65'535;
  /// Gets every request once before its body. If it answers, resets or keeps silent, the body is not read and
  /// the script not asked.
  Http2Script on_head;
};

/// One thread a connection; every whole request is handed to the script. The requests of one connection take
/// turns: while a script runs, the others on its connection wait.
class ScriptedHttp2Server {
 public:
  ScriptedHttp2Server(const TestAuthority& authority, Http2Script script, Http2ServerOptions options = {});
  ScriptedHttp2Server(const ScriptedHttp2Server&) = delete;
  ScriptedHttp2Server& operator=(const ScriptedHttp2Server&) = delete;
  ~ScriptedHttp2Server();

  [[nodiscard]] std::string base_url() const;
  /// Those whose head has come, whatever became of them.
  [[nodiscard]] int requests() const;
  /// Those accepted, whether TLS was agreed upon or not.
  [[nodiscard]] int connections() const;

 private:
  class Acceptor;
  std::unique_ptr<Acceptor> acceptor_;
};

}  // namespace wats::testing
