#include "wats/service/raw.hpp"

#include "wats/http/detail/call_run.hpp"
#include "wats/service/detail/target.hpp"

#include <algorithm>
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

class RawCall final : public http::detail::CallRun {
 public:
  RawCall(std::shared_ptr<http::detail::Engine> engine, RawRequest request)
      : CallRun(std::move(engine)), request_(std::move(request)) {}

 private:
  [[nodiscard]] bool reads() const {
    return request_.method == Method::get || request_.method == Method::head;
  }

  [[nodiscard]] http::detail::Traits traits() const override {
    return {.operation = "raw",
            .method = request_.method,
            .cache_class = CacheClass::never,
            .idempotency = reads() ? Idempotency::safe : Idempotency::unsafe,
            .changes_everything = !reads()};
  }
  void key(http::detail::Key& /*out*/) const override {}
  void tags(cache::TagSet& /*out*/) const override {}

  [[nodiscard]] Result<void> build(http::detail::WireRequest& out) const override {
    const auto unfit = [](unsigned char c) { return c <= 0x20 || c >= 0x7f; };
    if (!request_.target.starts_with('/') ||
        std::any_of(request_.target.begin(), request_.target.end(), unfit)) {
      return fail(
          Errc::invalid_argument,
          "the target must be a percent-encoded path below the base URL, for example /api/App/Version");
    }
    out.method = request_.method;
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
    raw.body = std::move(answer.body);
    const std::size_t size = raw.body.size();
    return http::detail::Decoded(std::make_shared<RawHeld>(std::move(raw), answer.buffers), size);
  }
  [[nodiscard]] std::string server_words(const http::detail::WireAnswer& answer) const override {
    return detail::words_of_server(answer.body);
  }

  RawRequest request_;
};

}  // namespace

Call<RawAnswer> RawService::send(RawRequest request) const {
  return Call<RawAnswer>(std::make_shared<RawCall>(engine_, std::move(request)));
}

}  // namespace wats
