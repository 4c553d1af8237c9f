// A server that answers as it is told, and clients that keep its answers with their headers.
#pragma once

#include "tests/support/hand_clock.hpp"
#include "tests/support/scripted_server.hpp"
#include "wats/client.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace wats::testing {

using namespace std::chrono_literals;

inline constexpr const char* one_product = R"({"partNumber":"PN-1","name":"a name"})";

/// Answers each request as it is told, and keeps the heads.
class HttpOrigin {
 public:
  using Answer = std::function<std::string(const std::string& head, std::size_t number)>;

  explicit HttpOrigin(Answer answer)
      : answer_(std::move(answer)), server_([this](const std::string& head, ScriptedServer::Socket& socket) {
          std::size_t number = 0;
          {
            const std::lock_guard lock(mutex_);
            heads_.push_back(head);
            number = heads_.size();
          }
          const std::string answer = answer_(head, number);
          return !answer.empty() && ScriptedServer::send(socket, answer);
        }) {}

  [[nodiscard]] std::string url() const { return server_.base_url(); }
  [[nodiscard]] std::size_t requests() const {
    const std::lock_guard lock(mutex_);
    return heads_.size();
  }
  [[nodiscard]] std::string last() const {
    const std::lock_guard lock(mutex_);
    return heads_.back();
  }

 private:
  const Answer answer_;
  mutable std::mutex mutex_;
  std::vector<std::string> heads_;
  ScriptedServer server_;
};

/// A good answer with these headers.
inline std::string ok(const std::string& headers, const std::string& body = one_product) {
  return ScriptedServer::answer("200 OK", body, headers);
}
inline const std::string not_modified = "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n";

/// Clients of such a server, on a clock that is moved by hand.
class HttpRules : public ::testing::Test {
 protected:
  [[nodiscard]] ClientOptions options(const HttpOrigin& origin, CacheRules rules,
                                      std::chrono::milliseconds stale_if_error = 0ms) const {
    CacheSettings cache;
    cache.rules = rules;
    cache.ttl_slow = 1min;
    cache.stale_if_error = stale_if_error;
    RetrySettings retry;
    retry.base_delay = 1ms;
    BreakerSettings breaker;
    breaker.enabled = false;
    return ClientOptions()
        .base_url(origin.url())
        .cache(cache)
        .retry(retry)
        .breaker(breaker)
        .clock(clock_)
        .timeout(20s);
  }
  [[nodiscard]] static Result<Answer<RawAnswer>> get(const Client& client, const std::string& headers = "",
                                                     Method method = Method::get) {
    RawRequest request(method, "/x");
    request.headers = Headers::from_text(headers);
    return client.raw().send(std::move(request)).get();
  }

  std::shared_ptr<HandClock> clock_ = std::make_shared<HandClock>();
};

}  // namespace wats::testing
