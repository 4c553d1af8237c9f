// Exchange: one HTTP request and its answer in a pooled curl handle.
#pragma once

#include "wats/core/attempt.hpp"
#include "wats/core/client_options.hpp"
#include "wats/core/error.hpp"
#include "wats/http/detail/buffers.hpp"
#include "wats/http/detail/request.hpp"

#include <curl/curl.h>

#include <array>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wats::http::detail {

class BodyFlow;
class CallRun;
class Loop;

/// What every exchange of a client has in common; built once from the options.
class TransportSettings {
 public:
  explicit TransportSettings(const ClientOptions& options, Bodies bodies = Bodies::in_memory);

  std::string base_url;
  /// "host:port" as errors tell it.
  std::string place;
  std::string authorization;
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
  std::optional<std::string> proxy;
  long max_connection_age_s;
  std::size_t max_header;
  long connect_timeout_ms;
  std::size_t max_body;
  long max_connections;
  std::shared_ptr<Buffers> buffers = std::make_shared<Buffers>();
  bool verify_tls;
  /// The server is on this machine: never asked through a proxy, whatever the environment says.
  bool is_loopback;
  /// Connections may turn out to speak HTTP/2, and be shared. Never those of streamed bodies: libcurl 7.88
  /// reads for nobody on a shared connection while one of its requests is paused.
  bool may_share;
};

/// How an exchange ended.
class ExchangeResult {
 public:
  ExchangeResult() = default;

  std::optional<Error> error;
  /// The request may have reached the server.
  bool may_have_been_sent = false;
  /// Without an answer: it may go better the next time.
  bool is_transient = false;
  /// Says nothing about the server, which was not the one to blame: this side could not take the answer, a
  /// proxy refused, or another server answered, to which this one had sent us.
  bool is_not_servers = false;
  WireAnswer* answer = nullptr;
};

/// A curl easy handle with its buffers. Used by one loop, for one request at a time.
class Exchange {
 public:
  explicit Exchange(const TransportSettings& settings);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange();

  /// Lays the request out; the handle can be added to a multi afterwards. *flow*: null, or what the bodies
  /// pass through.
  void prepare(CallRun& owner, WireRequest&& request, std::string_view request_id,
               std::shared_ptr<BodyFlow> flow);
  /// When what happened, as far as it did.
  void tell(AttemptReport& report) const;
  /// Curl said it is over. False: its answer has yet to reach the caller's sink.
  [[nodiscard]] bool has_arrived(CURLcode code);
  /// What its flow waited for is there. True: the exchange is over.
  [[nodiscard]] bool go_on();
  /// How curl said that it ended.
  [[nodiscard]] CURLcode code() const noexcept { return code_; }
  /// Nothing passes through the flow for it any more.
  void leave_flow() noexcept;
  /// Reads how it went after curl said it is over.
  [[nodiscard]] ExchangeResult result(CURLcode code);
  /// Whether the request may have reached the server by now.
  [[nodiscard]] bool may_have_been_sent() const noexcept { return sends_ > 0 && !is_untouched_; }
  /// Forgets owner and request; keeps handle and buffers.
  void recycle() noexcept;

  [[nodiscard]] CURL* handle() const noexcept { return easy_.get(); }
  [[nodiscard]] CallRun* owner() const noexcept { return owner_; }
  [[nodiscard]] static Exchange* of(CURL* easy) noexcept;

  /// It opens a connection for itself, or could not since this process has no more sockets.
  void connects(bool has_socket) noexcept {
    connects_ = true;
    lacks_sockets_ = lacks_sockets_ || !has_socket;
  }
  /// Whether the request came as far as to a connection, of its own or one that had been open.
  [[nodiscard]] bool has_tried() const noexcept { return connects_ || sends_ > 0; }

  /// The one that runs it; the loop's.
  Loop* loop = nullptr;
  /// Its place among those under way; the loop's.
  static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);
  std::size_t place = nowhere;
  /// "host:port" of the one that was asked last.
  [[nodiscard]] std::string place_asked() const;

 private:
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept;
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self) noexcept;
  static std::size_t on_room(char* room, std::size_t size, std::size_t count, void* self) noexcept;
  static int on_send(void* self, char* ip, char* local_ip, int port, int local_port) noexcept;
  void set_method(Method method, bool has_body);
  [[nodiscard]] curl_slist* headers_for(bool sends_body);
  /// Whether the answer is wanted as it comes.
  void set_as_is(bool is_as_is);
  void note_header(std::string_view line);
  void end_of_head();
  [[nodiscard]] bool sends_stream() const noexcept;
  /// Whether this is a body for the caller's sink.
  [[nodiscard]] bool receives_stream() const noexcept;
  /// *size*: bytes that will come, where that is known.
  void begin_stream(std::optional<std::uint64_t> size);
  [[nodiscard]] std::size_t stream(std::string_view piece);
  /// The lines that requests have in common.
  void lay_out_headers();
  void patch_request_id(std::string_view request_id) noexcept;
  [[nodiscard]] Error transport_error(CURLcode code) const;
  /// What the proxy answered when asked for a connection, 0 for none.
  [[nodiscard]] long proxy_status() const noexcept;
  /// Whether the server has sent us elsewhere.
  [[nodiscard]] bool is_elsewhere() const noexcept;
  [[nodiscard]] std::optional<std::chrono::seconds> retry_after() const;

  struct EasyCloser {
    void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
  };
  struct ListCloser {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
  };
  using Headers = std::unique_ptr<curl_slist, ListCloser>;

  /// Header lines of one request, which go on with lines that all have.
  struct OwnHeaders {
    /// Their texts stay where they are.
    std::deque<std::string> lines;
    std::vector<curl_slist> nodes;
    /// Where those begin that are sent without a body.
    std::size_t bodiless = 0;
  };

  const TransportSettings& settings_;
  std::unique_ptr<CURL, EasyCloser> easy_;
  Headers headers_;
  curl_slist* bodiless_headers_ = nullptr;
  /// Those that no request may do without.
  curl_slist* fixed_headers_ = nullptr;
  curl_slist* request_id_line_ = nullptr;
  CallRun* owner_ = nullptr;
  WireRequest request_;
  WireAnswer answer_;
  std::string url_;
  std::array<char, CURL_ERROR_SIZE> error_text_{};
  std::optional<Method> method_;
  bool body_set_ = false;
  bool is_as_is_ = false;
  bool too_large_ = false;
  std::size_t header_bytes_ = 0;
  /// Of the head that comes, or came.
  int head_status_ = 0;
  /// The empty line behind the last head has come.
  bool head_is_whole_ = false;
  /// The body is compressed: its length on the wire is not the one that comes out.
  bool is_encoded_ = false;
  /// Retry-After and Date as they came.
  std::string retry_after_;
  std::string date_;
  /// Times curl was about to send the request over a connection.
  int sends_ = 0;
  /// The first time over one that was opened for it.
  bool first_was_fresh_ = false;
  /// Curl gave it up unprocessed: it asked for another connection although the first was fresh.
  bool is_untouched_ = false;
  bool connects_ = false;
  bool lacks_sockets_ = false;
  std::shared_ptr<BodyFlow> flow_;
  bool answer_begun_ = false;
  /// Curl waits for flow_: has no bytes to send, no room for what came.
  bool is_starved_ = false;
  bool is_full_ = false;
  /// Curl is done with it, and this is what it said.
  bool is_over_ = false;
  CURLcode code_ = CURLE_OK;
  /// In place of the usual first headers, or of all but the fixed ones.
  std::unique_ptr<OwnHeaders> own_headers_;
};

}  // namespace wats::http::detail
