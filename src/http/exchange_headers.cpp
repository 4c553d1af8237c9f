// The header fields of an exchange: those it sends, and what it reads of those that come.
#include "src/http/body_flow.hpp"
#include "src/http/exchange.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <utility>

namespace wats::http::detail {
namespace {

constexpr std::string_view request_id_name = "X-Request-Id: ";
constexpr std::size_t request_id_length = 24;
/// A Retry-After beyond this is taken for this much: nobody waits that long, but asking soon would be wrong.
constexpr std::int64_t longest_retry_after = 86'400;

/// Of a header's line. Most lines are told from *name* by one letter.
bool is_named(std::string_view line, std::string_view name) {
  return line.size() > name.size() && line[name.size()] == ':' &&
         same_name(line.substr(0, name.size()), name);
}

std::string_view value_of(std::string_view line, std::size_t most) {
  return trimmed_field(line.substr(line.find(':') + 1)).substr(0, most);
}

/// Of "HTTP/1.1 200 OK"; 0 for none.
int status_of(std::string_view line) {
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return 0;
  int status = 0;
  std::from_chars(line.data() + space + 1, line.data() + line.size(), status);
  return status;
}

/// As curl takes a line: it leaves out those without a value, unless they end like this.
std::string line_of(std::string_view name, std::string_view value) {
  return value.empty() ? std::string(name) + ";" : std::string(name).append(": ").append(value);
}

/// As curl takes a line that it shall not make up.
std::string left_out(std::string_view name) {
  return std::string(name) + ":";
}

}  // namespace

// --- sent

void Exchange::lay_out_headers() {
  const auto add = [this](const std::string& line) {
    auto* longer = curl_slist_append(headers_.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    // Appending to a list gives back the same head.
    if (!headers_) headers_.reset(longer);
  };
  const auto last = [this] {
    curl_slist* line = headers_.get();
    while (line->next != nullptr) line = line->next;
    return line;
  };
  add("Content-Type: application/json");
  // Bodies over 1 MiB would wait a second for a 100 that most servers never send.
  add("Expect:");
  // Requests without a body use the list from here on. Told as options, the next two would cost curl twice as
  // much.
  add("Accept: application/json");
  bodiless_headers_ = last();
  if (!settings_.is_loopback) add("Accept-Encoding: gzip");
  add("User-Agent: cppwats/0.1");
  curl_slist* const before_fixed = last();
  if (!settings_.authorization.empty()) add(settings_.authorization);
  add(std::string(request_id_name) + std::string(request_id_length, '0'));
  fixed_headers_ = before_fixed->next;
  request_id_line_ = last();
}

void Exchange::patch_request_id(std::string_view request_id) noexcept {
  // The header list belongs to this handle and no transfer is under way: writing in place saves five
  // allocations.
  std::memcpy(request_id_line_->data + request_id_name.size(), request_id.data(),
              std::min(request_id.size(), request_id_length));
}

curl_slist* Exchange::headers_for(bool sends_body) {
  if (!request_.own) return sends_body ? headers_.get() : bodiless_headers_;
  const Particulars& own = *request_.own;
  own_headers_ = std::make_unique<OwnHeaders>();
  auto& lines = own_headers_->lines;
  if (own.as_is) {
    lines.push_back(left_out("Expect"));
    own_headers_->bodiless = lines.size();
    for (const std::string_view name : {"Accept", "Content-Type", "User-Agent"}) {
      if (!own.headers.has(name)) lines.push_back(left_out(name));
    }
  } else {
    lines.push_back(line_of("Content-Type", own.content_type));
    lines.push_back(left_out("Expect"));
    own_headers_->bodiless = lines.size();
    lines.push_back(line_of("Accept", own.accept));
  }
  own.headers.for_each(
      [&](std::string_view name, std::string_view value) { lines.push_back(line_of(name, value)); });
  auto& nodes = own_headers_->nodes;
  nodes.resize(lines.size());
  curl_slist* next = own.as_is ? fixed_headers_ : bodiless_headers_->next;
  for (std::size_t i = lines.size(); i-- > 0;) {
    nodes[i].data = lines[i].data();
    nodes[i].next = std::exchange(next, &nodes[i]);
  }
  return &nodes[sends_body ? 0 : own_headers_->bodiless];
}

// --- come

std::size_t Exchange::on_header(char* data, std::size_t size, std::size_t count, void* self) noexcept {
  auto& exchange = *static_cast<Exchange*>(self);
  const std::size_t bytes = size * count;
  exchange.header_bytes_ += bytes;
  try {
    exchange.too_large_ = exchange.header_bytes_ > exchange.settings_.max_header;
    if (!exchange.too_large_) exchange.note_header({data, bytes});
  } catch (const std::exception&) {
    // For want of memory.
    exchange.too_large_ = true;
  }
  return exchange.too_large_ ? 0 : bytes;
}

void Exchange::note_header(std::string_view line) {
  if (line.starts_with("HTTP/")) {
    // An interim answer may have come before: only the last one's headers count.
    answer_.content_type.clear();
    answer_.headers.clear();
    retry_after_.clear();
    date_.clear();
    is_encoded_ = false;
    head_is_whole_ = false;
    head_status_ = status_of(line);
    return;
  }
  // What comes behind the body belongs to no head.
  if (head_is_whole_) return;
  if (line == "\r\n" || line == "\n") return end_of_head();
  if (request_.wants_headers) {
    if (const auto colon = line.find(':'); colon != std::string_view::npos && is_token(line.substr(0, colon)))
      answer_.headers.add(line.substr(0, colon), line.substr(colon + 1));
  }
  if (is_named(line, "content-type")) {
    answer_.content_type = value_of(line, 200);
  } else if (is_named(line, "retry-after")) {
    retry_after_ = value_of(line, 64);
  } else if (is_named(line, "date")) {
    date_ = value_of(line, 64);
  } else if (is_named(line, "content-encoding")) {
    is_encoded_ = true;
  }
}

void Exchange::end_of_head() {
  head_is_whole_ = true;
  // A refusal before all was sent: curl takes it in only when it is not waiting for more to send.
  if (is_starved_) flow_->nudge();
  const bool is_interim = head_status_ >= 100 && head_status_ < 200;
  if (is_interim && request_.own && request_.own->on_interim)
    request_.own->on_interim(head_status_, answer_.headers);
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

}  // namespace wats::http::detail
