#include "src/http/exchange.hpp"

#include "src/http/body_flow.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <new>
#include <string>
#include <utility>

namespace wats::http::detail {
namespace {

constexpr std::string_view request_id_name = "X-Request-Id: ";
constexpr std::size_t request_id_length = 24;
constexpr long most_redirects = 5;
/// Where requests share a connection, what has come for one is passed on before the next is looked at: with
/// the usual 16 KiB large answers take 1.5 times the processor. Only what comes is ever touched of it.
constexpr long shared_buffer = 256L * 1024;
/// A Retry-After beyond this is taken for this much: nobody waits that long, but asking soon would be wrong.
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

}  // namespace

/// Stands for the first lines of the common list, and goes on with the rest of it.
struct Exchange::OwnHeaders {
  OwnHeaders(const MediaTypes& types, curl_slist* common)
      : content_type("Content-Type: " + types.content_type), accept("Accept: " + types.accept) {
    curl_slist* const expect = common->next;
    nodes[0] = {content_type.data(), &nodes[1]};
    nodes[1] = {expect->data, &nodes[2]};
    nodes[2] = {accept.data(), expect->next->next};
  }
  OwnHeaders(const OwnHeaders&) = delete;
  OwnHeaders& operator=(const OwnHeaders&) = delete;
  ~OwnHeaders() = default;

  std::string content_type;
  std::string accept;
  std::array<curl_slist, 3> nodes{};
};

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
    set(easy, CURLOPT_HTTPHEADER, headers_for(sends_body));
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

curl_slist* Exchange::headers_for(bool sends_body) {
  if (!request_.types) return sends_body ? headers_.get() : bodiless_headers_;
  own_headers_ = std::make_unique<OwnHeaders>(*request_.types, headers_.get());
  return sends_body ? own_headers_->nodes.data() : &own_headers_->nodes.back();
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
  too_large_ = false;
  header_bytes_ = 0;
  head_is_whole_ = false;
  is_encoded_ = answer_begun_ = is_starved_ = is_full_ = false;
  retry_after_.clear();
  date_.clear();
  sends_ = 0;
  error_text_[0] = '\0';
  url_.assign(settings_.base_url).append(request_.target);
  set(easy_.get(), CURLOPT_URL, url_.c_str());
  // Lists of headers of its own are neither kept for the next request nor taken over from the one before.
  if (request_.types || own_headers_) method_.reset();
  set_method(request_.method, request_.has_body || sends_stream());
  if (!request_.types) own_headers_.reset();
  const bool may_follow = request_.method == Method::get || request_.method == Method::head;
  set(easy_.get(), CURLOPT_FOLLOWLOCATION, may_follow ? 1L : 0L);
  patch_request_id(request_id);
}

void Exchange::recycle() noexcept {
  leave_flow();
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
    exchange.is_encoded_ = false;
    exchange.head_is_whole_ = false;
    return bytes;
  }
  if (line == "\r\n" || line == "\n") {
    exchange.head_is_whole_ = true;
    // A refusal before all was sent: curl takes it in only when it is not waiting for more to send.
    if (exchange.is_starved_) exchange.flow_->nudge();
  } else if (is_named(line, "content-type")) {
    answer.content_type = value_of(line, 200);
  } else if (is_named(line, "retry-after")) {
    exchange.retry_after_ = value_of(line, 64);
  } else if (is_named(line, "date")) {
    exchange.date_ = value_of(line, 64);
  } else if (is_named(line, "content-encoding")) {
    exchange.is_encoded_ = true;
  }
  return bytes;
}

std::optional<std::chrono::seconds> Exchange::retry_after() const {
  if (retry_after_.empty()) return std::nullopt;
  std::int64_t seconds = 0;
  const char* const end = retry_after_.data() + retry_after_.size();
  const auto [stop, error] = std::from_chars(retry_after_.data(), end, seconds);
  if (error == std::errc::result_out_of_range && stop == end)
    return std::chrono::seconds(longest_retry_after);
  if (error != std::errc() || stop != end) {
    // A date, compared with the server's own clock: ours may be wrong.
    const time_t until = curl_getdate(retry_after_.c_str(), nullptr);
    if (until < 0) return std::nullopt;
    const time_t told = date_.empty() ? -1 : curl_getdate(date_.c_str(), nullptr);
    seconds =
        until - (told < 0 ? std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()) : told);
  }
  return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, longest_retry_after));
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
