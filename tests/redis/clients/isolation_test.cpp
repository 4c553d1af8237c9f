// Two tokens that share a Redis: neither is shown what the other was answered, and Redis learns no token.
#include "tests/support/isolation.hpp"

#include "tests/support/redis_server.hpp"
#include "tests/support/shared_files.hpp"
#include "wats/cache_redis/redis_level.hpp"

#include <sstream>

namespace wats::testing {
namespace {

using namespace std::chrono_literals;

class OnRedis : public Isolation {
 protected:
  static constexpr std::string_view site_key = "the secret of these tests";

  void SetUp() override {
    if (RedisServer::program().empty()) {
      const std::string missing = "redis-server is not installed; Debian's package is redis-server";
      if (shared_files_are_required()) FAIL() << missing << ", and WATS_REQUIRE_SHARED is set";
      GTEST_SKIP() << missing;
    }
    Isolation::SetUp();
    redis_.emplace();
  }

  /// Connected, and so long that nothing which is kept may be shown no more.
  [[nodiscard]] std::shared_ptr<cache::SecondLevel> level() const {
    cache::RedisSettings settings;
    settings.port = redis_->port();
    settings.site_key = site_key;
    settings.time_limit = 5s;
    auto level = cache::open_redis(std::move(settings));
    while (level->oldest_to_show()) std::this_thread::sleep_for(1ms);
    return level;
  }
  /// Looks through all that Redis keeps. Gives back how many values were given to "A" and to "B".
  [[nodiscard]] std::map<std::string, std::size_t> owners() const {
    std::map<std::string, std::size_t> owners;
    std::istringstream keys(redis_->run({"KEYS", "*"}));
    for (std::string key; std::getline(keys, key);) {
      const bool is_value = redis_->run({"TYPE", key}) == "string";
      const std::string text = is_value ? redis_->run({"GET", key}) : redis_->run({"XRANGE", key, "-", "+"});
      for (const std::string& each : {key, text}) {
        expect_no_secret(each, key);
        EXPECT_EQ(each.find(site_key), std::string::npos);
      }
      const bool is_a = text.find(R"("answeredTo":"A")") != std::string::npos;
      const bool is_b = text.find(R"("answeredTo":"B")") != std::string::npos;
      EXPECT_FALSE(is_a && is_b);
      if (is_value) ++owners[is_a ? "A" : is_b ? "B" : ""];
    }
    return owners;
  }

  std::optional<RedisServer> redis_;
};

TEST_F(OnRedis, nothing_crosses) {
  const auto of_a = level();
  const auto of_b = level();
  expect_own_answers(Client(options("A", with(of_a))), "A");
  await_stored(*of_a, kept_below());
  EXPECT_EQ(owners().count("B"), 0U);
  expect_own_answers(Client(options("B", with(of_b))), "B");
  await_stored(*of_b, kept_below());
  EXPECT_EQ(owners().at("A"), owners().at("B"));
  // Another station of each finds its own.
  expect_shared_answers(Client(options("A", with(level()))), "A", "A");
  expect_shared_answers(Client(options("B", with(level()))), "B", "B");
}

TEST_F(OnRedis, with_a_scope_static_and_slow_answers_cross) {
  const auto of_a = level();
  ASSERT_FALSE(ask_everything(Client(options("A", with(of_a)).cache_scope(scope))).empty());
  await_stored(*of_a, kept_below());
  const auto of_b = level();
  expect_shared_answers(Client(options("B", with(of_b)).cache_scope(scope)), "B", "A");
  EXPECT_EQ(owners().count("B"), 0U);
  // Neither with another scope nor without one.
  expect_own_answers(Client(options("B", with(of_b)).cache_scope("line 4")), "B");
  expect_own_answers(Client(options("B", with(of_b))), "B");
}

}  // namespace
}  // namespace wats::testing
