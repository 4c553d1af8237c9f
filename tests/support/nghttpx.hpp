// A proxy as it may stand before a real server: nghttpx, which speaks TLS and HTTP/2 to clients and HTTP/1.1
// to what is behind it.
#pragma once

#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_authority.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <sys/types.h>

namespace wats::testing {

/// A process of its own on a free port of 127.0.0.1. *Lifetime*: the process goes with it, and with the
/// thread that made it, however the test ends.
class Nghttpx {
 public:
  /// The Debian package it comes in.
  static constexpr const char* package = "nghttp2-proxy";
  /// Empty when it is not installed.
  [[nodiscard]] static std::string program();

  /// In front of the server at *base_url*, with the authority's certificate, offering these *protocols*; it
  /// accepts connections when this returns. *Errors*: throws with nghttpx's own words when it does not come
  /// to that.
  Nghttpx(const TestAuthority& authority, const std::string& base_url,
          const std::string& protocols = "h2,http/1.1");
  Nghttpx(const Nghttpx&) = delete;
  Nghttpx& operator=(const Nghttpx&) = delete;
  ~Nghttpx();

  [[nodiscard]] std::string base_url() const { return "https://127.0.0.1:" + std::to_string(port_); }

 private:
  void start(const TestAuthority& authority, const std::string& base_url, const std::string& protocols);
  void stop() noexcept;
  /// Until it accepts; false when it has ended before, as when another program has taken its port.
  [[nodiscard]] bool wait_until_it_accepts(std::chrono::steady_clock::time_point limit);
  [[nodiscard]] bool has_ended() noexcept;
  [[nodiscard]] std::string words() const;

  /// Its configuration and what it says.
  TemporaryFolder folder_;
  std::uint16_t port_ = 0;
  ::pid_t process_ = 0;
};

}  // namespace wats::testing
