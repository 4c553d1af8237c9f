#include "wats/core/error.hpp"

#include "wats/core/detail/operation.hpp"

#include <utility>

namespace wats {
namespace {

class Category final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "wats"; }
  [[nodiscard]] std::string message(int code) const override {
    return std::string(wats::name(static_cast<Errc>(code)));
  }
};

}  // namespace

const std::error_category& error_category() noexcept {
  static const Category category;
  return category;
}

std::error_code make_error_code(Errc code) noexcept {
  return {static_cast<int>(code), error_category()};
}

std::string_view name(Errc code) noexcept {
  switch (code) {
    case Errc::invalid_argument:
      return "invalid_argument";
    case Errc::invalid_options:
      return "invalid_options";
    case Errc::unknown_host:
      return "unknown_host";
    case Errc::cannot_connect:
      return "cannot_connect";
    case Errc::tls_failed:
      return "tls_failed";
    case Errc::connection_lost:
      return "connection_lost";
    case Errc::timeout:
      return "timeout";
    case Errc::cancelled:
      return "cancelled";
    case Errc::closed:
      return "closed";
    case Errc::would_deadlock:
      return "would_deadlock";
    case Errc::already_started:
      return "already_started";
    case Errc::unauthorized:
      return "unauthorized";
    case Errc::forbidden:
      return "forbidden";
    case Errc::not_found:
      return "not_found";
    case Errc::conflict:
      return "conflict";
    case Errc::rejected:
      return "rejected";
    case Errc::too_many_requests:
      return "too_many_requests";
    case Errc::server_error:
      return "server_error";
    case Errc::unavailable:
      return "unavailable";
    case Errc::unexpected_status:
      return "unexpected_status";
    case Errc::malformed_answer:
      return "malformed_answer";
    case Errc::answer_too_large:
      return "answer_too_large";
    case Errc::not_cached:
      return "not_cached";
    case Errc::io_error:
      return "io_error";
    case Errc::outbox_full:
      return "outbox_full";
  }
  return "unknown";
}

struct Error::Detail {
  std::string what;
  std::string server_text;
  std::string operation;
  std::string request_id;
  std::optional<std::chrono::seconds> retry_after;
  int attempts = 0;
};

Error::Error(Errc code, std::string what) : code_(code) {
  auto detail = std::make_shared<Detail>();
  detail->what = std::move(what);
  detail_ = std::move(detail);
}

std::string Error::message() const {
  std::string text = detail_->operation.empty() ? std::string() : detail_->operation + ": ";
  text += detail_->what;
  if (detail_->attempts > 1) text += " (tried " + std::to_string(detail_->attempts) + " times)";
  // What somebody will look for in the server's log.
  const bool is_servers_log = http_status_ == 0 || http_status_ >= 500;
  if (is_servers_log && !detail_->request_id.empty()) text += " [request " + detail_->request_id + "]";
  return text;
}

const std::string& Error::what() const noexcept {
  return detail_->what;
}
const std::string& Error::server_text() const noexcept {
  return detail_->server_text;
}
const std::string& Error::operation() const noexcept {
  return detail_->operation;
}
std::optional<std::chrono::seconds> Error::retry_after() const noexcept {
  return detail_->retry_after;
}
const std::string& Error::request_id() const noexcept {
  return detail_->request_id;
}
int Error::attempts() const noexcept {
  return detail_->attempts;
}

std::shared_ptr<Error::Detail> Error::detail_copy() const {
  return std::make_shared<Detail>(*detail_);
}

Error Error::with_operation(std::string operation) const {
  auto detail = detail_copy();
  detail->operation = std::move(operation);
  Error changed = *this;
  changed.detail_ = std::move(detail);
  return changed;
}

Error Error::with_note(std::string_view note) const {
  auto detail = detail_copy();
  detail->what.append(" (").append(note).append(")");
  Error changed = *this;
  changed.detail_ = std::move(detail);
  return changed;
}

Error Error::with_server(int http_status, std::string text) const {
  auto detail = detail_copy();
  detail->server_text = std::move(text);
  Error changed = *this;
  changed.http_status_ = http_status;
  changed.detail_ = std::move(detail);
  return changed;
}

Error Error::with_retry_after(std::chrono::seconds delay) const {
  auto detail = detail_copy();
  detail->retry_after = delay;
  Error changed = *this;
  changed.detail_ = std::move(detail);
  return changed;
}

Error Error::with_request(std::string request_id, int attempts) const {
  auto detail = detail_copy();
  detail->request_id = std::move(request_id);
  detail->attempts = attempts;
  Error changed = *this;
  changed.detail_ = std::move(detail);
  return changed;
}

Failure::Failure(Error error)
    : std::system_error(make_error_code(error.code()), error.message()), error_(std::move(error)) {}

namespace detail {

Error already_started() {
  return {Errc::already_started, "this Call was waited for before; make a new one for each request"};
}

Error would_deadlock() {
  return {Errc::would_deadlock,
          "a blocking wait on the client's own thread would wait for itself; use co_await or a completion "
          "token here"};
}

}  // namespace detail
}  // namespace wats
