// Counters: what the server has done, by operation.
#pragma once

#include "src/server/database.hpp"
#include "src/server/registry.hpp"
#include "wats/server/server.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace wats::server {

/// *Thread safety*: any thread.
class Counters {
 public:
  explicit Counters(const Registry& registry);

  /// *operation*: an index of the registry, or its size for requests without a route.
  void began(std::size_t operation, std::size_t bytes_in);
  /// *status* 0: closed without an answer.
  void ended(std::size_t operation, int status, std::size_t bytes_out, std::chrono::nanoseconds duration);
  void connected() { ++connections_; }

  [[nodiscard]] Stats stats() const;
  /// Prometheus text, with the numbers of rows in *database*.
  [[nodiscard]] std::string prometheus(Database& database) const;

 private:
  struct Operation {
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> bytes_in{0};
    std::atomic<std::uint64_t> bytes_out{0};
    std::atomic<std::uint64_t> nanoseconds{0};
    /// By the status' first digit; 0: closed without an answer.
    std::array<std::atomic<std::uint64_t>, 6> by_class{};
    [[nodiscard]] std::uint64_t errors() const { return by_class[0] + by_class[4] + by_class[5]; }
  };
  [[nodiscard]] std::string id(std::size_t operation) const;

  const Registry& registry_;
  std::unique_ptr<Operation[]> operations_;
  std::atomic<std::uint64_t> in_flight_{0};
  std::atomic<std::uint64_t> connections_{0};
};

}  // namespace wats::server
