// An embedded server with a client, for integration tests.
#pragma once

#include "tests/support/traffic_recorder.hpp"
#include "wats/client.hpp"
#include "wats/server/server.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace wats::testing {

/// A fresh server in memory; each test gets its own.
class ServerFixture : public ::testing::Test {
 protected:
  static constexpr const char* token = "dGVzdDp0b2tlbg==";

  void SetUp() override {
    server::Options options = server_options();
    options.tokens = {token};
    record_traffic(options);
    server_.emplace(std::move(options));
    const auto started = server_->start();
    ASSERT_TRUE(started.has_value()) << started.error().message();
  }

  [[nodiscard]] virtual server::Options server_options() const { return {}; }

  [[nodiscard]] ClientOptions options() const {
    return ClientOptions().base_url(server_->base_url()).token(token).timeout(std::chrono::seconds(10));
  }

  /// A product in the store, as the server keeps it.
  Product add_product(const std::string& part_number, std::size_t revisions = 1) {
    Product product(part_number);
    product.name = "name of " + part_number;
    for (std::size_t i = 0; i < revisions; ++i) {
      product.revisions.emplace_back("R" + std::to_string(i));
    }
    Client client(options().no_cache());
    return client.products().create(std::move(product)).value().copy();
  }

  [[nodiscard]] std::uint64_t calls(const std::string& operation) const {
    const auto stats = server_->stats();
    const auto found = stats.operations.find(operation);
    return found == stats.operations.end() ? 0 : found->second.requests;
  }

  std::optional<server::Server> server_;
};

}  // namespace wats::testing
