// A bad network between client and server: delays, narrow lines, connections cut at a given byte.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace wats::testing {

/// What happens to a connection.
struct Weather {
  /// Bytes that still pass before the connection is reset.
  std::optional<std::size_t> cut_to_server;
  std::optional<std::size_t> cut_to_client;
  /// Added to each piece on its way, and at most this much more or less at random.
  std::chrono::milliseconds delay{0};
  std::chrono::milliseconds jitter{0};
  /// In each direction; 0: as many as come.
  std::size_t bytes_per_second = 0;
};

/// Passes bytes on between clients and the server at *base_url*, on 127.0.0.1; what is inside, TLS or not, it
/// doesn't know. *Thread safety*: any thread.
class FaultProxy {
 public:
  explicit FaultProxy(const std::string& base_url);
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;
  ~FaultProxy();

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] int connections() const;
  /// For connections from now on.
  void set(const Weather& weather);
  /// Bytes that have passed on all connections.
  [[nodiscard]] std::size_t passed_to_server() const;
  [[nodiscard]] std::size_t passed_to_client() const;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace wats::testing
