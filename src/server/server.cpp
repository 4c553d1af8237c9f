#include "wats/server/server.hpp"

#include "src/server/engine.hpp"
#include "src/server/front.hpp"
#include "src/server/ids.hpp"
#include "src/server/report_store.hpp"
#include "src/server/seeder.hpp"
#include "src/server/store.hpp"

#include <exception>
#include <future>
#include <optional>
#include <utility>

namespace wats::server {

class Server::Impl {
 public:
  explicit Impl(Options options) : settings(std::move(options)) {
    if (settings.tokens.empty()) settings.tokens.push_back(new_token());
  }

  [[nodiscard]] Result<void> start() {
    if (store) return fail(Errc::invalid_options, "the server has been started before");
    if (settings.latency.count() < 0 || settings.jitter.count() < 0 || settings.ingest_delay.count() < 0) {
      return fail(Errc::invalid_options, "latency, jitter and ingest delay must not be negative");
    }
    try {
      store.emplace(settings.database, settings.workers, settings.keep_history);
    } catch (const std::exception& problem) {
      return fail(Errc::io_error, "cannot open the database " + settings.database + ": " + problem.what());
    }
    engine.emplace(settings, settings.tokens, *store);
    front.emplace(settings, *engine);
    return front->start();
  }

  void stop() {
    if (front) front->stop();
    if (store) store->close();
  }

  /// Runs *action* on the writer's thread and waits for its commit.
  [[nodiscard]] Reply write(WriteAction action) {
    auto promise = std::make_shared<std::promise<Reply>>();
    auto future = promise->get_future();
    store->writer().submit(std::move(action),
                           [promise](Reply reply) { promise->set_value(std::move(reply)); });
    return future.get();
  }

  [[nodiscard]] Result<std::size_t> ingest_now() {
    std::size_t count = 0;
    const auto reply = write([&count](Transaction& transaction) {
      count = static_cast<std::size_t>(waiting_reports(transaction.database()));
      ingest_due_reports(transaction, INT64_MAX);
      return Reply();
    });
    if (reply.is_error()) return fail(Errc::io_error, "cannot take the waiting reports in: " + reply.body);
    return count;
  }

  Options settings;
  std::optional<Store> store;
  std::optional<Engine> engine;
  std::optional<Front> front;
};

Server::Server(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Server::~Server() {
  stop();
}

Result<void> Server::start() {
  return impl_->start();
}
void Server::stop() {
  impl_->stop();
}
std::uint16_t Server::port() const {
  return impl_->front ? impl_->front->port() : impl_->settings.port;
}
std::string Server::base_url() const {
  return "http://127.0.0.1:" + std::to_string(port());
}
std::string Server::token() const {
  return impl_->settings.tokens.front();
}

Result<void> Server::seed(const SeedSpec& spec) {
  if (!impl_->engine) return fail(Errc::closed, "the server has not been started");
  return seed_server(*impl_->engine, spec);
}

Result<std::size_t> Server::ingest_now() {
  if (!impl_->store) return fail(Errc::closed, "the server has not been started");
  return impl_->ingest_now();
}

Stats Server::stats() const {
  if (!impl_->engine) return {};
  auto stats = impl_->engine->counters().stats();
  stats.commits = impl_->store->writer().commits();
  stats.writes = impl_->store->writer().writes();
  return stats;
}

std::vector<RowVersion> Server::history() const {
  return impl_->store ? impl_->store->history().snapshot() : std::vector<RowVersion>();
}

}  // namespace wats::server
