// A blocking HTTP/1.1 client that sends exactly what a test says, for tests of the server.
#pragma once

#include <arpa/inet.h>
#include <cstdint>
#include <map>
#include <netinet/in.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <utility>

namespace wats::testing {

/// An answer; *complete* is false when the connection ended before all of it came.
struct RawAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names in small letters
  std::string body;
  bool complete = false;
};

/// One connection to 127.0.0.1. Every wait ends after 20 s.
class RawHttp {
 public:
  explicit RawHttp(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval most{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // The socket API takes every kind of address by a pointer to its common beginning.
    const auto* const any = reinterpret_cast<const sockaddr*>(&address);
    if (::connect(socket_, any, sizeof address) != 0) {
      ::close(socket_);
      throw std::runtime_error("cannot connect to the server under test");
    }
    port_ = port;
  }
  RawHttp(const RawHttp&) = delete;
  RawHttp& operator=(const RawHttp&) = delete;
  ~RawHttp() { ::close(socket_); }

  void send(std::string_view text) {
    while (!text.empty()) {
      const auto sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;  // the server cut the connection: receive() tells what it said before
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  /// Nothing more will be sent.
  void finish_sending() { ::shutdown(socket_, SHUT_WR); }

  /// A request as a client would send it; *headers* are whole lines, each ending in \r\n.
  [[nodiscard]] std::string request(std::string_view method, std::string_view target,
                                    std::string_view headers, std::string_view body = {}) const {
    std::string text = std::string(method) + " " + std::string(target) +
                       " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port_) + "\r\n" +
                       std::string(headers);
    if (!body.empty()) {
      text += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    }
    return text + "\r\n" + std::string(body);
  }

  /// The next answer; *without_body*: it answers HEAD.
  [[nodiscard]] RawAnswer receive(bool without_body = false) {
    RawAnswer answer;
    std::size_t end = std::string::npos;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
      if (!more()) return answer;
    }
    read_head(answer, received_.substr(0, end));
    received_.erase(0, end + 4);
    if (answer.status == 100) return receive(without_body);
    const auto length = answer.headers.find("content-length");
    const std::size_t size = without_body || length == answer.headers.end() ? 0 : std::stoul(length->second);
    while (received_.size() < size) {
      if (!more()) break;
    }
    answer.complete = received_.size() >= size;
    answer.body = received_.substr(0, size);
    received_.erase(0, size);
    return answer;
  }

  /// Whether the server has closed the connection and nothing is left to read.
  [[nodiscard]] bool is_closed() { return received_.empty() && !more(); }

 private:
  bool more() {
    char piece[16384];
    const auto got = ::recv(socket_, piece, sizeof piece, 0);
    if (got <= 0) return false;
    received_.append(piece, static_cast<std::size_t>(got));
    return true;
  }

  static void read_head(RawAnswer& answer, const std::string& head) {
    answer.status = std::stoi(head.substr(head.find(' ') + 1));
    std::size_t at = head.find("\r\n");
    while (at != std::string::npos) {
      at += 2;
      const auto end = head.find("\r\n", at);
      const auto line = head.substr(at, end == std::string::npos ? end : end - at);
      const auto colon = line.find(':');
      std::string name = line.substr(0, colon);
      for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      answer.headers[name] = line.substr(line.find_first_not_of(' ', colon + 1));
      at = end;
    }
  }

  int socket_;
  std::uint16_t port_ = 0;
  std::string received_;
};

}  // namespace wats::testing
