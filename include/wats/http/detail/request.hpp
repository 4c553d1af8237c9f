// What the pipeline is told of an operation: a few traits, and what goes over the wire. It never sees a card.
#pragma once

#include "wats/core/answer.hpp"
#include "wats/core/headers.hpp"
#include "wats/core/traits.hpp"
#include "wats/http/detail/buffers.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace wats::http::detail {

struct Traits {
  std::string_view operation;
  Method method = Method::get;
  CacheClass cache_class = CacheClass::never;
  Idempotency idempotency = Idempotency::unsafe;
  std::chrono::seconds settling{0};
  /// A write that nobody knows the effects of.
  bool changes_everything = false;
  /// Nothing is known of it but what the server says of its answer.
  bool is_unknown = false;

  [[nodiscard]] constexpr bool is_write() const noexcept { return idempotency != Idempotency::safe; }
};

/// Tells one call's requests in the server's log: 16 hexadecimal digits for the client, 8 that count its
/// calls.
class RequestId {
 public:
  static constexpr std::size_t length = 24;

  RequestId() = default;
  RequestId(std::uint64_t client, std::uint64_t number) noexcept {
    write(client, 16, 16);
    write(number, length, 8);
  }
  /// Empty until the first request is sent.
  [[nodiscard]] std::string_view view() const noexcept {
    return text_[0] == 0 ? "" : std::string_view(text_.data(), length);
  }

 private:
  void write(std::uint64_t value, std::size_t end, std::size_t digits) noexcept {
    for (std::size_t i = 0; i < digits; ++i, value >>= 4U)
      text_[end - 1 - i] = "0123456789abcdef"[value & 15U];
  }
  std::array<char, length> text_{};
};

/// How the bodies of a call travel.
enum class Bodies : std::uint8_t { in_memory, streamed };

/// What a request has of its own, where the usual does not do. No line breaks anywhere.
struct Particulars {
  Particulars() = default;

  std::string content_type = "application/json";
  std::string accept = "application/json";
  /// Sent besides.
  Headers headers;
  /// Takes the place of WireRequest::method unless empty.
  std::string method;
  /// No redirect is followed: what is sent is for this server only.
  bool stays_here = false;
  /// Nothing but *headers*, the token and the request id is sent; no redirect is followed, no body unpacked.
  bool as_is = false;
  /// Told of answers that come before the answer, by their status; on the loop.
  std::function<void(int status, const Headers& headers)> on_interim;
};

/// A request as it is sent, below the base URL.
struct WireRequest {
  WireRequest() = default;

  Method method = Method::get;
  /// Path and query, percent-encoded, beginning with a slash.
  std::string target;
  std::string body;
  bool has_body = false;
  /// A repeat does no harm. Else it is never sent twice, not even by libcurl, which by itself repeats what
  /// got no answer over a connection it had used before.
  bool repeatable = false;
  /// WireAnswer::headers is of use to somebody.
  bool wants_headers = false;
  /// Null: nothing of its own.
  std::unique_ptr<Particulars> own;
};

/// An answer as it came.
struct WireAnswer {
  /// The JSON parser reads up to this far behind the text.
  static constexpr std::size_t padding = 64;

  WireAnswer() = default;

  int status = 0;
  /// Followed by *padding* readable bytes, so that the parser needs no copy.
  std::string body;
  std::string content_type;
  std::optional<std::chrono::seconds> retry_after;
  /// Filled when they were asked for.
  Headers headers;
  /// It was not the first address that gave it.
  bool was_redirected = false;
  /// Where *body* comes from and may go back to.
  std::shared_ptr<Buffers> buffers;
};

/// A decoded answer, ready to be stored.
struct Decoded {
  Decoded(std::shared_ptr<const wats::detail::Held> value, std::size_t weight)
      : held(std::move(value)), bytes(weight) {}

  std::shared_ptr<const wats::detail::Held> held;
  /// What it weighs in memory, about.
  std::size_t bytes;
};

}  // namespace wats::http::detail
