#include "wats/client.hpp"

#include <utility>

namespace wats {

Client::Shared::~Shared() {
  http::detail::close_engine(*engine);
}

Client::Client(ClientOptions options) {
  if (auto valid = options.validate(); !valid) throw Failure(valid.error());
  shared_ = std::make_shared<const Shared>(http::detail::open_engine(std::move(options)));
}

Result<Client> Client::open(ClientOptions options) {
  if (auto valid = options.validate(); !valid) return std::unexpected(std::move(valid).error());
  try {
    return Client(std::make_shared<const Shared>(http::detail::open_engine(std::move(options))));
  } catch (const Failure& failure) {
    return std::unexpected(failure.error());
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
void Client::close() const noexcept {
  http::detail::close_engine(*shared_->engine);
}
void Client::changed_elsewhere(std::vector<cache::Tag> tags) const {
  http::detail::changed_elsewhere(*shared_->engine, std::move(tags));
}

}  // namespace wats
