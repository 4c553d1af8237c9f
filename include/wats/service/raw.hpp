// Raw requests: what has no card can still be sent.
#pragma once

#include "wats/core/answer.hpp"
#include "wats/core/body.hpp"
#include "wats/core/call.hpp"
#include "wats/core/headers.hpp"
#include "wats/core/traits.hpp"
#include "wats/service/caller.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace wats {

/// An answer as it came.
class RawAnswer {
 public:
  RawAnswer() = default;

  int status = 0;
  std::string content_type;
  Headers headers;
  /// Empty where the request had a sink.
  std::string body;
};

/// Told of an answer that comes before the answer (1xx), on one of the client's threads; must not block or
/// throw.
using InterimObserver = std::function<void(int status, const Headers& headers)>;

/// A request of the caller's own making.
class RawRequest {
 public:
  RawRequest() = default;
  explicit RawRequest(std::string path_and_query) : target(std::move(path_and_query)) {}
  RawRequest(Method how, std::string path_and_query) : method(how), target(std::move(path_and_query)) {}

  Method method = Method::get;
  /// Below the base URL, beginning with a slash, percent-encoded. Never another host: the token stays at the
  /// server.
  std::string target;
  /// Sent for all methods but GET and HEAD.
  std::string body;
  /// Of the body; "" is JSON.
  std::string content_type;
  /// What the answer may be; "" is JSON, and anything where there is a sink.
  std::string accept;
  /// Sent besides those above and the client's own. Those that belong to the connection, the body's length
  /// and the token are refused. With some of its own a request follows no redirect: they are for this server.
  Headers headers;
  /// Takes the place of *method* unless empty: any other word, such as "REPORT". It counts as a write.
  std::string other_method;
  /// For who passes requests on: of headers only *headers*, the token and the request id are sent; answers
  /// of every status come back as they came, redirects not followed and bodies not unpacked.
  bool as_is = false;
  InterimObserver on_interim;
  /// Takes the place of *body*: sent piece by piece, over HTTP/1.1.
  std::shared_ptr<BodySource> source;
  /// Takes the place of RawAnswer::body, also over HTTP/1.1. The client's limit on the size of answers does
  /// not apply; give the call time enough with `Call::with()`.
  std::shared_ptr<BodySink> sink;
  /// Told of what passes source and sink.
  ProgressObserver on_progress;
};

/// *Thread safety*: any thread. *Lifetime*: may outlive the client; its calls then fail with Errc::closed.
class RawService {
 public:
  explicit RawService(std::shared_ptr<http::detail::Engine> engine) noexcept : engine_(std::move(engine)) {}

  /// Sends *request* with the client's token. Nothing is cached, unless CacheRules::strict are; a write drops
  /// everything that is stored, since nobody knows what it changes, by strict rules what RFC 9111 says.
  /// *Errors*: Errc::invalid_argument when the target is not a path or a type has line breaks, when a header
  /// is not one or not the caller's to send; what source and sink say.
  [[nodiscard]] Call<RawAnswer> send(RawRequest request) const;
  [[nodiscard]] Call<RawAnswer> get(std::string path_and_query) const {
    return send(RawRequest(std::move(path_and_query)));
  }

 private:
  std::shared_ptr<http::detail::Engine> engine_;
};

}  // namespace wats
