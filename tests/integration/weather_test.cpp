// The embedded server behind a bad network: a narrow line, delays, cuts in the middle of an answer; and the
// same server gone and back again, while connections to the old one are still in the pool.
#include "tests/support/fault_proxy.hpp"
#include "tests/support/server_fixture.hpp"
#include "tests/support/temporary_folder.hpp"

#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <future>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wats {
namespace {

using namespace std::chrono_literals;
using testing::Weather;
using Clock = std::chrono::steady_clock;
using Found = Result<Answer<Product>>;

/// Without long waits between attempts, and without the breaker: what is looked at is one call after the
/// other.
ClientOptions undaunted(ClientOptions options) {
  RetrySettings retry;
  retry.base_delay = 1ms;
  BreakerSettings breaker;
  breaker.enabled = false;
  return options.no_cache().timeout(20s).retry(retry).breaker(breaker);
}

class BadWeather : public testing::ServerFixture {
 protected:
  /// Far above the deadlines, so that a busy machine does not matter.
  static constexpr std::chrono::seconds soon{10};

  void SetUp() override {
    testing::ServerFixture::SetUp();
    if (!HasFatalFailure()) network_.emplace(server_->base_url());
  }

  /// The server answers to its own port only: the network is passed as a proxy is.
  [[nodiscard]] ClientOptions through_the_network() const {
    return undaunted(options()).proxy("http://127.0.0.1:" + std::to_string(network_->port()));
  }

  /// A product whose record takes a few 100 KB.
  Product add_large_product() {
    Product product("PN-large");
    for (int i = 0; i < 300; ++i) {
      auto& revision = product.revisions.emplace_back("R" + std::to_string(i));
      revision.description = std::string(1000, static_cast<char>('a' + i % 26));
    }
    return Client(options().no_cache()).products().create(std::move(product)).value().copy();
  }

  std::optional<testing::FaultProxy> network_;
};

TEST_F(BadWeather, a_narrow_line_takes_its_time_and_brings_all) {
  const Product large = add_large_product();
  Weather narrow;
  narrow.bytes_per_second = 1'000'000;
  network_->set(narrow);
  const Client client(through_the_network());
  const auto begin = Clock::now();
  const auto found = client.products().find("PN-large").get();
  const auto took = Clock::now() - begin;
  ASSERT_TRUE(found.has_value()) << found.error().message();
  EXPECT_EQ(**found, large);
  EXPECT_GT(network_->passed_to_client(), 300'000U);
  EXPECT_GE(took, std::chrono::microseconds(network_->passed_to_client()));
  EXPECT_EQ(calls("product_get"), 1);
}

TEST_F(BadWeather, a_line_too_narrow_for_the_answer_costs_the_attempts_and_no_more) {
  add_large_product();
  Weather narrow;
  narrow.bytes_per_second = 100'000;
  network_->set(narrow);
  const Client client(through_the_network().attempt_timeout(300ms));
  const auto begin = Clock::now();
  const auto found = client.products().find("PN-large").with({.attempts = 2}).get();
  const auto took = Clock::now() - begin;
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code(), Errc::timeout) << found.error().message();
  EXPECT_EQ(found.error().attempts(), 2);
  EXPECT_GE(took, 600ms);
  EXPECT_LT(took, soon);
}

TEST_F(BadWeather, fifty_calls_that_come_late_and_out_of_order_each_get_their_own_answer) {
  constexpr std::size_t count = 50;
  std::vector<Product> products;
  for (std::size_t i = 0; i < count; ++i) products.push_back(add_product("PN-" + std::to_string(i), 2));
  Weather changing;
  changing.delay = 20ms;
  changing.jitter = 20ms;
  network_->set(changing);
  const Client client(through_the_network());
  std::vector<std::future<Found>> futures;
  for (const Product& product : products)
    futures.push_back(client.products().find(product.part_number)(boost::asio::use_future));
  for (std::size_t i = 0; i < count; ++i) {
    const auto found = futures[i].get();
    ASSERT_TRUE(found.has_value()) << found.error().message();
    EXPECT_EQ(**found, products[i]);
  }
  EXPECT_EQ(calls("product_get"), count);
}

TEST_F(BadWeather, a_read_cut_in_the_middle_of_its_answer_is_repeated) {
  const Product large = add_large_product();
  Weather cutting;
  cutting.cut_to_client = 100'000;
  network_->set(cutting);
  std::vector<std::optional<Errc>> failures;
  const Client client(through_the_network().on_attempt([&](const AttemptReport& attempt) {
    failures.push_back(attempt.failure);
    // Before the next attempt connects.
    network_->set({});
  }));
  const auto found = client.products().find("PN-large").get();
  ASSERT_TRUE(found.has_value()) << found.error().message();
  EXPECT_EQ(**found, large);
  EXPECT_EQ(failures, (std::vector<std::optional<Errc>>{Errc::connection_lost, std::nullopt}));
  EXPECT_EQ(calls("product_get"), 2);
}

TEST_F(BadWeather, a_write_cut_in_the_middle_of_its_answer_is_not_repeated) {
  Product large = add_large_product();
  large.product_id = {};
  large.part_number = "PN-new";
  for (auto& revision : large.revisions) {
    revision.product_id = {};
    revision.product_revision_id = {};
  }
  Weather cutting;
  cutting.cut_to_client = 100'000;
  network_->set(cutting);
  const Client client(through_the_network());
  const auto created = client.products().create(large).get();
  ASSERT_FALSE(created.has_value());
  EXPECT_EQ(created.error().code(), Errc::connection_lost) << created.error().message();
  EXPECT_EQ(calls("product_save"), 2) << "the first of them was that of the large product";
  network_->set({});
  EXPECT_TRUE(client.products().find("PN-new").get().has_value());
}

/// A server that can be started again: on the same port, with what it had.
class Restarts : public ::testing::Test {
 protected:
  void SetUp() override { start(0); }

  void start(std::uint16_t port) {
    server::Options options;
    options.port = port;
    options.database = folder_.file("wats.db");
    options.tokens = {token};
    server_.emplace(std::move(options));
    const auto started = server_->start();
    ASSERT_TRUE(started.has_value()) << started.error().message();
  }
  /// *meanwhile* happens while nobody listens.
  template <class Meanwhile>
  void restart(Meanwhile&& meanwhile) {
    const auto port = server_->port();
    server_->stop();
    saves_before_ += saves_of(*server_);
    server_.reset();
    meanwhile();
    start(port);
  }
  void restart() {
    restart([] {});
  }

  [[nodiscard]] ClientOptions options() const {
    return undaunted(ClientOptions().base_url(server_->base_url()).token(token));
  }
  [[nodiscard]] static std::uint64_t saves_of(const server::Server& server) {
    const auto stats = server.stats();
    const auto found = stats.operations.find("product_save");
    return found == stats.operations.end() ? 0 : found->second.requests;
  }
  /// Requests to save a product that any of the servers got.
  [[nodiscard]] std::uint64_t saves() const { return saves_before_ + saves_of(*server_); }

  /// How often *part_number* is stored.
  [[nodiscard]] std::ptrdiff_t stored(const std::string& part_number) const {
    const auto products = Client(options()).products().list().value();
    return std::ranges::count(*products, part_number, &ProductView::part_number);
  }

  /// What the caller of a write was told is what happened.
  void expect_told(const Found& created, const std::string& part_number, std::uint64_t requests) const {
    EXPECT_LE(requests, 1U) << part_number;
    if (created) {
      EXPECT_EQ(requests, 1U) << part_number;
      EXPECT_EQ(stored(part_number), 1) << part_number;
      return;
    }
    const Errc code = created.error().code();
    EXPECT_TRUE(code == Errc::connection_lost || code == Errc::cannot_connect) << created.error().message();
    if (code == Errc::cannot_connect) {
      EXPECT_EQ(requests, 0U) << created.error().message();
      EXPECT_EQ(stored(part_number), 0) << created.error().message();
    }
  }

  static constexpr const char* token = "dGVzdDp0b2tlbg==";
  const testing::TemporaryFolder folder_;
  std::optional<server::Server> server_;
  std::uint64_t saves_before_ = 0;
};

TEST_F(Restarts, leave_dead_connections_that_cost_reads_nothing) {
  const Client client(options());
  for (int round = 0; round < 10; ++round) {
    std::vector<std::future<Result<Answer<std::string>>>> futures;
    for (int i = 0; i < 20; ++i) futures.push_back(client.server().version()(boost::asio::use_future));
    for (auto& future : futures) {
      const auto answered = future.get();
      EXPECT_TRUE(answered.has_value()) << round << ": " << answered.error().message();
    }
    const auto blocking = client.server().version().get();
    EXPECT_TRUE(blocking.has_value()) << round << ": " << blocking.error().message();
    restart();
  }
}

TEST_F(Restarts, make_no_write_over_a_dead_connection_happen_twice) {
  const Client client(options());
  for (int round = 0; round < 10; ++round) {
    for (const bool in_background : {false, true}) {
      const std::string part_number = "PN-" + std::to_string(round) + (in_background ? "-b" : "-a");
      ASSERT_TRUE(client.server().version().get().has_value());
      ASSERT_TRUE(client.server().version()(boost::asio::use_future).get().has_value());
      restart();
      const auto before = saves();
      auto call = client.products().create(Product(part_number));
      const auto created = in_background ? std::move(call)(boost::asio::use_future).get() : call.get();
      expect_told(created, part_number, saves() - before);
    }
  }
}

TEST_F(Restarts, in_the_middle_of_writes_leave_what_their_callers_were_told) {
  const Client client(options());
  for (int round = 0; round < 20; ++round) {
    const std::string part_number = "PN-" + std::to_string(round);
    ASSERT_TRUE(client.server().version()(boost::asio::use_future).get().has_value());
    const auto before = saves();
    const auto create = [&] {
      return client.products().create(Product(part_number))(boost::asio::use_future);
    };
    std::future<Found> future;
    // Under way when the server goes, or begun while it is away.
    if (round % 2 == 0) {
      future = create();
      restart();
    } else {
      restart([&] { future = create(); });
    }
    const auto created = future.get();
    expect_told(created, part_number, saves() - before);
  }
}

}  // namespace
}  // namespace wats
