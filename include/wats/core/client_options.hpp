// What a client is told once: where the server is, who asks, how patient it is and what it remembers.
#pragma once

#include "wats/core/attempt.hpp"
#include "wats/core/clock.hpp"
#include "wats/core/error.hpp"
#include "wats/core/logger.hpp"
#include "wats/core/resilience.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace wats::cache {
class SecondLevel;
}

namespace wats {

/// Who the station is, as reports tell it.
struct StationIdentity {
  std::string name;
  std::string location;
  std::string purpose;

  StationIdentity() = default;
};

/// Which answer goes when the cache is full; docs/adr/0017-policies.md compares them.
enum class EvictionPolicy : std::uint8_t {
  /// What was used least recently.
  lru,
  /// The oldest that was not used since it was last looked at.
  sieve,
  /// Soonest what was used once only.
  s3_fifo,
};

/// By whose rules answers are stored and shown.
enum class CacheRules : std::uint8_t {
  /// By the operations' classes and the times below, as long as the server does not say no-store; where it
  /// gives an ETag or a Last-Modified, what is out of time is confirmed instead of fetched anew. The server's
  /// other words about storing do not count: WATS says nothing useful.
  wats,
  /// By what the server says of each answer (RFC 9111, 5861, 8246), for reads of all classes but never, and
  /// for raw requests. Writes make untrue what the cards say, and by RFC 9111 what they were sent to. Not
  /// with a second level.
  strict,
};

/// What the client remembers.
class CacheSettings {
 public:
  CacheSettings() = default;

  bool enabled = true;
  CacheRules rules = CacheRules::wats;
  /// By strict rules: a field that speaks to this cache alone, and then counts instead of Cache-Control (RFC
  /// 9213), for example "Station-Cache-Control"; "" for none.
  std::string targeted_field;
  /// Time to live of answers of class static.
  std::chrono::milliseconds ttl_static = std::chrono::hours(1);
  /// Time to live of answers of class slow.
  std::chrono::milliseconds ttl_slow = std::chrono::minutes(5);
  std::size_t max_entries = 10'000;
  std::size_t max_bytes = std::size_t{32} << 20U;
  EvictionPolicy policy = EvictionPolicy::sieve;
  /// So long after its time to live an answer is given when the server can't give a new one: it is away, too
  /// slow or fails. Such an answer says so in its provenance, and is never older than a change that this
  /// client made or was told of. At most 366 days; zero: never.
  std::chrono::milliseconds stale_if_error = std::chrono::milliseconds(0);
  /// While the server is well an answer is given so long after its time at the most, at once, and a new one
  /// is fetched behind it; never longer than stale_if_error.
  std::chrono::milliseconds stale_while_refreshing = std::chrono::seconds(5);
  /// Where answers of the classes static and slow are kept besides: on disk for the next start
  /// (wats::cache::open_disk()), in Redis for other stations (open_redis()). Null: nowhere.
  std::shared_ptr<cache::SecondLevel> second_level = nullptr;
  /// A folder for the first of the two, opened with the client: "" for none. One client a folder at a time.
  std::string directory;
};

/// Options of a client; every setter gives the object back, so they chain:
///
///     wats::Client
///     client(wats::ClientOptions().base_url("https://wats.example").token(secret).timeout(10s));
///
/// Where options come from and which wins: docs/adr/0008-options.md; `wats::load_options()` does it.
class ClientOptions {
 public:
  ClientOptions() = default;

  /// http(s)://host[:port][/path]; a trailing /api is cut off.
  ClientOptions& base_url(std::string url);
  /// The base64 text that the server issues. Sent over https, or over http to loopback only.
  ClientOptions& token(std::string text);
  /// Total time for one call unless it says otherwise; default 30 s.
  ClientOptions& timeout(std::chrono::milliseconds total);
  /// Time to reach the server (name, TCP, TLS); default 10 s.
  ClientOptions& connect_timeout(std::chrono::milliseconds limit);
  /// Time for one attempt of a call, after which it may be repeated; default: the call's whole time.
  ClientOptions& attempt_timeout(std::chrono::milliseconds limit);
  ClientOptions& retry(RetrySettings settings);
  ClientOptions& breaker(BreakerSettings settings);
  ClientOptions& rate(RateSettings settings);
  ClientOptions& concurrency(ConcurrencySettings settings);
  ClientOptions& hedge(HedgeSettings settings);
  /// Who the calling station is. Carried for programs that write reports; the client itself sends none of it.
  ClientOptions& station(StationIdentity identity);
  ClientOptions& cache(CacheSettings settings);
  /// Asks the server every time.
  ClientOptions& no_cache();
  /// Clients with this name for the same server share what a second level keeps, whatever their tokens. It
  /// gives up that the server decides for each token what it may see: only for tokens with the same rights.
  /// "" (the default): nobody is shown what another token was answered.
  ClientOptions& cache_scope(std::string name);
  /// The folder of the outbox that `Client::submit()` hands reports to, opened with the client; "": none.
  /// Default: one for this user and server below the folder for state ($XDG_STATE_HOME/wats/outbox), opened
  /// by the first submit().
  ClientOptions& outbox(std::string directory);
  /// Largest body of an answer in bytes, after decompression; default 256 MiB.
  ClientOptions& max_answer_bytes(std::size_t bytes);
  /// Requests of asynchronous calls under way at once, 1 to 10 000; the rest wait their turn. Default 64.
  ClientOptions& max_in_flight(std::size_t requests);
  /// Threads that may be inside .get() with a loop of their own at once; more share the background one.
  /// 1 to 1024, default 4.
  ClientOptions& max_lanes(std::size_t lanes);
  /// Sends the token over plain http to any host. For closed test networks.
  ClientOptions& allow_plain_http(bool allow);
  /// Does not check the server's certificate. Each client made so logs a warning.
  ClientOptions& verify_tls(bool verify);
  /// PEM file of the certificate authorities to trust, instead of the system's.
  ClientOptions& ca_file(std::string path);
  /// PEM files of a certificate to show to the server, and of its key. Redirects are then not followed: it is
  /// shown to no other.
  ClientOptions& client_certificate(std::string certificate_file, std::string key_file);
  /// http(s)://[user:password@]host:port, socks5://...; unset: as http_proxy, https_proxy and no_proxy say.
  /// "": none.
  ClientOptions& proxy(std::string url);
  /// Connections older than this serve no further request; default 1 h.
  ClientOptions& max_connection_age(std::chrono::seconds age);
  /// Largest head of an answer in bytes; default 256 KiB.
  ClientOptions& max_header_bytes(std::size_t bytes);
  /// Receives what the client has to say, a line at a time, from any of its threads.
  ClientOptions& logger(Logger receiver);
  /// Is told of every attempt when it is over, from any of the client's threads; must not block or throw.
  ClientOptions& on_attempt(AttemptObserver observer);
  /// What cached answers and settling windows age by; for tests. Default: the system's monotonic clock.
  ClientOptions& clock(std::shared_ptr<const Clock> source);

  [[nodiscard]] const std::string& base_url() const noexcept { return base_url_; }
  /// Whether base_url names this machine: such a server is asked through no proxy but one that was set with
  /// proxy().
  [[nodiscard]] bool is_loopback() const;
  [[nodiscard]] const std::string& token() const noexcept { return token_; }
  [[nodiscard]] std::chrono::milliseconds timeout() const noexcept { return timeout_; }
  [[nodiscard]] std::chrono::milliseconds connect_timeout() const noexcept { return connect_timeout_; }
  [[nodiscard]] std::optional<std::chrono::milliseconds> attempt_timeout() const noexcept {
    return attempt_timeout_;
  }
  [[nodiscard]] const RetrySettings& retry() const noexcept { return retry_; }
  [[nodiscard]] const BreakerSettings& breaker() const noexcept { return breaker_; }
  [[nodiscard]] const RateSettings& rate() const noexcept { return rate_; }
  [[nodiscard]] const ConcurrencySettings& concurrency() const noexcept { return concurrency_; }
  [[nodiscard]] const HedgeSettings& hedge() const noexcept { return hedge_; }
  [[nodiscard]] const StationIdentity& station() const noexcept { return station_; }
  [[nodiscard]] const CacheSettings& cache() const noexcept { return cache_; }
  [[nodiscard]] const std::string& cache_scope() const noexcept { return cache_scope_; }
  [[nodiscard]] const std::optional<std::string>& outbox() const noexcept { return outbox_; }
  [[nodiscard]] std::size_t max_answer_bytes() const noexcept { return max_answer_bytes_; }
  [[nodiscard]] std::size_t max_in_flight() const noexcept { return max_in_flight_; }
  [[nodiscard]] std::size_t max_lanes() const noexcept { return max_lanes_; }
  [[nodiscard]] bool allow_plain_http() const noexcept { return allow_plain_http_; }
  [[nodiscard]] bool verify_tls() const noexcept { return verify_tls_; }
  [[nodiscard]] const std::string& ca_file() const noexcept { return ca_file_; }
  [[nodiscard]] const std::string& certificate_file() const noexcept { return certificate_file_; }
  [[nodiscard]] const std::string& key_file() const noexcept { return key_file_; }
  [[nodiscard]] const std::optional<std::string>& proxy() const noexcept { return proxy_; }
  [[nodiscard]] std::chrono::seconds max_connection_age() const noexcept { return max_connection_age_; }
  [[nodiscard]] std::size_t max_header_bytes() const noexcept { return max_header_bytes_; }
  [[nodiscard]] const AttemptObserver& on_attempt() const noexcept { return on_attempt_; }
  [[nodiscard]] const Logger& logger() const noexcept { return logger_; }
  [[nodiscard]] const std::shared_ptr<const Clock>& clock() const noexcept { return clock_; }

  /// Whether a client can work with this. *Errors*: Errc::invalid_options naming the option and the mend; the
  /// token itself is never shown.
  [[nodiscard]] Result<void> validate() const;

 private:
  [[nodiscard]] Result<void> validate_resilience() const;

  std::string base_url_;
  std::string token_;
  std::chrono::milliseconds timeout_ = std::chrono::seconds(30);
  std::chrono::milliseconds connect_timeout_ = std::chrono::seconds(10);
  std::optional<std::chrono::milliseconds> attempt_timeout_;
  RetrySettings retry_;
  BreakerSettings breaker_;
  RateSettings rate_;
  ConcurrencySettings concurrency_;
  HedgeSettings hedge_;
  StationIdentity station_;
  CacheSettings cache_;
  std::string cache_scope_;
  std::optional<std::string> outbox_;
  std::size_t max_answer_bytes_ = std::size_t{256} << 20U;
  std::size_t max_in_flight_ = 64;
  std::size_t max_lanes_ = 4;
  bool allow_plain_http_ = false;
  bool verify_tls_ = true;
  std::string ca_file_;
  std::string certificate_file_;
  std::string key_file_;
  std::optional<std::string> proxy_;
  std::chrono::seconds max_connection_age_ = std::chrono::hours(1);
  std::size_t max_header_bytes_ = std::size_t{256} << 10U;
  AttemptObserver on_attempt_;
  Logger logger_;
  std::shared_ptr<const Clock> clock_;
};

}  // namespace wats
