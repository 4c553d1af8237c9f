// The embedded server's HTTP: tokens, refusals, limits, connections, faults, stopping.
#include "tests/support/server_under_test.hpp"

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <thread>
#include <vector>
#include <zlib.h>

namespace wats::testing {
namespace {

using Http = ServerUnderTest;
using nlohmann::json;

std::string gunzip(const std::string& packed) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return {};
  std::string bytes = packed;
  std::string out(std::size_t{1} << 22U, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int code = inflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return code == Z_STREAM_END ? out : std::string();
}

std::vector<server::Fault> fault(const std::string& text) {
  return server::Fault::parse(text).value();
}

TEST_F(Http, the_token_is_asked_for_before_anything_is_told) {
  start_seeded();
  for (const std::string headers :
       {"", "Authorization: Basic wrong\r\n", "Authorization: Bearer secret\r\n"}) {
    const auto answer = ask("GET", "/api/Product/PN-1001", {}, headers);
    EXPECT_EQ(answer.status, 401) << headers;
    EXPECT_FALSE(message(answer).empty());
    EXPECT_EQ(answer.headers.at("www-authenticate"), "Basic realm=\"WATS\"");
    EXPECT_EQ(ask("GET", "/api/Nothing", {}, headers).status, 401) << "no word about which routes there are";
  }
  EXPECT_EQ(ask("GET", "/api/Product/PN-1001", {}, "authorization: basic secret\r\n").status, 200);
}

TEST_F(Http, a_token_is_made_up_when_none_is_given) {
  server::Server one{server::Options()};
  const server::Server two{server::Options()};
  EXPECT_GE(one.token().size(), 32U);
  EXPECT_NE(one.token(), two.token());
}

TEST_F(Http, a_target_may_name_the_server_as_proxies_are_asked) {
  start_seeded();
  EXPECT_EQ(get(server_->base_url() + "/api/Product/PN-1001").status, 200);
  EXPECT_EQ(get("http://elsewhere.test/api/Product/PN-1001").status, 404);
}

TEST_F(Http, unknown_routes_methods_and_escapes_have_their_own_status) {
  start();
  EXPECT_EQ(get("/api/Nothing").status, 404);
  EXPECT_EQ(get("/").status, 404);
  const auto method = ask("DELETE", "/api/Product");
  EXPECT_EQ(method.status, 405);
  EXPECT_EQ(method.headers.at("allow"), "PUT");
  EXPECT_EQ(ask("BREW", "/api/Product").status, 501);
  EXPECT_EQ(get("/api/Product/%zz").status, 400);
  EXPECT_EQ(get("/api/Product/Query?$top=%1").status, 400);
}

TEST_F(Http, other_host_names_and_web_pages_are_refused) {
  start();
  const std::string port = std::to_string(server_->port());
  const auto with = [&](const std::string& headers) {
    RawHttp http(server_->port());
    http.send("GET /api/App/Version HTTP/1.1\r\n" + headers + std::string(auth) + "\r\n");
    return http.receive().status;
  };
  EXPECT_EQ(with("Host: localhost:" + port + "\r\n"), 200);
  EXPECT_EQ(with("Host: evil.example:" + port + "\r\n"), 403);
  EXPECT_EQ(with("Host: 127.0.0.1:1\r\n"), 403);
  EXPECT_EQ(with(""), 400);
  EXPECT_EQ(with("Host: localhost:" + port + "\r\nOrigin: http://evil.example\r\n"), 403);
  EXPECT_EQ(with("Host: localhost:" + port + "\r\nOrigin: null\r\n"), 403);
}

TEST_F(Http, head_answers_the_headers_of_get_alone) {
  start_seeded();
  const auto whole = get("/api/Product/PN-1001");
  RawHttp http(server_->port());
  http.send(http.request("HEAD", "/api/Product/PN-1001", auth));
  const auto head = http.receive(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-length"), std::to_string(whole.body.size()));
  http.send(http.request("GET", "/api/Product/PN-1001", auth));
  EXPECT_EQ(http.receive().body, whole.body) << "the connection goes on where the header ended";
}

TEST_F(Http, pipelined_requests_are_answered_in_their_order) {
  start_seeded();
  RawHttp http(server_->port());
  std::string all;
  for (int i = 0; i < 20; ++i) {
    const std::string id = "X-Request-Id: r" + std::to_string(i) + "\r\n";
    all +=
        http.request("GET", i % 2 == 0 ? "/api/Product/PN-1001" : "/api/App/Version", std::string(auth) + id);
  }
  http.send(all);
  for (int i = 0; i < 20; ++i) {
    const auto answer = http.receive();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.headers.at("x-request-id"), "r" + std::to_string(i));
    EXPECT_EQ(answer.body.find("PN-1001") != std::string::npos, i % 2 == 0);
  }
}

TEST_F(Http, answers_say_when_they_were_made_and_close_when_asked) {
  start();
  RawHttp http(server_->port());
  http.send(http.request("GET", "/api/App/Version", std::string(auth) + "Connection: close\r\n"));
  const auto answer = http.receive();
  EXPECT_EQ(answer.headers.at("date").size(), 29U);
  EXPECT_EQ(answer.headers.at("content-type"), "application/json; charset=utf-8");
  EXPECT_EQ(answer.headers.at("connection"), "close");
  EXPECT_TRUE(http.is_closed());
}

TEST_F(Http, large_answers_are_compressed_for_those_who_ask) {
  start_seeded({}, 40);
  const auto plain = get("/api/Product/Query");
  ASSERT_GE(plain.body.size(), 1024U);
  const auto packed =
      ask("GET", "/api/Product/Query", {}, std::string(auth) + "Accept-Encoding: br, gzip\r\n");
  EXPECT_EQ(packed.headers.at("content-encoding"), "gzip");
  EXPECT_LT(packed.body.size(), plain.body.size());
  EXPECT_EQ(gunzip(packed.body), plain.body);
  const auto small = ask("GET", "/api/App/Version", {}, std::string(auth) + "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(small.headers.count("content-encoding"), 0U);
}

TEST_F(Http, a_body_over_the_limit_is_413_and_a_header_431) {
  server::Options options;
  options.max_body = 1000;
  start(options);
  const auto body = ask("PUT", "/api/Product", std::string(1001, ' '));
  EXPECT_EQ(body.status, 413) << body.body;
  const auto header =
      ask("GET", "/api/App/Version", {}, std::string(auth) + "X-Long: " + std::string(40'000, 'x') + "\r\n");
  EXPECT_EQ(header.status, 431);
  EXPECT_EQ(get("/api/App/Version").status, 200);
}

TEST_F(Http, what_is_not_http_is_400_and_the_server_lives_on) {
  start();
  for (const std::string text : {"nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET  HTTP/1.1\r\n\r\n",
                                 "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n"}) {
    RawHttp http(server_->port());
    http.send(text);
    EXPECT_EQ(http.receive().status, 400) << text;
    EXPECT_TRUE(http.is_closed());
  }
  RawHttp cut(server_->port());
  cut.send("PUT /api/Product HTTP/1.1\r\nContent-Length: 100\r\n\r\n{");
  cut.finish_sending();
  EXPECT_TRUE(cut.is_closed());
  EXPECT_EQ(get("/api/App/Version").status, 200);
}

TEST_F(Http, a_client_that_waits_for_continue_is_told_to) {
  start_seeded();
  RawHttp http(server_->port());
  const auto body = report(1).dump();
  const auto request =
      http.request("POST", "/api/Report/WSJF", std::string(auth) + "Expect: 100-continue\r\n", body);
  http.send(request.substr(0, request.size() - body.size()));
  auto interim = std::async(std::launch::async, [&] { return http.receive().status; });
  http.send(body);
  EXPECT_EQ(interim.get(), 200);
}

TEST_F(Http, over_the_rate_limit_is_429_with_the_time_to_wait) {
  server::Options options;
  options.rate_limit_per_minute = 3;
  start(options);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(get("/api/App/Version").status, 200);
  const auto answer = get("/api/App/Version");
  EXPECT_EQ(answer.status, 429);
  EXPECT_GE(std::stoi(answer.headers.at("retry-after")), 1);
  EXPECT_LE(std::stoi(answer.headers.at("retry-after")), 60);
  EXPECT_EQ(get("/health/live").status, 200) << "health is never limited";
}

TEST_F(Http, metrics_and_health_need_no_token_and_count_by_operation) {
  start_seeded();
  static_cast<void>(get("/api/Product/PN-1001"));
  static_cast<void>(get("/api/Product/none"));
  static_cast<void>(get("/api/Nothing"));
  EXPECT_EQ(ask("GET", "/health/live", {}, "").body, "alive\n");
  EXPECT_EQ(ask("GET", "/health/ready", {}, "").body, "ready\n");
  const auto metrics = ask("GET", "/metrics", {}, "");
  EXPECT_EQ(metrics.headers.at("content-type"), "text/plain; version=0.0.4");
  EXPECT_NE(metrics.body.find("wats_server_requests_total{operation=\"product_get\",status=\"2xx\"} 1\n"),
            std::string::npos)
      << metrics.body;
  EXPECT_NE(metrics.body.find("wats_server_requests_total{operation=\"product_get\",status=\"4xx\"} 1\n"),
            std::string::npos);
  EXPECT_NE(metrics.body.find("wats_server_rows{table=\"products\"} 2\n"), std::string::npos);
  EXPECT_NE(metrics.body.find("wats_server_in_flight 0\n"), std::string::npos);
  EXPECT_EQ(ask("POST", "/metrics", "{}", "").status, 405);
  const auto stats = server_->stats();
  EXPECT_EQ(stats.operations.at("product_get").requests, 2U);
  EXPECT_EQ(stats.operations.at("product_get").errors, 1U);
  EXPECT_EQ(stats.operations.at("unknown").requests, 1U);
  EXPECT_EQ(stats.total.requests, 3U);
}

TEST_F(Http, the_log_tells_each_request_without_its_query) {
  server::Options options;
  std::promise<std::string> line;
  options.on_request = [&](const server::RequestLog& log) {
    line.set_value(std::string(log.method) + " " + std::string(log.path) + " " + std::to_string(log.status) +
                   " " + std::string(log.operation) + " " + std::string(log.request_id));
  };
  start(options);
  static_cast<void>(ask("GET", "/api/Product/Query?$top=1", {}, std::string(auth) + "X-Request-Id: abc\r\n"));
  EXPECT_EQ(line.get_future().get(), "GET /api/Product/Query 200 product_list abc");
}

TEST_F(Http, delays_of_many_requests_overlap) {
  server::Options options;
  options.latency = std::chrono::milliseconds(200);
  options.jitter = std::chrono::milliseconds(10);
  start(options);
  std::vector<std::unique_ptr<RawHttp>> clients;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 50; ++i) {
    clients.push_back(std::make_unique<RawHttp>(server_->port()));
    clients.back()->send(clients.back()->request("GET", "/api/App/Version", auth));
  }
  for (auto& client : clients) EXPECT_EQ(client->receive().status, 200);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, options.latency) << "an answer came before its time";
  EXPECT_EQ(server_->stats().connections, 50U);
}

TEST_F(Http, planted_faults_strike_their_operation_only) {
  server::Options options;
  options.faults = fault(
      "status=product_get:503:100,garbage=product_list:100,half=process_list:100,"
      "drop=product_save:100,huge=app_get_version:100:2");
  start_seeded(options);
  EXPECT_EQ(get("/api/Product/PN-1001").status, 503);
  const auto garbage = get("/api/Product/Query");
  EXPECT_EQ(garbage.status, 200);
  EXPECT_FALSE(json::accept(garbage.body));
  const auto half = get("/api/App/Processes");
  EXPECT_EQ(half.status, 200);
  EXPECT_FALSE(half.complete);
  EXPECT_GT(half.body.size(), 0U);
  const auto dropped = ask("PUT", "/api/Product", R"({"partNumber":"N"})");
  EXPECT_EQ(dropped.status, 0) << "no answer at all";
  EXPECT_EQ(get("/api/Product/N/x").status, 404);
  EXPECT_EQ(get_json("/api/Product/Query?$filter=x").is_discarded(), true);
  EXPECT_EQ(get("/api/App/Version").body.size(), std::size_t{2} << 20U);
  EXPECT_EQ(server_->stats().operations.at("product_save").errors, 1U);
  const auto history = server_->history();
  EXPECT_EQ(history.back().key, "N") << "the dropped write had its effect";
}

TEST_F(Http, dice_follow_from_the_seed) {
  const auto struck = [this](std::uint64_t seed) {
    server::Options options;
    options.seed = seed;
    options.faults = fault("status=*:500:50");
    start(options);
    std::string outcome;
    for (int i = 0; i < 40; ++i) outcome += get("/api/App/Version").status == 500 ? 'x' : '.';
    server_->stop();
    return outcome;
  };
  const auto first = struck(1);
  EXPECT_EQ(struck(1), first);
  EXPECT_NE(struck(2), first);
}

TEST_F(Http, stopping_lets_what_is_in_flight_end_and_refuses_the_rest) {
  server::Options options;
  options.latency = std::chrono::milliseconds(300);
  start_seeded(options);
  RawHttp idle(server_->port());
  RawHttp busy(server_->port());
  busy.send(busy.request("POST", "/api/Report/WSJF", auth, report(1).dump()));
  // Counted as soon as it has been read: then it is in flight.
  while (server_->stats().total.requests == 0) std::this_thread::yield();
  server_->stop();
  const auto answer = busy.receive();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("connection"), "close");
  EXPECT_TRUE(idle.is_closed());
  EXPECT_THROW(RawHttp(server_->port()), std::runtime_error);
  server_->stop();
}

TEST_F(Http, a_request_that_takes_too_long_does_not_hold_the_stop) {
  server::Options options;
  options.latency = std::chrono::hours(1);
  start(options);
  RawHttp http(server_->port());
  http.send(http.request("GET", "/api/App/Version", auth));
  while (server_->stats().total.requests == 0) std::this_thread::yield();
  server_->stop();
  EXPECT_EQ(http.receive().status, 0);
}

TEST_F(Http, idle_connections_are_closed) {
  server::Options options;
  options.idle_timeout = std::chrono::seconds(0);
  start(options);
  RawHttp http(server_->port());
  EXPECT_TRUE(http.is_closed());
}

TEST_F(Http, a_port_that_is_taken_is_an_error_with_advice) {
  start();
  server::Options options;
  options.port = server_->port();
  server::Server second(options);
  const auto started = second.start();
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code(), Errc::io_error);
  EXPECT_NE(started.error().what().find("choose another port"), std::string::npos);
}

TEST_F(Http, a_database_that_cannot_be_opened_is_an_error) {
  server::Options options;
  options.database = "/nonexistent/directory/wats.db";
  server::Server server(options);
  const auto started = server.start();
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code(), Errc::io_error);
}

}  // namespace
}  // namespace wats::testing
