// What can go wrong with a call, as a value: one type with properties instead of a tree of exception types.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace wats {

/// What kind of failure it was. Also usable as a `std::error_code` (category "wats"). Of several attempts it
/// is the last one's: whether one before may have had its effect is told by the error's text.
enum class Errc : std::uint8_t {
  invalid_argument = 1,  ///< the request cannot be built from what was given; nothing was sent
  invalid_options,       ///< the client's options contradict themselves or are incomplete
  unknown_host,          ///< the server's name could not be resolved; the last attempt sent nothing
  cannot_connect,        ///< nobody accepted the connection; the last attempt sent nothing
  tls_failed,            ///< the server's certificate or the TLS handshake was refused; the same
  connection_lost,    ///< the connection ended before the whole answer came; a write may have had its effect
  timeout,            ///< the deadline passed; a write may have had its effect
  cancelled,          ///< the caller took the call back
  closed,             ///< the client has been closed
  would_deadlock,     ///< a blocking wait on a thread that has to run for the answer to come
  already_started,    ///< a Call was waited for twice
  unauthorized,       ///< 401: token missing or wrong
  forbidden,          ///< 403: the token's role does not allow it
  not_found,          ///< 404: the server does not know it
  conflict,           ///< 409
  rejected,           ///< any other 4xx: the server refused what was sent
  too_many_requests,  ///< 429: over the server's rate limit
  server_error,       ///< 5xx
  unavailable,        ///< the server keeps failing and is not asked for a while; the same
  unexpected_status,  ///< an HTTP status nobody asked for (1xx, 3xx)
  malformed_answer,   ///< the answer is not what the contract says
  answer_too_large,   ///< the answer passed the client's size limit
  not_cached,         ///< only what is stored was wanted (CacheMode::only_if_cached), and there is nothing
  io_error,           ///< a file, a database or the operating system refused
  outbox_full,        ///< a bound of the outbox or the end of the disk is reached: nothing was stored
};

/// The category of `std::error_code`s made from Errc.
[[nodiscard]] const std::error_category& error_category() noexcept;
[[nodiscard]] std::error_code make_error_code(Errc code) noexcept;

/// The enumerator's own name, for example "not_found".
[[nodiscard]] std::string_view name(Errc code) noexcept;

/// One failure: its kind, what the server said, and a sentence for people.
/// Cheap to copy: everything but the code is shared and immutable.
/// *Thread safety*: as a std::string.
class Error {
 public:
  /// *what* tells what was tried, what came back and what to do next, in one line.
  Error(Errc code, std::string what);

  [[nodiscard]] Errc code() const noexcept { return code_; }
  /// HTTP status of the last answer, 0 when there was none.
  [[nodiscard]] int http_status() const noexcept { return http_status_; }
  /// One line for people: operation, what happened, what to do.
  [[nodiscard]] std::string message() const;
  /// The sentence given at construction, without the operation.
  [[nodiscard]] const std::string& what() const noexcept;
  /// The server's own words, empty when it said nothing. Untrusted text: escape before showing.
  [[nodiscard]] const std::string& server_text() const noexcept;
  /// operationId of the call, for example "product_get"; empty outside of calls.
  [[nodiscard]] const std::string& operation() const noexcept;
  /// How long the server asked to wait.
  [[nodiscard]] std::optional<std::chrono::seconds> retry_after() const noexcept;
  /// The request id sent with the call, to find it in the server's log.
  [[nodiscard]] const std::string& request_id() const noexcept;
  /// How often the request was sent.
  [[nodiscard]] int attempts() const noexcept;

  // Builders; each gives back a changed copy.
  /// Adds what else there is to say, in brackets.
  [[nodiscard]] Error with_note(std::string_view note) const;
  [[nodiscard]] Error with_operation(std::string operation) const;
  [[nodiscard]] Error with_server(int http_status, std::string text) const;
  [[nodiscard]] Error with_retry_after(std::chrono::seconds delay) const;
  [[nodiscard]] Error with_request(std::string request_id, int attempts) const;

 private:
  struct Detail;
  [[nodiscard]] std::shared_ptr<Detail> detail_copy() const;

  Errc code_;
  int http_status_ = 0;
  std::shared_ptr<const Detail> detail_;
};

/// An Error thrown: what `Call::value()` and the other throwing conveniences use.
class Failure : public std::system_error {
 public:
  explicit Failure(Error error);
  [[nodiscard]] const Error& error() const noexcept { return error_; }

 private:
  Error error_;
};

/// A value or an Error. Not nodiscard by itself: functions giving one back are marked.
template <class T>
using Result = std::expected<T, Error>;

/// Short form of `std::unexpected(Error(code, what))`.
[[nodiscard]] inline std::unexpected<Error> fail(Errc code, std::string what) {
  return std::unexpected<Error>(Error(code, std::move(what)));
}

}  // namespace wats

template <>
struct std::is_error_code_enum<wats::Errc> : std::true_type {};
