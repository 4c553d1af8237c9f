#include "src/http/exchange.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <new>
#include <string>
#include <utility>

namespace wats::http::detail {
namespace {

/// The JSON parser reads up to this far behind the text.
constexpr std::size_t body_padding = 64;
constexpr std::string_view request_id_name = "X-Request-Id: ";
constexpr std::size_t request_id_length = 24;
constexpr long most_redirects = 5;
/// A Retry-After beyond this is taken for a mistake.
constexpr std::int64_t longest_retry_after = 86'400;

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
  // Only misspelt options and out of memory fail here.
  if (curl_easy_setopt(easy, option, value) == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
}

std::string place_of(std::string_view url) {
  const auto scheme_end = url.find("://");
  const auto rest = scheme_end == std::string_view::npos ? url : url.substr(scheme_end + 3);
  return std::string(rest.substr(0, rest.find('/')));
}

bool same_letters(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return (x >= 'A' && x <= 'Z' ? x - 'A' + 'a' : x) == (y >= 'A' && y <= 'Z' ? y - 'A' + 'a' : y);
         });
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Of a header's line. Most lines are told from *name* by one letter.
bool is_named(std::string_view line, std::string_view name) {
  return line.size() > name.size() && line[name.size()] == ':' &&
         same_letters(line.substr(0, name.size()), name);
}

std::string_view value_of(std::string_view line, std::size_t most) {
  return trimmed(line.substr(line.find(':') + 1)).substr(0, most);
}

/// curl's own words may repeat a proxy's URL with its password.
std::string without_credentials(std::string text) {
  const auto at = text.rfind('@');
  if (at == std::string::npos) return text;
  const auto slashes = text.rfind("//", at);
  const auto begin = slashes == std::string::npos ? 0 : slashes + 2;
  return text.replace(begin, at - begin, "***");
}

bool may_go_better(CURLcode code) noexcept {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_WRITE_ERROR:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_URL_MALFORMAT:
    case CURLE_TOO_MANY_REDIRECTS:
      return false;
    default:
      return true;
  }
}

}  // namespace

TransportSettings::TransportSettings(const ClientOptions& options)
    : base_url(options.base_url()),
      place(place_of(options.base_url())),
      authorization(options.token().empty() ? std::string() : "Authorization: Basic " + options.token()),
      ca_file(options.ca_file()),
      certificate_file(options.certificate_file()),
      key_file(options.key_file()),
      proxy(options.proxy()),
      max_connection_age_s(static_cast<long>(options.max_connection_age().count())),
      max_header(options.max_header_bytes()),
      connect_timeout_ms(static_cast<long>(options.connect_timeout().count())),
      max_body(options.max_answer_bytes()),
      max_connections(static_cast<long>(options.max_in_flight())),
      verify_tls(options.verify_tls()),
      is_loopback(options.is_loopback()) {}

Exchange::Exchange(const TransportSettings& settings) : settings_(settings), easy_(curl_easy_init()) {
  if (!easy_) throw std::bad_alloc();
  CURL* easy = easy_.get();
  answer_.buffers = settings_.buffers;
  set(easy, CURLOPT_PRIVATE, this);
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_ERRORBUFFER, error_text_.data());
  set(easy, CURLOPT_WRITEFUNCTION, &Exchange::on_body);
  set(easy, CURLOPT_WRITEDATA, this);
  set(easy, CURLOPT_HEADERFUNCTION, &Exchange::on_header);
  set(easy, CURLOPT_HEADERDATA, this);
  set(easy, CURLOPT_PREREQFUNCTION, &Exchange::on_send);
  set(easy, CURLOPT_PREREQDATA, this);
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  // Part numbers may be "." or "..": curl must not tidy the path.
  set(easy, CURLOPT_PATH_AS_IS, 1L);
  set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  // With it a burst waits for the first connection, to share it when it turns out to speak HTTP/2. Only a TLS
  // handshake tells: over cleartext all would wait for the first answer.
  set(easy, CURLOPT_PIPEWAIT, settings_.base_url.starts_with("https:") ? 1L : 0L);
  // Between two programs on one machine packing takes longer than carrying.
  if (!settings_.is_loopback) set(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, settings_.connect_timeout_ms);
  set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  // Giving a call up must not wait for a look-up of its host name that hangs.
  set(easy, CURLOPT_QUICK_EXIT, 1L);
  set(easy, CURLOPT_MAXLIFETIME_CONN, settings_.max_connection_age_s);
  if (settings_.proxy) {
    set(easy, CURLOPT_PROXY, settings_.proxy->c_str());
    set(easy, CURLOPT_NOPROXY, "");
  } else if (settings_.is_loopback) {
    set(easy, CURLOPT_NOPROXY, "*");
  }
  // What may be asked elsewhere is asked there, without the token: curl keeps headers of ours to the first
  // host, and a server spoken to safely never sends us to one that is not.
  set(easy, CURLOPT_MAXREDIRS, most_redirects);
  set(easy, CURLOPT_REDIR_PROTOCOLS_STR, settings_.base_url.starts_with("https:") ? "https" : "http,https");
  // A default CApath turns curl's cache of authorities off: 20 ms CPU a connection instead of 0.4.
  set(easy, CURLOPT_CAPATH, static_cast<char*>(nullptr));
  if (!settings_.ca_file.empty()) set(easy, CURLOPT_CAINFO, settings_.ca_file.c_str());
  if (!settings_.certificate_file.empty()) {
    set(easy, CURLOPT_SSLCERT, settings_.certificate_file.c_str());
    set(easy, CURLOPT_SSLKEY, settings_.key_file.c_str());
  }
  if (!settings_.verify_tls) {
    set(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    set(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  }

  const auto add = [this](const std::string& line) {
    auto* longer = curl_slist_append(headers_.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    // Appending to a list gives back the same head.
    if (!headers_) headers_.reset(longer);
  };
  add("Content-Type: application/json");
  // Bodies over 1 MiB would wait a second for a 100 that most servers never send.
  add("Expect:");
  // Requests without a body use the list from here on. Told as options, the next two would cost curl twice as
  // much.
  add("Accept: application/json");
  if (!settings_.is_loopback) add("Accept-Encoding: gzip");
  add("User-Agent: cppwats/0.1");
  bodiless_headers_ = headers_->next->next;
  if (!settings_.authorization.empty()) add(settings_.authorization);
  add(std::string(request_id_name) + std::string(request_id_length, '0'));
  request_id_line_ = headers_.get();
  while (request_id_line_->next != nullptr) request_id_line_ = request_id_line_->next;
}

Exchange::~Exchange() = default;

Exchange* Exchange::of(CURL* easy) noexcept {
  char* self = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &self);
  return reinterpret_cast<Exchange*>(self);
}

void Exchange::patch_request_id(std::string_view request_id) noexcept {
  // The header list belongs to this handle and no transfer is under way: writing in place saves five
  // allocations.
  std::memcpy(request_id_line_->data + request_id_name.size(), request_id.data(),
              std::min(request_id.size(), request_id_length));
}

void Exchange::set_method(Method method, bool has_body) {
  CURL* easy = easy_.get();
  if (method_ != method || body_set_ != has_body) {
    const bool sends_body =
        has_body || method == Method::put || method == Method::post || method == Method::patch;
    if (sends_body) {
      set(easy, CURLOPT_POST, 1L);
    } else if (method == Method::head) {
      set(easy, CURLOPT_NOBODY, 1L);
    } else {
      set(easy, CURLOPT_HTTPGET, 1L);
    }
    const bool own_word = (sends_body && method != Method::post) || (!sends_body && method == Method::del);
    const std::string word(name(method));
    set(easy, CURLOPT_HTTPHEADER, sends_body ? headers_.get() : bodiless_headers_);
    set(easy, CURLOPT_CUSTOMREQUEST, own_word ? word.c_str() : static_cast<const char*>(nullptr));
    method_ = method;
    body_set_ = has_body;
  }
  if (method != Method::get && method != Method::head) {
    set(easy, CURLOPT_POSTFIELDS, request_.body.data());
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    // Setting a body turns the handle to POST again.
    if (!has_body && method == Method::del) set(easy, CURLOPT_HTTPGET, 1L);
  }
}

void Exchange::prepare(CallRun& owner, WireRequest&& request, std::string_view request_id) {
  owner_ = &owner;
  request_ = std::move(request);
  answer_.status = 0;
  answer_.body.clear();
  answer_.content_type.clear();
  answer_.retry_after.reset();
  too_large_ = false;
  header_bytes_ = 0;
  head_is_whole_ = false;
  retry_after_.clear();
  date_.clear();
  sends_ = 0;
  error_text_[0] = '\0';
  url_.assign(settings_.base_url).append(request_.target);
  set(easy_.get(), CURLOPT_URL, url_.c_str());
  set_method(request_.method, request_.has_body);
  const bool may_follow = request_.method == Method::get || request_.method == Method::head;
  set(easy_.get(), CURLOPT_FOLLOWLOCATION, may_follow ? 1L : 0L);
  patch_request_id(request_id);
}

void Exchange::recycle() noexcept {
  owner_ = nullptr;
  if (answer_.body.capacity() > Buffers::largest) answer_.body = std::string();
  if (request_.body.capacity() > Buffers::largest) request_.body = std::string();
}

int Exchange::on_send(void* self, char* /*ip*/, char* /*local_ip*/, int /*port*/,
                      int /*local_port*/) noexcept {
  auto& exchange = *static_cast<Exchange*>(self);
  if (exchange.sends_ > 0) {
    // curl repeats by itself what met a dead connection, and five times over what a server refuses: beyond
    // the first repeat that is the retry policy's business. Redirects are followed for repeatable requests
    // only.
    long redirects = 0;
    curl_easy_getinfo(exchange.handle(), CURLINFO_REDIRECT_COUNT, &redirects);
    if (!exchange.request_.repeatable || exchange.sends_ > 1 + redirects) return CURL_PREREQFUNC_ABORT;
  }
  ++exchange.sends_;
  return CURL_PREREQFUNC_OK;
}

std::size_t Exchange::on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept {
  auto& exchange = *static_cast<Exchange*>(self);
  auto& body = exchange.answer_.body;
  const std::size_t bytes = size * count;
  if (bytes > exchange.settings_.max_body - std::min(body.size(), exchange.settings_.max_body)) {
    exchange.too_large_ = true;
    return 0;
  }
  try {
    if (body.empty()) {
      curl_off_t told = 0;
      curl_easy_getinfo(exchange.handle(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &told);
      const auto length = told > 0 ? static_cast<std::size_t>(told) : bytes;
      const auto room = std::min(length, Buffers::largest) + body_padding;
      if (body.capacity() < room) body = exchange.settings_.buffers->take(room);
      body.reserve(room);
    }
    body.append(data, bytes);
  } catch (const std::bad_alloc&) {
    exchange.too_large_ = true;
    return 0;
  }
  return bytes;
}

std::size_t Exchange::on_header(char* data, std::size_t size, std::size_t count, void* self) noexcept {
  auto& exchange = *static_cast<Exchange*>(self);
  auto& answer = exchange.answer_;
  const std::size_t bytes = size * count;
  exchange.header_bytes_ += bytes;
  if (exchange.header_bytes_ > exchange.settings_.max_header) {
    exchange.too_large_ = true;
    return 0;
  }
  const std::string_view line(data, bytes);
  if (line.starts_with("HTTP/")) {
    // An interim answer may have come before: only the last one's headers count.
    answer.content_type.clear();
    exchange.retry_after_.clear();
    exchange.date_.clear();
    exchange.head_is_whole_ = false;
    return bytes;
  }
  if (line == "\r\n" || line == "\n") {
    exchange.head_is_whole_ = true;
  } else if (is_named(line, "content-type")) {
    answer.content_type = value_of(line, 200);
  } else if (is_named(line, "retry-after")) {
    exchange.retry_after_ = value_of(line, 64);
  } else if (is_named(line, "date")) {
    exchange.date_ = value_of(line, 64);
  }
  return bytes;
}

std::optional<std::chrono::seconds> Exchange::retry_after() const {
  if (retry_after_.empty()) return std::nullopt;
  std::int64_t seconds = 0;
  const char* const end = retry_after_.data() + retry_after_.size();
  if (const auto [stop, error] = std::from_chars(retry_after_.data(), end, seconds);
      error != std::errc() || stop != end) {
    // A date, compared with the server's own clock: ours may be wrong.
    const time_t until = curl_getdate(retry_after_.c_str(), nullptr);
    if (until < 0) return std::nullopt;
    const time_t told = date_.empty() ? -1 : curl_getdate(date_.c_str(), nullptr);
    seconds =
        until - (told < 0 ? std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()) : told);
  }
  if (seconds > longest_retry_after) return std::nullopt;
  return std::chrono::seconds(std::max<std::int64_t>(seconds, 0));
}

void Exchange::tell(AttemptReport& report) const {
  const auto time = [this](CURLINFO info) {
    curl_off_t us = 0;
    curl_easy_getinfo(easy_.get(), info, &us);
    return std::chrono::microseconds(us);
  };
  report.name_resolved = time(CURLINFO_NAMELOOKUP_TIME_T);
  report.connected = time(CURLINFO_CONNECT_TIME_T);
  report.secured = time(CURLINFO_APPCONNECT_TIME_T);
  report.first_byte = time(CURLINFO_STARTTRANSFER_TIME_T);
  curl_off_t received = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_SIZE_DOWNLOAD_T, &received);
  report.bytes_received = static_cast<std::size_t>(received);
  long connects = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_NUM_CONNECTS, &connects);
  report.reused_connection = connects == 0 && sends_ > 0;
  long version = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_HTTP_VERSION, &version);
  report.protocol = version == CURL_HTTP_VERSION_2_0   ? "HTTP/2"
                    : version == CURL_HTTP_VERSION_1_1 ? "HTTP/1.1"
                    : version == CURL_HTTP_VERSION_1_0 ? "HTTP/1.0"
                                                       : "";
}

ExchangeResult Exchange::result(CURLcode code) {
  ExchangeResult result;
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  answer_.status = static_cast<int>(status);
  result.may_have_been_sent = may_have_been_sent();
  if (code != CURLE_OK) {
    result.error = transport_error(code);
    result.is_transient = may_go_better(code);
    return result;
  }
  // curl 7.88 takes a connection that ends in the middle of a head for the end of an answer without a body.
  if (!head_is_whole_) {
    result.error = transport_error(CURLE_GOT_NOTHING);
    result.is_transient = true;
    return result;
  }
  answer_.retry_after = retry_after();
  answer_.body.reserve(answer_.body.size() + body_padding);
  result.answer = &answer_;
  return result;
}

Error Exchange::transport_error(CURLcode code) const {
  const std::string& place = settings_.place;
  const std::string detail = without_credentials(
      error_text_[0] != '\0' ? std::string(error_text_.data()) : std::string(curl_easy_strerror(code)));
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return {Errc::unknown_host,
              "the name of " + place + " can't be resolved; check the base URL and the DNS"};
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {Errc::unknown_host, "the proxy's name can't be resolved; check http_proxy and https_proxy"};
    case CURLE_COULDNT_CONNECT:
      return {Errc::cannot_connect, "nobody answers at " + place +
                                        "; is the server running, are host and port right? (" + detail + ")"};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return {Errc::tls_failed, "no secure connection to " + place +
                                    "; check the certificate, its authority (ca_file) and the port (" +
                                    detail + ")"};
    case CURLE_OPERATION_TIMEDOUT:
      return {Errc::timeout, "no connection to " + place + " in time; is the network up? (" + detail + ")"};
    case CURLE_WRITE_ERROR:
      if (too_large_ && header_bytes_ > settings_.max_header) {
        return {Errc::answer_too_large, "the head of the answer is larger than " +
                                            std::to_string(settings_.max_header) +
                                            " bytes; is this a WATS server? else raise max_header_bytes"};
      }
      if (too_large_) {
        return {Errc::answer_too_large, "the answer is larger than " + std::to_string(settings_.max_body) +
                                            " bytes; ask for less ($top, $select) or raise max_answer_bytes"};
      }
      break;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_CONTENT_ENCODING:
      return {Errc::malformed_answer, "what answers at " + place +
                                          " does not speak HTTP as it should; is the port right? (" + detail +
                                          ")"};
    case CURLE_TOO_MANY_REDIRECTS:
      return {Errc::unexpected_status, place + " redirects in circles; is the base URL right?"};
    case CURLE_URL_MALFORMAT:
      return {Errc::invalid_argument, "the URL can't be used; check the base URL (" + detail + ")"};
    default:
      break;
  }
  return {Errc::connection_lost,
          "the connection to " + place +
              " ended before the whole answer came; look at the server, then try again (" + detail + ")"};
}

}  // namespace wats::http::detail
