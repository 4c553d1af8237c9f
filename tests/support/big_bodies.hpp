// Bodies too large to pass at once, told apart byte by byte.
#pragma once

#include "tests/support/scripted_server.hpp"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <iterator>
#include <string>

namespace wats::testing {

inline constexpr std::size_t mebibyte = std::size_t{1} << 20U;

/// Bytes that tell a part from another.
inline std::string pattern(std::size_t from, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(((from + i) * 2'654'435'761U) >> 24U);
  return bytes;
}

inline std::string head_of(std::size_t size) {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\nContent-Length: " + std::to_string(size) +
         "\r\n\r\n";
}

/// Sends the pattern; false when the peer has gone.
inline bool send_pattern(ScriptedServer::Socket& socket, std::size_t size,
                         std::atomic<std::size_t>* sent = nullptr) {
  if (!ScriptedServer::send(socket, head_of(size))) return false;
  constexpr std::size_t piece = 65'536;
  for (std::size_t at = 0; at < size; at += piece) {
    if (!ScriptedServer::send(socket, pattern(at, std::min(piece, size - at)))) return false;
    if (sent != nullptr) *sent += piece;
  }
  return true;
}

inline std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace wats::testing
