#include "wats/core/client_options.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <system_error>
#include <utility>

namespace wats {
namespace {

/// The parts of a base URL that decide what may be sent there.
struct BaseUrl {
  std::string_view scheme;
  std::string_view host;
};

std::optional<BaseUrl> split(std::string_view url) {
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  BaseUrl parts{.scheme = url.substr(0, scheme_end), .host = {}};
  std::string_view rest = url.substr(scheme_end + 3);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (rest.find('@') != std::string_view::npos) return std::nullopt;
  if (rest.starts_with('[')) {
    const auto end = rest.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    parts.host = rest.substr(1, end - 1);
  } else {
    parts.host = rest.substr(0, rest.find(':'));
  }
  if (parts.host.empty()) return std::nullopt;
  return parts;
}

/// 127.a.b.c, all four numbers written out: "127.example.com" is a name like any other.
bool is_loopback_quad(std::string_view host) {
  int numbers = 0;
  for (bool first = true; !host.empty() || first; first = false) {
    const auto end = host.find('.');
    const std::string_view text = host.substr(0, end);
    int number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || stop != text.data() + text.size() || number < 0 || number > 255) return false;
    if (first && number != 127) return false;
    ++numbers;
    if (end == std::string_view::npos) break;
    host.remove_prefix(end + 1);
  }
  return numbers == 4;
}

bool names_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || is_loopback_quad(host);
}

constexpr std::chrono::hours longest_wait(24);
constexpr std::chrono::hours longest_ttl(24 * 366);
constexpr std::size_t most_in_flight = 10'000;
constexpr std::size_t most_lanes = 1'024;
constexpr int most_attempts = 10;
constexpr std::uint32_t most_per_minute = 10'000'000;

bool names_proxy_scheme(std::string_view url) {
  constexpr std::array<std::string_view, 6> known = {"http://",    "https://",  "socks4://",
                                                     "socks4a://", "socks5://", "socks5h://"};
  return std::any_of(known.begin(), known.end(),
                     [&](std::string_view scheme) { return url.starts_with(scheme); });
}

bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

ClientOptions& ClientOptions::base_url(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  if (url.ends_with("/api")) url.resize(url.size() - 4);
  while (url.ends_with('/')) url.pop_back();
  base_url_ = std::move(url);
  return *this;
}
ClientOptions& ClientOptions::token(std::string text) {
  token_ = std::move(text);
  return *this;
}
ClientOptions& ClientOptions::timeout(std::chrono::milliseconds total) {
  timeout_ = total;
  return *this;
}
ClientOptions& ClientOptions::connect_timeout(std::chrono::milliseconds limit) {
  connect_timeout_ = limit;
  return *this;
}
ClientOptions& ClientOptions::retry(RetrySettings settings) {
  retry_ = settings;
  return *this;
}
ClientOptions& ClientOptions::breaker(BreakerSettings settings) {
  breaker_ = settings;
  return *this;
}
ClientOptions& ClientOptions::concurrency(ConcurrencySettings settings) {
  concurrency_ = settings;
  return *this;
}
ClientOptions& ClientOptions::hedge(HedgeSettings settings) {
  hedge_ = settings;
  return *this;
}
ClientOptions& ClientOptions::rate(RateSettings settings) {
  rate_ = std::move(settings);
  return *this;
}
ClientOptions& ClientOptions::attempt_timeout(std::chrono::milliseconds limit) {
  attempt_timeout_ = limit;
  return *this;
}
ClientOptions& ClientOptions::station(StationIdentity identity) {
  station_ = std::move(identity);
  return *this;
}
ClientOptions& ClientOptions::cache(CacheSettings settings) {
  cache_ = settings;
  return *this;
}
ClientOptions& ClientOptions::no_cache() {
  cache_.enabled = false;
  return *this;
}
ClientOptions& ClientOptions::cache_scope(std::string name) {
  cache_scope_ = std::move(name);
  return *this;
}
ClientOptions& ClientOptions::outbox(std::string directory) {
  outbox_ = std::move(directory);
  return *this;
}

ClientOptions& ClientOptions::max_answer_bytes(std::size_t bytes) {
  max_answer_bytes_ = bytes;
  return *this;
}
ClientOptions& ClientOptions::max_in_flight(std::size_t requests) {
  max_in_flight_ = requests;
  return *this;
}
ClientOptions& ClientOptions::max_lanes(std::size_t lanes) {
  max_lanes_ = lanes;
  return *this;
}
ClientOptions& ClientOptions::allow_plain_http(bool allow) {
  allow_plain_http_ = allow;
  return *this;
}
ClientOptions& ClientOptions::verify_tls(bool verify) {
  verify_tls_ = verify;
  return *this;
}
ClientOptions& ClientOptions::ca_file(std::string path) {
  ca_file_ = std::move(path);
  return *this;
}
ClientOptions& ClientOptions::client_certificate(std::string certificate_file, std::string key_file) {
  certificate_file_ = std::move(certificate_file);
  key_file_ = std::move(key_file);
  return *this;
}
ClientOptions& ClientOptions::proxy(std::string url) {
  proxy_ = std::move(url);
  return *this;
}
ClientOptions& ClientOptions::max_connection_age(std::chrono::seconds age) {
  max_connection_age_ = age;
  return *this;
}
ClientOptions& ClientOptions::max_header_bytes(std::size_t bytes) {
  max_header_bytes_ = bytes;
  return *this;
}
ClientOptions& ClientOptions::on_attempt(AttemptObserver observer) {
  on_attempt_ = std::move(observer);
  return *this;
}
ClientOptions& ClientOptions::logger(Logger receiver) {
  logger_ = std::move(receiver);
  return *this;
}
ClientOptions& ClientOptions::clock(std::shared_ptr<const Clock> source) {
  clock_ = std::move(source);
  return *this;
}

bool ClientOptions::is_loopback() const {
  const auto url = split(base_url_);
  return url && names_loopback(url->host);
}

Result<void> ClientOptions::validate_resilience() const {
  const auto fits = [](std::chrono::milliseconds time) { return time > time.zero() && time <= longest_wait; };
  const auto is_part = [](double part) { return part > 0 && part <= 1; };
  if (attempt_timeout_ && !fits(*attempt_timeout_))
    return fail(Errc::invalid_options, "attempt_timeout must be longer than 0 ms, at most 24 h");
  if (retry_.attempts < 1 || retry_.attempts > most_attempts)
    return fail(Errc::invalid_options, "retry attempts must be 1 to 10");
  for (const auto delay : {retry_.base_delay, retry_.throttled_base_delay, retry_.max_delay}) {
    if (delay < delay.zero() || delay > longest_wait)
      return fail(Errc::invalid_options, "delays of retries must be 0 ms to 24 h");
  }
  if (retry_.budget < 0) return fail(Errc::invalid_options, "the retry budget must not be negative");
  for (const auto time : {breaker_.window, breaker_.slow_after, breaker_.open_for, breaker_.longest_open}) {
    if (!fits(time))
      return fail(Errc::invalid_options, "times of the breaker must be longer than 0 ms, at most 24 h");
  }
  if (!is_part(breaker_.failure_rate) || !is_part(breaker_.slow_rate))
    return fail(Errc::invalid_options, "rates of the breaker must be above 0, at most 1");
  if (rate_.burst == 0 || rate_.burst > most_per_minute || rate_.per_minute.value_or(0) > most_per_minute)
    return fail(Errc::invalid_options,
                "the rate limit takes at most 10 000 000 a minute, and a burst of at least 1");
  if (concurrency_.adaptive && (concurrency_.least == 0 || concurrency_.least > max_in_flight_))
    return fail(Errc::invalid_options, "the least concurrency must be 1 to max_in_flight");
  const bool is_quantile = hedge_.quantile >= 0.5 && hedge_.quantile <= 0.999;
  if (!is_quantile || hedge_.least_delay < hedge_.least_delay.zero() || hedge_.least_delay > longest_wait)
    return fail(Errc::invalid_options,
                "hedging takes a quantile from 0.5 to 0.999 and a delay of 0 ms to 24 h");
  for (const double share : rate_.share) {
    // Told like this, what is no number at all is refused too.
    const bool is_part_or_none = share >= 0 && share <= 1;
    if (!is_part_or_none) return fail(Errc::invalid_options, "shares of the rate limit must be from 0 to 1");
  }
  return {};
}

Result<void> ClientOptions::validate() const {
  if (base_url_.empty()) {
    return fail(Errc::invalid_options, "no server given: set base_url, or WATS_BASE_URL in the environment");
  }
  const auto url = split(base_url_);
  if (!url || (url->scheme != "http" && url->scheme != "https") || !printable(base_url_) ||
      base_url_.find_first_of("?#") != std::string::npos) {
    return fail(Errc::invalid_options,
                "base_url must look like https://host[:port][/path], without user, query or fragment");
  }
  if (!printable(token_)) {
    return fail(Errc::invalid_options,
                "the token has blanks or control characters: copy it again from the server");
  }
  if (!token_.empty() && url->scheme == "http" && !names_loopback(url->host) && !allow_plain_http_) {
    return fail(Errc::invalid_options, "the token would travel unencrypted to " + std::string(url->host) +
                                           ": use https, or set allow_plain_http for a closed test network");
  }
  const auto fits = [](std::chrono::milliseconds time) { return time > time.zero() && time <= longest_wait; };
  if (!fits(timeout_) || !fits(connect_timeout_)) {
    return fail(Errc::invalid_options, "timeout and connect_timeout must be longer than 0 ms, at most 24 h");
  }
  if (max_in_flight_ == 0 || max_in_flight_ > most_in_flight) {
    return fail(Errc::invalid_options, "max_in_flight must be 1 to 10 000");
  }
  if (max_lanes_ == 0 || max_lanes_ > most_lanes) {
    return fail(Errc::invalid_options, "max_lanes must be 1 to 1024");
  }
  if (max_answer_bytes_ == 0) return fail(Errc::invalid_options, "max_answer_bytes must be at least 1");
  if (max_header_bytes_ == 0) return fail(Errc::invalid_options, "max_header_bytes must be at least 1");
  if (max_connection_age_ <= std::chrono::seconds(0) || max_connection_age_ > longest_wait)
    return fail(Errc::invalid_options, "max_connection_age must be 1 s to 24 h");
  if (certificate_file_.empty() != key_file_.empty())
    return fail(Errc::invalid_options, "a client certificate needs both its own file and that of its key");
  if (proxy_ && !proxy_->empty() && (!printable(*proxy_) || !names_proxy_scheme(*proxy_)))
    return fail(
        Errc::invalid_options,
        "the proxy must look like http://[user:password@]host:port; https, socks4, socks4a, socks5 and "
        "socks5h are known too");
  if (!token_.empty() && url->scheme == "http" && proxy_ && !proxy_->empty() && !allow_plain_http_) {
    // Without user and password, which base URLs must not have.
    const std::string place =
        "proxy://" + proxy_->substr(std::max(proxy_->rfind('@') + 1, proxy_->find("://") + 3));
    const auto proxy = split(place);
    if (!proxy || !names_loopback(proxy->host))
      return fail(Errc::invalid_options,
                  "the token would travel unencrypted to the proxy: use https, or set "
                  "allow_plain_http for a closed test network");
  }
  for (const auto ttl : {cache_.ttl_static, cache_.ttl_slow}) {
    if (ttl < ttl.zero() || ttl > longest_ttl)
      return fail(Errc::invalid_options, "a time to live must be 0 to 366 days");
  }
  if (cache_.stale_if_error < cache_.stale_if_error.zero() || cache_.stale_if_error > longest_ttl)
    return fail(Errc::invalid_options, "stale_if_error must be 0 to 366 days");
  if (cache_.stale_while_refreshing < cache_.stale_while_refreshing.zero() ||
      cache_.stale_while_refreshing > longest_ttl)
    return fail(Errc::invalid_options, "stale_while_refreshing must be 0 to 366 days");
  if (cache_.rules == CacheRules::strict && (cache_.second_level || !cache_.directory.empty()))
    return fail(Errc::invalid_options,
                "strict cache rules and a second level don't go together: it keeps no headers");
  if (cache_.second_level && !cache_.directory.empty())
    return fail(Errc::invalid_options, "a cache has one second level: either second_level or directory");
  if (!cache_scope_.empty() && !cache_.second_level && cache_.directory.empty())
    return fail(Errc::invalid_options,
                "cache_scope says who shares a second level of the cache, and there is none");
  return validate_resilience();
}

}  // namespace wats
