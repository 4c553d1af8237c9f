#include "wats/service/raw.hpp"

#include "wats/http/detail/call_run.hpp"
#include "wats/policy/byte_range.hpp"
#include "wats/service/detail/target.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace wats {
namespace {

/// Gives its body back when the last one who looks at it is done.
class RawHeld final : public detail::HeldValue<RawAnswer> {
 public:
  RawHeld(RawAnswer answer, std::shared_ptr<http::detail::Buffers> buffers)
      : HeldValue(std::move(answer)), buffers_(std::move(buffers)) {}
  RawHeld(const RawHeld&) = delete;
  RawHeld& operator=(const RawHeld&) = delete;
  ~RawHeld() override { buffers_->give_back(std::move(value.body)); }

 private:
  std::shared_ptr<http::detail::Buffers> buffers_;
};

bool has_line_break(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

/// Why a header may not be sent by the caller; "" when it may.
std::string_view objection_to(std::string_view name, bool as_is) {
  constexpr std::array<std::string_view, 12> of_connection{
      "Connection", "Content-Length", "Expect",  "Host",           "Keep-Alive",        "Proxy-Authorization",
      "TE",         "Trailer",        "Upgrade", "HTTP2-Settings", "Transfer-Encoding", "X-Request-Id"};
  constexpr std::array<std::string_view, 4> of_client{"Accept", "Accept-Encoding", "Content-Type",
                                                      "User-Agent"};
  const auto is = [name](std::string_view other) { return same_name(name, other); };
  if (!is_token(name)) return "is no name of a header";
  if (is("Authorization")) return "is the client's: give it the token with ClientOptions::token()";
  if (std::any_of(of_connection.begin(), of_connection.end(), is)) return "belongs to the connection";
  if (!as_is && std::any_of(of_client.begin(), of_client.end(), is))
    return "is the client's unless the request is sent as it is";
  return {};
}

class RawCall final : public http::detail::CallRun {
 public:
  RawCall(std::shared_ptr<http::detail::Engine> engine, RawRequest request)
      : CallRun(std::move(engine)), request_(std::move(request)) {
    if (!request_.source && !request_.sink) return;
    BodyStreams streams;
    streams.source = std::move(request_.source);
    streams.sink = std::move(request_.sink);
    streams.on_progress = std::move(request_.on_progress);
    if (streams.sink && request_.accept.empty()) request_.accept = "*/*";
    sends_stream_ = streams.source != nullptr;
    stream(std::move(streams));
  }

 private:
  [[nodiscard]] bool reads() const {
    return request_.other_method.empty() &&
           (request_.method == Method::get || request_.method == Method::head);
  }
  [[nodiscard]] bool takes_any_status() const noexcept override { return request_.as_is; }

  [[nodiscard]] http::detail::Traits traits() const override {
    return {.operation = bodies() == http::detail::Bodies::streamed ? "raw_stream" : "raw",
            .method = request_.method,
            .cache_class = CacheClass::never,
            .idempotency = reads() ? Idempotency::safe : Idempotency::unsafe,
            .changes_everything = !reads(),
            .is_unknown = true};
  }
  [[nodiscard]] std::shared_ptr<http::detail::CallRun> again() const override {
    // Whoever is told of progress and interim answers has his answer already.
    RawRequest copy = request_;
    copy.on_interim = nullptr;
    copy.on_progress = nullptr;
    return std::make_shared<RawCall>(engine(), std::move(copy));
  }
  void key(http::detail::Key& out) const override {
    out.append(request_.as_is ? "raw as it is" : "raw");
    out.part(request_.target);
    out.part(request_.accept);
  }
  [[nodiscard]] const Headers* own_headers() const noexcept override { return &request_.headers; }
  [[nodiscard]] std::shared_ptr<const http::detail::Held> with_headers(
      const http::detail::Held& held, const Headers& headers) const override {
    RawAnswer answer = static_cast<const detail::HeldValue<RawAnswer>&>(held).value;
    answer.headers = headers;
    return std::make_shared<detail::HeldValue<RawAnswer>>(std::move(answer));
  }
  [[nodiscard]] std::shared_ptr<const http::detail::Held> shown_of(
      std::shared_ptr<const http::detail::Held> held) const override {
    const auto& whole = static_cast<const detail::HeldValue<RawAnswer>&>(*held).value;
    if (request_.method == Method::head) {
      RawAnswer head;
      head.status = whole.status;
      head.content_type = whole.content_type;
      head.headers = whole.headers;
      return std::make_shared<detail::HeldValue<RawAnswer>>(std::move(head));
    }
    if (auto part = part_of(whole)) return std::make_shared<detail::HeldValue<RawAnswer>>(*std::move(part));
    return held;
  }
  void tags(cache::TagSet& /*out*/) const override {}

  [[nodiscard]] Result<void> build(http::detail::WireRequest& out) const override {
    const auto unfit = [](unsigned char c) { return c <= 0x20 || c >= 0x7f; };
    if (!request_.target.starts_with('/') ||
        std::any_of(request_.target.begin(), request_.target.end(), unfit)) {
      return fail(
          Errc::invalid_argument,
          "the target must be a percent-encoded path below the base URL, for example /api/App/Version");
    }
    if (request_.target.contains('\\'))
      return fail(Errc::invalid_argument,
                  "a backslash in the target would mean a slash to some and itself to others; write %5C");
    if (has_line_break(request_.content_type) || has_line_break(request_.accept))
      return fail(Errc::invalid_argument, "content_type and accept are one line each");
    if (sends_stream_ && reads())
      return fail(Errc::invalid_argument, "GET and HEAD send no body; take another method for the source");
    if (auto fit = check_headers(); !fit) return fit;
    out.method = request_.method;
    // Nothing that depends on the method is done for another word.
    if (!request_.other_method.empty()) out.method = request_.body.empty() ? Method::del : Method::post;
    out.wants_headers = true;
    if (has_particulars()) {
      out.own = std::make_unique<http::detail::Particulars>();
      if (!request_.content_type.empty()) out.own->content_type = request_.content_type;
      if (!request_.accept.empty()) out.own->accept = request_.accept;
      out.own->headers = request_.headers;
      out.own->stays_here = !request_.headers.empty();
      out.own->method = request_.other_method;
      out.own->as_is = request_.as_is;
      out.own->on_interim = request_.on_interim;
    }
    out.target = request_.target;
    out.has_body = !reads() && !request_.body.empty();
    if (out.has_body) out.body = request_.body;
    return {};
  }

  [[nodiscard]] Result<http::detail::Decoded> decode(http::detail::WireAnswer& answer,
                                                     cache::TagSet& /*more*/) const override {
    RawAnswer raw;
    raw.status = answer.status;
    raw.content_type = answer.content_type;
    raw.headers = answer.headers;
    raw.body = std::move(answer.body);
    const std::size_t size = raw.body.size();
    return http::detail::Decoded(std::make_shared<RawHeld>(std::move(raw), answer.buffers), size);
  }
  [[nodiscard]] std::string server_words(const http::detail::WireAnswer& answer) const override {
    return detail::words_of_server(answer.body);
  }

  /// Of what is stored, where the request asks for a part of it.
  [[nodiscard]] std::optional<RawAnswer> part_of(const RawAnswer& stored) const {
    const auto field = request_.headers.find("Range");
    const auto range = field ? policy::parse_range(*field) : std::nullopt;
    if (!range || (stored.status != 200 && stored.status != 206)) return std::nullopt;
    auto there = policy::whole_content(stored.body.size());
    if (stored.status == 206) {
      const auto place = policy::parse_content_range(stored.headers.joined("Content-Range"));
      if (!place) return std::nullopt;
      there = policy::partial_content(*place, stored.body.size());
    }
    const auto found = policy::resolve_range(*range, there);
    if (found.kind != policy::RangeAnswer::Kind::contained) return std::nullopt;
    RawAnswer part;
    part.status = 206;
    part.content_type = stored.content_type;
    part.headers = stored.headers;
    part.headers.remove("Content-Length");
    part.headers.remove("Content-Range");
    part.headers.add("Content-Range",
                     "bytes " + std::to_string(found.first) + "-" +
                         std::to_string(found.first + found.length - 1) + "/" +
                         (there.complete ? std::to_string(*there.complete) : std::string("*")));
    part.body = stored.body.substr(found.offset, found.length);
    return part;
  }
  [[nodiscard]] bool has_particulars() const {
    return !request_.content_type.empty() || !request_.accept.empty() || !request_.headers.empty() ||
           !request_.other_method.empty() || request_.as_is || request_.on_interim;
  }
  [[nodiscard]] Result<void> check_headers() const {
    if (!request_.other_method.empty() && !is_token(request_.other_method))
      return fail(Errc::invalid_argument, "other_method is one word");
    std::string objection;
    request_.headers.for_each([&](std::string_view name, std::string_view /*value*/) {
      const std::string_view why = objection_to(name, request_.as_is);
      if (!why.empty()) objection = "the header \"" + std::string(name) + "\" " + std::string(why);
    });
    if (!objection.empty()) return fail(Errc::invalid_argument, std::move(objection));
    return {};
  }

  RawRequest request_;
  bool sends_stream_ = false;
};

}  // namespace

Call<RawAnswer> RawService::send(RawRequest request) const {
  return Call<RawAnswer>(std::make_shared<RawCall>(engine_, std::move(request)));
}

}  // namespace wats
