// Server: an embedded WATS server in this process, for development, tests and lines without a server.
#pragma once

#include "wats/core/error.hpp"
#include "wats/server/history.hpp"
#include "wats/server/options.hpp"
#include "wats/server/seed.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace wats::server {

/// Counters of one operation since the start.
struct OperationStats {
  std::uint64_t requests = 0;  ///< received, refused ones included
  std::uint64_t errors = 0;    ///< answered with 4xx or 5xx, or cut by a fault
  std::uint64_t bytes_in = 0;  ///< bodies
  std::uint64_t bytes_out = 0;
};

/// Counters of a server since its start.
struct Stats {
  /// By operationId; operations never asked are missing. Requests without a route count under "unknown".
  std::map<std::string, OperationStats> operations;
  /// Sum over all operations; /metrics and /health are not counted.
  OperationStats total;
  std::uint64_t connections = 0;
  std::uint64_t commits = 0;
  /// Writes that shared a commit with others.
  std::uint64_t writes = 0;
};

/// A WATS server on 127.0.0.1 over SQLite.
/// *Thread safety*: all functions may be called from any thread, start() and stop() one at a time.
/// *Lifetime*: stops when destroyed.
class Server {
 public:
  explicit Server(Options options);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  /// Opens the database and listens.
  /// *Errors*: Errc::invalid_options; Errc::io_error when the database or the port cannot be had.
  [[nodiscard]] Result<void> start();
  /// Stops listening, lets requests in flight end (for a second at most), commits what was taken in and
  /// closes the database. Does nothing when stopped. A stopped server is not started again.
  void stop();

  [[nodiscard]] std::uint16_t port() const;
  /// For example http://127.0.0.1:8080.
  [[nodiscard]] std::string base_url() const;
  /// The first token of the options, or the one made up at the start.
  [[nodiscard]] std::string token() const;

  /// Fills the server through the same path that requests take; returns when all is committed and visible.
  /// *Errors*: Errc::rejected with the server's text; Errc::io_error.
  [[nodiscard]] Result<void> seed(const SeedSpec& spec);
  /// Makes reports visible that wait for their ingest delay. Returns how many.
  /// *Errors*: Errc::io_error.
  [[nodiscard]] Result<std::size_t> ingest_now();

  [[nodiscard]] Stats stats() const;
  /// The row versions committed since the start, oldest first.
  [[nodiscard]] std::vector<RowVersion> history() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wats::server
