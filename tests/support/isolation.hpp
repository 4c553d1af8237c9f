// Isolation: asks everything there is with two tokens, and says whose answers each of them was shown.
#pragma once

#include "tests/property/invalidation/instances.hpp"
#include "tests/support/answered_to.hpp"
#include "wats/client.hpp"
#include "wats/server/server.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace wats::testing {

/// What a client was answered to a read.
class Shown {
 public:
  std::string operation;
  CacheClass cache_class = CacheClass::never;
  Origin origin = Origin::server;
  /// To whom the server gave it; empty where an answer has no room for that.
  std::string given_to;
};

/// A server that knows two tokens, behind a relay that writes into each answer whom it is for.
class Isolation : public ::testing::Test {
 protected:
  static constexpr const char* token_a = "c3RhdGlvbi1hOnRoZS1zZWNyZXQtb2YtYQ==";
  static constexpr const char* token_b = "c3RhdGlvbi1iOnRoZS1zZWNyZXQtb2YtYg==";
  /// What must not be found anywhere: the tokens as they are, and what they stand for.
  static constexpr std::string_view secrets[] = {token_a, token_b, "the-secret-of-a", "the-secret-of-b"};
  static constexpr const char* scope = "the scope of line 3";

  void SetUp() override {
    server::Options options;
    options.tokens = {token_a, token_b};
    server_.emplace(std::move(options));
    ASSERT_TRUE(server_->start());
    server::SeedSpec processes;
    processes.products = 0;
    ASSERT_TRUE(server_->seed(processes));
    relay_.emplace(server_->port(), std::map<std::string, std::string>{{token_a, "A"}, {token_b, "B"}});
    fill();
  }

  /// *who*: "A" or "B".
  [[nodiscard]] ClientOptions options(std::string_view who, CacheSettings cache = CacheSettings()) const {
    return ClientOptions()
        .base_url(relay_->base_url())
        .token(who == "A" ? token_a : token_b)
        .timeout(std::chrono::seconds(30))
        .cache(std::move(cache));
  }
  [[nodiscard]] static CacheSettings with(std::shared_ptr<cache::SecondLevel> level) {
    CacheSettings cache;
    cache.second_level = std::move(level);
    return cache;
  }

  /// Every read there is, the live ones with leave to remember.
  [[nodiscard]] std::vector<Shown> ask_everything(const Client& client) {
    std::vector<Shown> all;
    op::All::for_each([&]<class Op>() {
      if constexpr (Op::card.is_read()) all.push_back(ask<Op>(client));
    });
    return all;
  }

  /// *client* was shown what the server gave to its own principal, by this client's own requests; asked again
  /// it remembers.
  void expect_own_answers(const Client& client, const std::string& who) {
    for (const Shown& shown : ask_everything(client)) {
      EXPECT_EQ(shown.origin, Origin::server) << shown.operation;
      expect_given_to(shown, who);
    }
    for (const Shown& shown : ask_everything(client)) {
      const bool remembers = shown.cache_class != CacheClass::never;
      EXPECT_EQ(shown.origin, remembers ? Origin::memory : Origin::server) << shown.operation;
      expect_given_to(shown, who);
    }
  }
  /// What *owner* was answered is shown to *other*, who shares the scope, if it is static or slow.
  void expect_shared_answers(const Client& client, const std::string& other, const std::string& owner) {
    for (const Shown& shown : ask_everything(client)) {
      const bool crosses = shown.cache_class == CacheClass::fixed || shown.cache_class == CacheClass::slow;
      EXPECT_EQ(shown.origin, crosses ? Origin::second_level : Origin::server) << shown.operation;
      expect_given_to(shown, crosses ? owner : other);
    }
  }
  /// Reads whose answers a second level keeps.
  [[nodiscard]] static std::size_t kept_below() {
    std::size_t count = 0;
    op::All::for_each([&]<class Op>() {
      const CacheClass what = Op::card.cache_class;
      if (Op::card.is_read() && (what == CacheClass::fixed || what == CacheClass::slow)) ++count;
    });
    return count;
  }
  /// Waits until a level has stored so many.
  static void await_stored(const cache::SecondLevel& level, std::size_t count) {
    while (level.stats().stored < count) std::this_thread::yield();
  }
  /// *place*: of *text*, for people.
  static void expect_no_secret(std::string_view text, const std::string& place) {
    for (const std::string_view secret : secrets)
      EXPECT_EQ(text.find(secret), std::string_view::npos) << secret << " is in " << place;
    EXPECT_EQ(text.find(scope), std::string_view::npos) << "the scope is in " << place;
  }

  std::optional<server::Server> server_;
  std::optional<Relay> relay_;

 private:
  /// What the questions are about.
  void fill() {
    const Client client(ClientOptions().base_url(server_->base_url()).token(token_a).no_cache());
    Product product(world_.part_number(0));
    for (std::size_t i = 0; i < 2; ++i) product.revisions.emplace_back(World::revision(i));
    ASSERT_TRUE(client.products().create(std::move(product)).get());
    Dice dice(1);
    ASSERT_TRUE(client.call(Instances<op::ReportPostWsjf>::draw(world_, dice)).get());
  }
  template <op::Operation Op>
  [[nodiscard]] Shown ask(const Client& client) {
    // The same question every time.
    Dice dice(1);
    CallOptions how;
    if (Op::card.cache_class == CacheClass::live) how.max_age = std::chrono::hours(1);
    const auto answer = client.call(Instances<Op>::draw(world_, dice)).with(how).value();
    auto value = answer.copy();
    Shown shown;
    shown.operation = Op::card.id;
    shown.cache_class = Op::card.cache_class;
    shown.origin = answer.provenance().origin;
    shown.given_to = take_mark(value);
    // Or this test would not see whose answer it is.
    const bool has_room = !std::is_same_v<typename Op::Answer, std::string>;
    EXPECT_EQ(shown.given_to.empty(), !has_room) << shown.operation;
    return shown;
  }
  static void expect_given_to(const Shown& shown, const std::string& who) {
    EXPECT_TRUE(shown.given_to.empty() || shown.given_to == who)
        << shown.operation << " was given to " << shown.given_to << " and shown to " << who;
  }

  World world_{1, 1, 1};
};

}  // namespace wats::testing
