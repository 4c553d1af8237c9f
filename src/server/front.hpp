// Front: the server's listening socket, its I/O thread and its connections.
#pragma once

#include "src/server/engine.hpp"
#include "wats/core/error.hpp"
#include "wats/server/options.hpp"

#include <chrono>
#include <cstdint>
#include <memory>

namespace wats::server {

class Front {
 public:
  /// *engine* must outlive the front.
  Front(const Options& options, Engine& engine);
  Front(const Front&) = delete;
  Front& operator=(const Front&) = delete;
  ~Front();

  /// Listens on 127.0.0.1 and starts the I/O thread. *Errors*: Errc::io_error.
  [[nodiscard]] Result<void> start();
  /// Stops listening, lets what is in flight end (for a second at most), ends the thread. Further calls do
  /// nothing.
  void stop();
  [[nodiscard]] std::uint16_t port() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wats::server
