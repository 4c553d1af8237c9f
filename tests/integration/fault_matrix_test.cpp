// Every fault with every kind of request: what the caller gets, how often the server was asked, and that what
// must not be done twice never is. The table in docs/guide/faults.md is what this test saw:
// WATS_UPDATE_DOCS=1 writes it anew.
#include "tests/support/scripted_server.hpp"
#include "wats/client.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace wats {
namespace {

using namespace std::chrono_literals;
using testing::ScriptedServer;
using Socket = ScriptedServer::Socket;

constexpr std::chrono::milliseconds deadline = 20s;
/// For faults that take for ever: long enough for a busy machine to answer in.
constexpr std::chrono::milliseconds attempt_limit = 1s;

struct Fault {
  std::string name;
  /// What the server does instead of answering. False: hangs up.
  std::function<bool(Socket&)> strike;
  /// The server has acted on the request before.
  bool has_effect = true;
  bool hangs = false;
  /// Other calls wait as well, as the server asked.
  bool holds = false;
};

std::string status(const std::string& line, const std::string& headers = "") {
  return ScriptedServer::answer(line, "{\"message\":\"planted\"}", headers);
}

Fault answers(const std::string& name, const std::string& bytes, bool has_effect) {
  return {name, [bytes](Socket& socket) { return ScriptedServer::send(socket, bytes); }, has_effect};
}

/// Bytes, and then the end of the connection.
Fault breaks_off(const std::string& name, const std::string& bytes) {
  return {name, [bytes](Socket& socket) {
            ScriptedServer::send(socket, bytes);
            return false;
          }};
}

void reset(Socket& socket) {
  // With zero linger the close is a reset.
  socket.set_option(boost::asio::socket_base::linger(true, 0));
  socket.close();
}

std::vector<Fault> faults() {
  const std::string product = "{\"partNumber\":\"PN-1\"}";
  return {
      {"hangs up without an answer", [](Socket&) { return false; }},
      {"resets the connection",
       [](Socket& socket) {
         reset(socket);
         return false;
       }},
      breaks_off("breaks off in the head", "HTTP/1.1 200 OK\r\nContent-Ty"),
      breaks_off("breaks off in the body", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + product),
      breaks_off("breaks off in a chunk",
                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n" + product),
      {"never answers", [](Socket&) { return true; }, true, true},
      {"answers a byte at a time",
       [](Socket& socket) {
         for (int i = 0; i < 200 && ScriptedServer::send(socket, i == 0 ? "HTTP/1.1 200 OK\r\nX: " : "x");
              ++i)
           std::this_thread::sleep_for(10ms);
         return false;
       },
       true, true},
      breaks_off("does not speak HTTP", std::string("\x16\x03\x01 garbage\r\n\r\n\0\0", 16)),
      answers("answers what is no JSON", ScriptedServer::answer("200 OK", "<html>login</html>"), true),
      answers("answers more than allowed", ScriptedServer::answer("200 OK", std::string(100'000, ' ')), true),
      answers("400 Bad Request", status("400 Bad Request"), false),
      answers("401 Unauthorized", status("401 Unauthorized"), false),
      answers("404 Not Found", status("404 Not Found"), false),
      answers("408 Request Timeout", status("408 Request Timeout"), false),
      answers("409 Conflict", status("409 Conflict"), false),
      answers("429 Too Many Requests", status("429 Too Many Requests"), false),
      answers("429 with Retry-After: 0", status("429 Too Many Requests", "Retry-After: 0\r\n"), false),
      {"429 with Retry-After: 600",
       [](Socket& socket) {
         return ScriptedServer::send(socket, status("429 Too Many Requests", "Retry-After: 600\r\n"));
       },
       false, false, true},
      answers("500 Internal Server Error", status("500 Internal Server Error"), true),
      answers("501 Not Implemented", status("501 Not Implemented"), true),
      answers("502 Bad Gateway", status("502 Bad Gateway"), true),
      answers("503 Service Unavailable", status("503 Service Unavailable"), true),
      answers("503 with Retry-After: 0", status("503 Service Unavailable", "Retry-After: 0\r\n"), true),
      answers("504 Gateway Timeout", status("504 Gateway Timeout"), true),
  };
}

enum class Kind { safe, by_key, unsafe };

/// One call of the kind; its error, or nothing.
std::optional<Error> ask(const Client& client, Kind kind) {
  const auto error_of = [](const auto& result) {
    return result ? std::nullopt : std::optional<Error>(result.error());
  };
  Product product("PN-1");
  switch (kind) {
    case Kind::safe:
      return error_of(client.products().find("PN-1").get());
    case Kind::by_key:
      product.product_id = "6e8bc1c0-0000-4000-8000-000000000001";
      return error_of(client.products().update(std::move(product)).get());
    case Kind::unsafe:
      return error_of(client.products().create(std::move(product)).get());
  }
  return std::nullopt;
}

struct Seen {
  std::string outcome;
  int requests = 0;
  int effects = 0;
};

/// *strikes*: how many requests meet the fault; the others are answered. *warm*: the connection has been used
/// before.
Seen play(const Fault& fault, Kind kind, int strikes, bool warm) {
  std::atomic<int> left{strikes};
  std::atomic<int> requests{0};
  std::atomic<int> effects{0};
  const ScriptedServer server([&](const std::string& head, Socket& socket) {
    if (head.find("/api/App/Version") != std::string::npos)
      return ScriptedServer::send(socket, ScriptedServer::answer("200 OK", "\"1\""));
    ++requests;
    if (left.fetch_sub(1) > 0) {
      if (fault.has_effect) ++effects;
      return fault.strike(socket);
    }
    ++effects;
    return ScriptedServer::send(socket, ScriptedServer::answer("200 OK", "{\"partNumber\":\"PN-1\"}"));
  });
  RetrySettings retry;
  retry.base_delay = 1ms;
  retry.throttled_base_delay = 1ms;
  const Client client(ClientOptions()
                          .base_url(server.base_url())
                          .no_cache()
                          .timeout(deadline)
                          .attempt_timeout(fault.hangs ? attempt_limit : deadline)
                          .max_answer_bytes(10'000)
                          .retry(retry));
  if (warm) {
    EXPECT_TRUE(client.server().version().get().has_value());
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto error = ask(client, kind);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, deadline + 1s) << fault.name;
  // No poisoned connection is left: the next call gets its answer, unless the server asked everybody to wait.
  left = 0;
  if (!fault.holds) {
    EXPECT_TRUE(client.server().version().get().has_value()) << fault.name;
  }
  return {error ? std::string(name(error->code())) : "answered", requests, effects};
}

std::string cell(const Seen& once, const Seen& always) {
  return once.outcome + " (" + std::to_string(once.requests) + "); " + always.outcome + " (" +
         std::to_string(always.requests) + ")";
}

/// What was seen of one fault with one kind of request.
struct Cell {
  Seen once;
  Seen warm;
  Seen always;
};

constexpr std::array kinds{Kind::safe, Kind::by_key, Kind::unsafe};

/// Row by row; several at a time, since most of the time is spent waiting.
std::vector<Cell> play_all(const std::vector<Fault>& all) {
  std::vector<Cell> cells(all.size() * kinds.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < cells.size(); i = next++) {
      const Fault& fault = all[i / kinds.size()];
      const Kind kind = kinds[i % kinds.size()];
      cells[i] = {play(fault, kind, 1, false), play(fault, kind, 1, true),
                  play(fault, kind, 1'000'000, false)};
    }
  };
  std::vector<std::thread> workers;
  for (int i = 0; i < 8; ++i) workers.emplace_back(work);
  for (auto& worker : workers) worker.join();
  return cells;
}

TEST(FaultMatrix, over_http_1_is_as_the_guide_tells) {
  const auto all = faults();
  const auto cells = play_all(all);
  std::ostringstream table;
  table << "| the server | reads | writes with their own identity | writes that would count twice "
           "|\n|---|---|---|---|\n";
  for (std::size_t row = 0; row < all.size(); ++row) {
    table << "| " << all[row].name;
    for (std::size_t column = 0; column < kinds.size(); ++column) {
      const Cell& seen = cells[row * kinds.size() + column];
      table << " | " << cell(seen.once, seen.always);
      if (kinds[column] != Kind::unsafe) continue;
      for (const Seen& one : {seen.once, seen.warm, seen.always}) EXPECT_LE(one.effects, 1) << all[row].name;
    }
    table << " |\n";
  }
  const std::string file = WATS_SOURCE_DIR "/docs/guide/faults.md";
  const std::string begin = "<!-- begin: seen by fault_matrix_test -->\n";
  const std::string end = "<!-- end -->\n";
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  std::string document = text.str();
  const auto from = document.find(begin);
  const auto to = document.find(end);
  ASSERT_TRUE(from != std::string::npos && to != std::string::npos) << file;
  const std::string told = document.substr(from + begin.size(), to - from - begin.size());
  if (std::getenv("WATS_UPDATE_DOCS") != nullptr) {
    document.replace(from + begin.size(), told.size(), table.str());
    std::ofstream(file) << document;
  } else {
    EXPECT_EQ(told, table.str()) << "WATS_UPDATE_DOCS=1 writes " << file << " anew";
  }
}

}  // namespace
}  // namespace wats
