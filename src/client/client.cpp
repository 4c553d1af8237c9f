#include "wats/client.hpp"

#include "src/client/outbox_host.hpp"
#include "src/client/submit_run.hpp"
#include "wats/cache_disk/disk_level.hpp"

#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace wats {

Client::Shared::Shared(std::shared_ptr<http::detail::Engine> opened)
    : engine(std::move(opened)), outbox(std::make_shared<detail::OutboxHost>(engine)) {}

Client::Shared::~Shared() {
  // While what is on its way can still come back.
  outbox->close();
  http::detail::close_engine(*engine);
}

namespace {

/// Opens what the options only name.
ClientOptions opened(ClientOptions options) {
  if (options.cache().directory.empty() || !options.cache().enabled) return options;
  cache::DiskSettings disk(options.cache().directory);
  if (options.logger()) {
    disk.report = [logger = options.logger()](std::string_view line) {
      logger(LogLevel::warning, "cache: " + std::string(line));
    };
  }
  CacheSettings settings = options.cache();
  settings.second_level = cache::open_disk(std::move(disk));
  // Clients made with these options share it.
  settings.directory.clear();
  return std::move(options.cache(std::move(settings)));
}

}  // namespace

Client::Client(ClientOptions options) {
  if (auto valid = options.validate(); !valid) throw Failure(valid.error());
  shared_ = std::make_shared<const Shared>(http::detail::open_engine(opened(std::move(options))));
  if (auto ready = shared_->outbox->open_if_named(); !ready) throw Failure(ready.error());
}

Result<Client> Client::open(ClientOptions options) {
  if (auto valid = options.validate(); !valid) return std::unexpected(std::move(valid).error());
  try {
    Client client(std::make_shared<const Shared>(http::detail::open_engine(opened(std::move(options)))));
    if (auto ready = client.shared_->outbox->open_if_named(); !ready)
      return std::unexpected(std::move(ready).error());
    return client;
  } catch (const Failure& failure) {
    return std::unexpected(failure.error());
  } catch (const std::exception& error) {
    return fail(Errc::io_error, std::string("the client can't be opened: ") + error.what());
  }
}

const ClientOptions& Client::options() const noexcept {
  return http::detail::options_of(*shared_->engine);
}
ClientStats Client::stats() const {
  return ClientStats(http::detail::stats_of(*shared_->engine));
}
void Client::clear_cache() const {
  http::detail::clear_cache(*shared_->engine);
}
Call<outbox::Receipt> Client::submit(ReportDocument report, outbox::AddOptions how) const {
  return Call<outbox::Receipt>(
      std::make_shared<detail::SubmitRun>(shared_->outbox, outbox::from(std::move(report)), std::move(how)));
}
Result<outbox::Outbox> Client::outbox() const {
  return shared_->outbox->outbox();
}
void Client::close() const noexcept {
  shared_->outbox->close();
  http::detail::close_engine(*shared_->engine);
}
void Client::changed_elsewhere(std::vector<cache::Tag> tags) const {
  http::detail::changed_elsewhere(*shared_->engine, std::move(tags));
}

}  // namespace wats
