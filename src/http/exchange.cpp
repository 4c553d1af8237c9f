#include "src/http/exchange.hpp"

#include "src/http/body_flow.hpp"
#include "wats/http/detail/call_run.hpp"

#include <algorithm>
#include <new>
#include <string>
#include <utility>

namespace wats::http::detail {
namespace {

constexpr long most_redirects = 5;
/// A buffer that an idle handle keeps.
constexpr std::size_t largest_kept = 16UL * 1024;
/// Where requests share a connection, what has come for one is passed on before the next is looked at: with
/// the usual 16 KiB large answers take 1.5 times the processor. Only what comes is ever touched of it.
constexpr long shared_buffer = 256L * 1024;

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

}  // namespace

TransportSettings::TransportSettings(const ClientOptions& options, Bodies bodies)
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
      is_loopback(options.is_loopback()),
      may_share(bodies == Bodies::in_memory && base_url.starts_with("https:")) {}

Exchange::Exchange(const TransportSettings& settings) : settings_(settings), easy_(curl_easy_init()) {
  if (!easy_) throw std::bad_alloc();
  CURL* easy = easy_.get();
  answer_.buffers = settings_.buffers;
  set(easy, CURLOPT_PRIVATE, this);
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_ERRORBUFFER, error_text_.data());
  set(easy, CURLOPT_WRITEFUNCTION, &Exchange::on_body);
  set(easy, CURLOPT_WRITEDATA, this);
  set(easy, CURLOPT_READFUNCTION, &Exchange::on_room);
  set(easy, CURLOPT_READDATA, this);
  set(easy, CURLOPT_HEADERFUNCTION, &Exchange::on_header);
  set(easy, CURLOPT_HEADERDATA, this);
  set(easy, CURLOPT_PREREQFUNCTION, &Exchange::on_send);
  set(easy, CURLOPT_PREREQDATA, this);
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  // What a proxy says before is no head of an answer.
  set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  // Part numbers may be "." or "..": curl must not tidy the path.
  set(easy, CURLOPT_PATH_AS_IS, 1L);
  set(easy, CURLOPT_HTTP_VERSION,
      static_cast<long>(settings_.may_share ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  if (settings_.may_share) set(easy, CURLOPT_BUFFERSIZE, shared_buffer);
  // With it a burst waits for the first connection, to share it when it turns out to speak HTTP/2. Only a TLS
  // handshake tells: over cleartext all would wait for the first answer.
  set(easy, CURLOPT_PIPEWAIT, settings_.may_share ? 1L : 0L);
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

  lay_out_headers();
}

Exchange::~Exchange() = default;

Exchange* Exchange::of(CURL* easy) noexcept {
  char* self = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &self);
  return reinterpret_cast<Exchange*>(self);
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
    set(easy, CURLOPT_HTTPHEADER, headers_for(sends_body));
    if (request_.own && !request_.own->method.empty())
      set(easy, CURLOPT_CUSTOMREQUEST, request_.own->method.c_str());
    else
      set(easy, CURLOPT_CUSTOMREQUEST, own_word ? word.c_str() : static_cast<const char*>(nullptr));
    method_ = method;
    body_set_ = has_body;
  }
  if (sends_stream()) {
    set(easy, CURLOPT_POSTFIELDS, static_cast<char*>(nullptr));
    const auto size = flow_->size_to_send();
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, size ? static_cast<curl_off_t>(*size) : curl_off_t{-1});
  } else if (method != Method::get && method != Method::head) {
    set(easy, CURLOPT_POSTFIELDS, request_.body.data());
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    // Setting a body turns the handle to POST again.
    if (!has_body && method == Method::del) set(easy, CURLOPT_HTTPGET, 1L);
  }
}

void Exchange::set_as_is(bool is_as_is) {
  if (std::exchange(is_as_is_, is_as_is) == is_as_is) return;
  // With it curl also lets codings pass that it does not know; chunks are put together all the same.
  set(easy_.get(), CURLOPT_HTTP_CONTENT_DECODING, is_as_is ? 0L : 1L);
  if (!settings_.is_loopback)
    set(easy_.get(), CURLOPT_ACCEPT_ENCODING, is_as_is ? static_cast<const char*>(nullptr) : "gzip");
}

void Exchange::prepare(CallRun& owner, WireRequest&& request, std::string_view request_id,
                       std::shared_ptr<BodyFlow> flow) {
  owner_ = &owner;
  request_ = std::move(request);
  flow_ = std::move(flow);
  is_over_ = false;
  answer_.status = 0;
  answer_.body.clear();
  answer_.content_type.clear();
  answer_.retry_after.reset();
  answer_.headers.clear();
  too_large_ = false;
  header_bytes_ = 0;
  head_status_ = 0;
  head_is_whole_ = false;
  is_encoded_ = answer_begun_ = is_starved_ = is_full_ = false;
  retry_after_.clear();
  date_.clear();
  sends_ = 0;
  first_was_fresh_ = is_untouched_ = connects_ = lacks_sockets_ = false;
  error_text_[0] = '\0';
  url_.assign(settings_.base_url).append(request_.target);
  set(easy_.get(), CURLOPT_URL, url_.c_str());
  // Lists of headers of its own are neither kept for the next request nor taken over from the one before.
  if (request_.own || own_headers_) method_.reset();
  set_method(request_.method, request_.has_body || sends_stream());
  if (!request_.own) own_headers_.reset();
  set_as_is(request_.own && request_.own->as_is);
  // Not where another host would be shown more than the request: curl keeps back the token only.
  const bool shows_more = (request_.own && request_.own->stays_here) || !settings_.certificate_file.empty();
  const bool may_follow =
      !is_as_is_ && !shows_more && (request_.method == Method::get || request_.method == Method::head);
  set(easy_.get(), CURLOPT_FOLLOWLOCATION, may_follow ? 1L : 0L);
  patch_request_id(request_id);
}

void Exchange::recycle() noexcept {
  leave_flow();
  owner_ = nullptr;
  // There may be as many of these as requests at the busiest moment.
  for (std::string* const body : {&answer_.body, &request_.body}) {
    if (body->capacity() > largest_kept) settings_.buffers->give_back(std::exchange(*body, std::string()));
  }
}

int Exchange::on_send(void* self, char* /*ip*/, char* /*local_ip*/, int /*port*/,
                      int /*local_port*/) noexcept {
  auto& exchange = *static_cast<Exchange*>(self);
  long redirects = 0;
  curl_easy_getinfo(exchange.handle(), CURLINFO_REDIRECT_COUNT, &redirects);
  if (exchange.sends_ == 0) {
    long connects = 0;
    curl_easy_getinfo(exchange.handle(), CURLINFO_NUM_CONNECTS, &connects);
    exchange.first_was_fresh_ = connects > 0;
  } else if (exchange.sends_ > redirects) {
    // curl repeats by itself what met a dead connection, and five times over what a server refused to
    // process: beyond the first repeat, and where the call may have no more attempts, that is the retry
    // policy's business. Redirects are followed for repeatable requests only.
    exchange.is_untouched_ = exchange.sends_ == 1 && exchange.first_was_fresh_;
    const bool is_first = exchange.sends_ == 1 + redirects;
    if (!exchange.request_.repeatable || !is_first || !exchange.owner_->may_send_again())
      return CURL_PREREQFUNC_ABORT;
    exchange.is_untouched_ = false;
  }
  ++exchange.sends_;
  return CURL_PREREQFUNC_OK;
}

std::size_t Exchange::on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept {
  auto& exchange = *static_cast<Exchange*>(self);
  auto& body = exchange.answer_.body;
  const std::size_t bytes = size * count;
  if (exchange.flow_ && exchange.receives_stream()) {
    try {
      return exchange.stream({data, bytes});
    } catch (const std::exception&) {
      exchange.too_large_ = true;
      return 0;
    }
  }
  if (bytes > exchange.settings_.max_body - std::min(body.size(), exchange.settings_.max_body)) {
    exchange.too_large_ = true;
    return 0;
  }
  try {
    if (body.empty()) {
      curl_off_t told = 0;
      curl_easy_getinfo(exchange.handle(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &told);
      const auto length = told > 0 ? static_cast<std::size_t>(told) : bytes;
      const auto room = std::min(length, Buffers::largest) + WireAnswer::padding;
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

}  // namespace wats::http::detail
