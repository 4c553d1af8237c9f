// Every fault with every kind of request: what the caller gets, how often the server was asked, and that what
// must not be done twice never is. The table in docs/guide/faults.md is what this test saw:
// WATS_UPDATE_DOCS=1 writes it anew.
#include "tests/support/open_files.hpp"
#include "tests/support/scripted_http2_server.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/support/test_authority.hpp"
#include "wats/client.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
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
using testing::Http2Headers;
using testing::Http2Request;
using testing::Http2Script;
using testing::Http2Stream;
using testing::ScriptedServer;
using Socket = ScriptedServer::Socket;

constexpr std::chrono::milliseconds deadline = 20s;
/// For faults that take for ever: long enough for a busy machine to answer in.
constexpr std::chrono::milliseconds attempt_limit = 3s;

/// What the server does instead of answering. A strike over HTTP/1.1 gives false to hang up.
using Strike1 = std::function<bool(Socket&)>;
using Strike2 = std::function<void(Http2Stream&)>;

struct Fault {
  std::string name;
  /// Empty where the protocol knows no such fault.
  Strike1 over_1;
  Strike2 over_2;
  /// The server has acted on the request before.
  bool has_effect = true;
  bool hangs = false;
  /// Other calls wait as well, as the server asked.
  bool holds = false;
};

constexpr std::uint32_t http2_internal_error = 2;
constexpr std::uint32_t http2_refused_stream = 7;
const std::string product_text = R"({"partNumber":"PN-1"})";

Fault answers(const std::string& name, int status, const std::string& reason, const std::string& body,
              bool has_effect, const Http2Headers& headers = {}) {
  std::string lines;
  for (const auto& [header, value] : headers) lines += header + ": " + value + "\r\n";
  const std::string bytes = ScriptedServer::answer(std::to_string(status) + " " + reason, body, lines);
  return {name, [bytes](Socket& socket) { return ScriptedServer::send(socket, bytes); },
          [status, body, headers](Http2Stream& stream) { stream.answer(status, body, headers); }, has_effect};
}

Fault answers(int status, const std::string& reason, bool has_effect) {
  return answers(std::to_string(status) + " " + reason, status, reason, R"({"message":"planted"})",
                 has_effect);
}

Fault asks_to_wait(int status, const std::string& reason, const std::string& seconds) {
  auto fault = answers(std::to_string(status) + " with Retry-After: " + seconds, status, reason,
                       R"({"message":"planted"})", status >= 500, {{"retry-after", seconds}});
  fault.holds = seconds != "0";
  return fault;
}

/// Bytes, and then the end of the connection.
Strike1 breaks_off(const std::string& bytes) {
  return [bytes](Socket& socket) {
    ScriptedServer::send(socket, bytes);
    return false;
  };
}

bool reset(Socket& socket) {
  // With zero linger the close is a reset.
  socket.set_option(boost::asio::socket_base::linger(true, 0));
  socket.close();
  return false;
}

/// Longer than anybody waits.
constexpr int dribbled_bytes = 2'000;

bool dribble(Socket& socket) {
  for (int i = 0; i < dribbled_bytes && ScriptedServer::send(socket, i == 0 ? "HTTP/1.1 200 OK\r\nX: " : "x");
       ++i)
    std::this_thread::sleep_for(10ms);
  return false;
}

void dribble(Http2Stream& stream) {
  stream.begin(200);
  for (int i = 0; i < dribbled_bytes && !stream.stopping() && stream.data("x"); ++i)
    std::this_thread::sleep_for(10ms);
}

/// The beginning of an answer, and then what *end* does.
Strike2 begins_then(std::function<void(Http2Stream&)> end) {
  return [end = std::move(end)](Http2Stream& stream) {
    stream.begin(200, {{"content-type", "application/json"}, {"content-length", "1000"}});
    stream.data(product_text);
    end(stream);
  };
}

std::vector<Fault> faults() {
  const std::string head = "HTTP/1.1 200 OK\r\n";
  const auto hangs_up = [](Http2Stream& stream) { stream.hang_up(); };
  const std::string garbage("\x16\x03\x01 garbage\r\n\r\n\0\0", 16);
  return {
      {"hangs up without an answer", [](Socket&) { return false; }, hangs_up},
      {"resets the connection", [](Socket& socket) { return reset(socket); },
       [](Http2Stream& stream) { stream.abort(); }},
      {"breaks off in the head", breaks_off(head + "Content-Ty"), {}},
      {"breaks off in the body", breaks_off(head + "Content-Length: 1000\r\n\r\n" + product_text),
       begins_then(hangs_up)},
      {"breaks off in a chunk",
       breaks_off(head + "Transfer-Encoding: chunked\r\n\r\nffff\r\n" + product_text),
       {}},
      {"resets the stream", {}, [](Http2Stream& stream) { stream.reset(http2_internal_error); }},
      {"resets the stream in the body", {}, begins_then([](Http2Stream& stream) {
         stream.reset(http2_internal_error);
       })},
      {"refuses the stream", {}, [](Http2Stream& stream) { stream.reset(http2_refused_stream); }, false},
      {"goes away before this request", {}, [](Http2Stream& stream) { stream.go_away(0, false); }, false},
      {"goes away and answers this one",
       {},
       [](Http2Stream& stream) {
         stream.go_away(0, true);
         stream.answer(200, product_text);
       }},
      {"never answers", [](Socket&) { return true; }, [](Http2Stream& stream) { stream.keep_silent(); }, true,
       true},
      {"answers a byte at a time", [](Socket& socket) { return dribble(socket); },
       [](Http2Stream& stream) { dribble(stream); }, true, true},
      {"does not speak HTTP", breaks_off(garbage),
       [garbage](Http2Stream& stream) {
         stream.write_raw(garbage);
         stream.hang_up();
       }},
      {"tells too short a length",
       [](Socket& socket) {
         return ScriptedServer::send(socket, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + product_text);
       },
       {}},
      {"sends a second answer behind the first",
       [](Socket& socket) {
         return ScriptedServer::send(socket, ScriptedServer::answer("200 OK", product_text) +
                                                 ScriptedServer::answer("200 OK", "\"of somebody else\""));
       },
       {}},
      answers("answers what is no JSON", 200, "OK", "<html>login</html>", true),
      answers("answers more than allowed", 200, "OK", std::string(100'000, ' '), true),
      answers(400, "Bad Request", false),
      answers(401, "Unauthorized", false),
      answers(404, "Not Found", false),
      answers(408, "Request Timeout", false),
      answers(409, "Conflict", false),
      answers(429, "Too Many Requests", false),
      asks_to_wait(429, "Too Many Requests", "0"),
      asks_to_wait(429, "Too Many Requests", "600"),
      answers(500, "Internal Server Error", true),
      answers(501, "Not Implemented", true),
      answers(502, "Bad Gateway", true),
      answers(503, "Service Unavailable", true),
      asks_to_wait(503, "Service Unavailable", "0"),
      answers(504, "Gateway Timeout", true),
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

/// What the server is told, and what it counts. *Thread safety*: any thread.
struct Plan {
  explicit Plan(int strikes) : left(strikes) {}

  /// How many requests still meet the fault; the others are answered.
  std::atomic<int> left;
  std::atomic<int> requests{0};
  std::atomic<int> effects{0};

  /// Whether the fault strikes now.
  [[nodiscard]] bool strikes(const Fault& fault) {
    ++requests;
    const bool does = left.fetch_sub(1) > 0;
    if (!does || fault.has_effect) ++effects;
    return does;
  }
};

const std::string version_path = "/api/App/Version";

ScriptedServer::Script over_1(const Fault& fault, Plan& plan) {
  return [&](const std::string& head, Socket& socket) {
    if (head.find(version_path) != std::string::npos)
      return ScriptedServer::send(socket, ScriptedServer::answer("200 OK", "\"1\""));
    if (plan.strikes(fault)) return fault.over_1(socket);
    return ScriptedServer::send(socket, ScriptedServer::answer("200 OK", product_text));
  };
}

Http2Script over_2(const Fault& fault, Plan& plan) {
  return [&](const Http2Request& request, Http2Stream& stream) {
    if (request.path == version_path) return stream.answer(200, "\"1\"");
    if (plan.strikes(fault)) return fault.over_2(stream);
    stream.answer(200, product_text);
  };
}

Seen play(ClientOptions options, const Fault& fault, Kind kind, Plan& plan, bool warm) {
  RetrySettings retry;
  retry.base_delay = 1ms;
  retry.throttled_base_delay = 1ms;
  const Client client(options.no_cache()
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
  // No poisoned connection is left: the next call gets its own answer, unless the server asked everybody to
  // wait.
  plan.left = 0;
  if (!fault.holds) {
    const auto next = client.server().version().get();
    EXPECT_TRUE(next.has_value() && **next == "1") << fault.name;
  }
  return {error ? std::string(name(error->code())) : "answered", plan.requests, plan.effects};
}

/// *strikes*: how many requests meet the fault. *warm*: the connection has been used before.
using Play = std::function<Seen(const Fault& fault, Kind kind, int strikes, bool warm)>;

Seen play_over_1(const Fault& fault, Kind kind, int strikes, bool warm) {
  Plan plan(strikes);
  const ScriptedServer server(over_1(fault, plan));
  return play(ClientOptions().base_url(server.base_url()), fault, kind, plan, warm);
}

Seen play_over_2(const Fault& fault, Kind kind, int strikes, bool warm) {
  static const testing::TestAuthority authority;
  Plan plan(strikes);
  const testing::ScriptedHttp2Server server(authority, over_2(fault, plan));
  return play(ClientOptions().base_url(server.base_url()).ca_file(authority.ca_file()), fault, kind, plan,
              warm);
}

std::string text(const Seen& seen) {
  return seen.outcome + " (" + std::to_string(seen.requests) + ")";
}

/// What was seen of one fault with one kind of request.
struct Cell {
  Seen once;
  Seen warm;
  Seen always;
};

constexpr std::array kinds{Kind::safe, Kind::by_key, Kind::unsafe};

/// Row by row; several at a time, since most of the time is spent waiting.
std::vector<Cell> play_all(const std::vector<Fault>& all, const Play& play) {
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

/// The table of what was seen. Unsafe requests must never have had two effects; nothing is left open.
std::string table_of(const std::vector<Fault>& all, const Play& play) {
  // What is opened once and kept is open from here on.
  static_cast<void>(play(all.front(), Kind::safe, 1, false));
  const std::size_t files = testing::open_files();
  const auto cells = play_all(all, play);
  EXPECT_EQ(testing::open_files(), files);
  std::ostringstream table;
  table << "| the server | reads | writes with their own identity | writes that would count twice "
           "|\n|---|---|---|---|\n";
  for (std::size_t row = 0; row < all.size(); ++row) {
    table << "| " << all[row].name;
    for (std::size_t column = 0; column < kinds.size(); ++column) {
      const Cell& seen = cells[row * kinds.size() + column];
      table << " | " << text(seen.once) << "; " << text(seen.always);
      if (text(seen.warm) != text(seen.once)) table << "; used before: " << text(seen.warm);
      if (kinds[column] != Kind::unsafe) continue;
      for (const Seen& one : {seen.once, seen.warm, seen.always}) EXPECT_LE(one.effects, 1) << all[row].name;
    }
    table << " |\n";
  }
  return table.str();
}

/// The guide tells what was seen, or is made to.
void expect_told(const std::string& part, const std::string& table) {
  const std::string file = WATS_SOURCE_DIR "/docs/guide/faults.md";
  const std::string begin = "<!-- begin: " + part + ", seen by fault_matrix_test -->\n";
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  std::string document = text.str();
  const auto from = document.find(begin);
  const auto to = document.find("<!-- end -->\n", from);
  ASSERT_TRUE(from != std::string::npos && to != std::string::npos) << file;
  const std::string told = document.substr(from + begin.size(), to - from - begin.size());
  if (std::getenv("WATS_UPDATE_DOCS") != nullptr) {
    document.replace(from + begin.size(), told.size(), table);
    std::ofstream(file) << document;
  } else {
    EXPECT_EQ(told, table) << "WATS_UPDATE_DOCS=1 writes " << file << " anew";
  }
}

TEST(FaultMatrix, over_http_1_is_as_the_guide_tells) {
  auto all = faults();
  std::erase_if(all, [](const Fault& fault) { return !fault.over_1; });
  expect_told("HTTP/1.1", table_of(all, play_over_1));
}

TEST(FaultMatrix, over_http_2_is_as_the_guide_tells) {
  auto all = faults();
  std::erase_if(all, [](const Fault& fault) { return !fault.over_2; });
  expect_told("HTTP/2", table_of(all, play_over_2));
}

}  // namespace
}  // namespace wats
