// A caching proxy for the tests of HTTP caches: every request goes through a Client with strict rules.
//
//     http_cache_adapter ORIGIN    says where it listens, and ends when its standard input does
#include "wats/client.hpp"
#include "wats/policy/cache_status.hpp"
#include "wats/policy/reuse.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

wats::ClientOptions options_for(const std::string& origin) {
  wats::CacheSettings cache;
  cache.rules = wats::CacheRules::strict;
  cache.max_bytes = 256UL << 20U;
  wats::BreakerSettings breaker;
  breaker.enabled = false;
  return wats::ClientOptions()
      .base_url(origin)
      .cache(cache)
      .breaker(breaker)
      .max_in_flight(500)
      .timeout(std::chrono::seconds(20))
      // What the origin closes while we rest must not cost a request.
      .max_connection_age(std::chrono::seconds(1));
}

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

/// Whether a header stays on the connection it came over.
bool is_of_connection(std::string_view name, const std::string& connection) {
  return wats::same_name(name, "Host") || wats::same_name(name, "Content-Length") ||
         wats::same_name(name, "Expect") || wats::same_name(name, "Authorization") ||
         !wats::policy::is_stored_field(name, connection);
}

wats::RawRequest passed_on(const Request& request) {
  wats::RawRequest out{std::string(view(request.target()))};
  const std::string method(view(request.method_string()));
  if (method == "HEAD")
    out.method = wats::Method::head;
  else if (method == "POST")
    out.method = wats::Method::post;
  else if (method != "GET")
    out.other_method = method;
  const std::string connection(view(request[http::field::connection]));
  for (const auto& field : request) {
    if (!is_of_connection(view(field.name_string()), connection))
      out.headers.add(view(field.name_string()), view(field.value()));
  }
  out.body = request.body();
  out.as_is = true;
  return out;
}

std::string status_of_cache(const wats::Answer<wats::RawAnswer>& answer) {
  const auto& provenance = answer.provenance();
  wats::policy::CacheOutcome outcome;
  outcome.hit = provenance.origin == wats::Origin::memory && !provenance.validated;
  if (provenance.validated) {
    outcome.forward = wats::policy::Forward::stale;
    outcome.forward_status = 304;
  } else if (!outcome.hit) {
    outcome.forward = wats::policy::Forward::miss;
  }
  outcome.collapsed = provenance.joined;
  return wats::policy::cache_status("cppwats", outcome);
}

Response passed_back(const Request& request, const wats::Answer<wats::RawAnswer>& answer) {
  Response out;
  out.version(11);
  out.result(static_cast<unsigned>(answer->status));
  const std::string connection = answer->headers.joined("Connection");
  const bool is_stored = answer.provenance().origin == wats::Origin::memory;
  answer->headers.for_each([&](std::string_view name, std::string_view value) {
    if (!wats::policy::is_stored_field(name, connection)) return;
    if (is_stored && wats::same_name(name, "Age")) return;
    out.insert(boost::beast::string_view(name.data(), name.size()),
               boost::beast::string_view(value.data(), value.size()));
  });
  if (is_stored) {
    const auto age = std::chrono::floor<std::chrono::seconds>(answer.provenance().age);
    out.set(http::field::age, std::to_string(age.count()));
  }
  out.insert("Cache-Status", status_of_cache(answer));
  const bool has_no_body =
      request.method() == http::verb::head || answer->status == 204 || answer->status == 304;
  if (!has_no_body) {
    out.body() = answer->body;
    out.content_length(answer->body.size());
  }
  return out;
}

Response failed(const wats::Error& error) {
  Response out;
  out.version(11);
  out.result(error.code() == wats::Errc::not_cached ? 504U : 502U);
  out.set(http::field::content_type, "text/plain");
  out.body() = error.message() + "\n";
  out.prepare_payload();
  return out;
}

void serve(tcp::socket socket, const wats::Client& client) {
  boost::beast::flat_buffer buffer;
  boost::system::error_code gone;
  for (;;) {
    Request request;
    http::read(socket, buffer, request, gone);
    if (gone) return;
    auto passed = passed_on(request);
    // Nothing else writes while the answer is waited for.
    passed.on_interim = [&socket](int status, const wats::Headers& headers) {
      boost::system::error_code ignored;
      asio::write(
          socket,
          asio::buffer("HTTP/1.1 " + std::to_string(status) + " Interim\r\n" + headers.text() + "\r\n"),
          ignored);
    };
    const auto answer = client.raw().send(std::move(passed)).with({.attempts = 1}).get();
    Response response = answer ? passed_back(request, *answer) : failed(answer.error());
    response.keep_alive(request.keep_alive());
    http::response_serializer<http::string_body> serializer(response);
    if (request.method() == http::verb::head)
      http::write_header(socket, serializer, gone);
    else
      http::write(socket, serializer, gone);
    if (gone || !request.keep_alive()) return;
  }
}

void listen(const std::string& origin) {
  const wats::Client client(options_for(origin));
  asio::io_context io;
  tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  std::cout << "http://127.0.0.1:" << acceptor.local_endpoint().port() << std::endl;
  for (;;) {
    tcp::socket socket(io);
    acceptor.accept(socket);
    std::thread([&client](tcp::socket accepted) { serve(std::move(accepted), client); }, std::move(socket))
        .detach();
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("http_cache_adapter ORIGIN: passes requests on through a caching client\n", stderr);
    return 2;
  }
  try {
    // As long as somebody holds the other end.
    std::thread([] {
      std::string line;
      while (std::getline(std::cin, line)) {
      }
      std::_Exit(0);
    }).detach();
    listen(argv[1]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "http_cache_adapter: %s\n", error.what());
    return 1;
  }
}
