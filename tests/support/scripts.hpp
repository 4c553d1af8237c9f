// What scripted servers often say, and clients that talk to them without losing time.
#pragma once

#include "tests/support/scripted_server.hpp"
#include "wats/core/client_options.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace wats::testing {

/// The answer to server().version().
inline const std::string version = ScriptedServer::answer("200 OK", "\"1\"");
/// An answer that breaks off.
inline const std::string half = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf";

/// Without a cache, repeating soon.
inline ClientOptions to(const ScriptedServer& server) {
  RetrySettings retry;
  retry.base_delay = std::chrono::milliseconds(5);
  retry.throttled_base_delay = std::chrono::milliseconds(10);
  return ClientOptions()
      .base_url(server.base_url())
      .token("abc")
      .no_cache()
      .timeout(std::chrono::seconds(20))
      .retry(retry);
}

/// Gives the n-th request the n-th answer, and the last one to all that follow; "" hangs up at once, `half`
/// in the middle.
inline ScriptedServer::Script in_turn(std::vector<std::string> answers) {
  return [answers = std::move(answers), next = std::make_shared<std::atomic<std::size_t>>(0)](
             const std::string&, ScriptedServer::Socket& socket) {
    const std::string& answer = answers[std::min(next->fetch_add(1), answers.size() - 1)];
    return !answer.empty() && ScriptedServer::send(socket, answer) && answer != half;
  };
}

}  // namespace wats::testing
