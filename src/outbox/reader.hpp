// Reader: what is asked of an outbox beside its writer.
#pragma once

#include "src/storage/connection.hpp"
#include "wats/outbox/item.hpp"
#include "wats/outbox/options.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace wats::outbox::detail {

/// *Thread safety*: any thread; one question after the other. *Errors*: Errc::io_error from all.
class Reader {
 public:
  explicit Reader(const Settings& settings) : settings_(settings) {}

  [[nodiscard]] Result<Status> status();
  [[nodiscard]] Result<std::vector<Item>> list(const Selection& which);
  /// Of those that *which* means, at most *which.most*.
  [[nodiscard]] Result<std::vector<std::int64_t>> numbers(const Selection& which);
  /// *Errors*: Errc::not_found.
  [[nodiscard]] Result<Item> find(std::int64_t number);
  [[nodiscard]] Result<std::string> document(std::int64_t number);
  [[nodiscard]] Result<std::vector<Attempt>> attempts(std::int64_t number);
  [[nodiscard]] Result<std::vector<AuditEntry>> audit(std::size_t most);

 private:
  template <class Ask>
  [[nodiscard]] auto ask(Ask&& question) -> decltype(question(std::declval<storage::Connection&>()));
  [[nodiscard]] storage::Connection& connection();

  const Settings& settings_;
  std::mutex mutex_;
  std::unique_ptr<storage::Connection> connection_;
  std::uint64_t identity_ = 0;
};

}  // namespace wats::outbox::detail
