// The blocking and the asynchronous way to get a value, loaded if need be.
#include "support.hpp"

#include <gtest/gtest.h>

#include <exception>
#include <expected>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace wats::cache::test {
namespace {

TEST(Get, loads_once_and_then_hits) {
  IntCache cache;
  int loads = 0;
  const auto loader = [&] { return number(++loads); };
  EXPECT_EQ(*cache.get(std::string_view("a"), loader), 1);
  EXPECT_EQ(*cache.get(std::string_view("a"), loader), 1);
  EXPECT_EQ(*cache.get("b", loader), 2);
  EXPECT_EQ(loads, 2);
}

TEST(Get, a_loader_may_say_how_its_value_is_to_be_stored) {
  FakeClock clock;
  IntCache cache({.now = clock.function()});
  StoreOptions options = tagged({Tag("learnt")});
  options.ttl = 1s;
  const Tag known("known");
  int loads = 0;
  const auto loader = [&] { return IntCache::Loaded(number(++loads), options); };
  EXPECT_EQ(*cache.get("a", loader, one(known)), 1);
  clock.advance(1s);
  EXPECT_EQ(*cache.get("a", loader, one(known)), 2);
  cache.invalidate(Tag("learnt"));
  EXPECT_EQ(*cache.get("a", loader, one(known)), 3);
  cache.invalidate(known);
  EXPECT_EQ(*cache.get("a", loader, one(known)), 4);
  EXPECT_EQ(*cache.get("a", loader, one(known)), 4);
}

TEST(Get, an_exception_of_the_loader_is_thrown_and_not_cached) {
  IntCache cache;
  EXPECT_THROW(cache.get("a", []() -> IntCache::Pointer { throw std::runtime_error("refused"); }),
               std::runtime_error);
  EXPECT_EQ(cache.stats().load_failures, 1U);
  EXPECT_EQ(*cache.get("a", [] { return number(1); }), 1);
}

TEST(Get, failures_of_another_kind_are_returned_and_not_cached) {
  using Failing = Cache<std::string, int, std::string>;
  Failing cache;
  using Loaded = std::expected<Failing::Pointer, std::string>;
  const auto failed = cache.get("a", [] { return Loaded(std::unexpected("no such part")); });
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error(), "no such part");
  const auto good = cache.get("a", [] { return Loaded(number(1)); });
  ASSERT_TRUE(good.has_value());
  EXPECT_EQ(**good, 1);
  const auto plain = cache.get("b", [] { return Failing::Loaded(number(2)); });
  ASSERT_TRUE(plain.has_value());
  EXPECT_EQ(**plain, 2);
}

TEST(Get, an_exception_where_failures_are_returned_gives_the_load_up) {
  Cache<std::string, int, std::string> cache;
  EXPECT_THROW(std::ignore = cache.get("a", []() -> IntCache::Pointer { throw std::runtime_error("bug"); }),
               std::runtime_error);
  EXPECT_EQ(cache.stats().abandoned, 1U);
  EXPECT_EQ(cache.stats().load_failures, 0U);
}

TEST(Get, a_null_value_is_given_back_and_not_kept) {
  IntCache cache;
  EXPECT_EQ(cache.get("a", [] { return IntCache::Pointer(); }), nullptr);
  EXPECT_EQ(cache.stats().entries, 0U);
}

// Makes the function that holds it one that can only be moved.
class Number {
 public:
  explicit Number(int value) : value_(value) {}
  Number(Number&&) = default;
  Number& operator=(Number&&) = default;
  Number(const Number&) = delete;
  Number& operator=(const Number&) = delete;
  ~Number() = default;
  [[nodiscard]] int value() const { return value_; }

 private:
  int value_;
};

class GetAsync : public testing::Test {
 protected:
  void ask(std::string_view key = "key", LookupOptions options = {}) {
    cache_.get_async(
        key, [this](IntCache::Ticket ticket) { tickets_.push_back(std::move(ticket)); },
        [this, asked = Number(asked_++)](const IntCache::Landing& landing) {
          answers_.emplace_back(asked.value(), landing);
        },
        {}, options);
  }

  IntCache cache_;
  std::vector<IntCache::Ticket> tickets_;
  std::vector<std::pair<int, IntCache::Landing>> answers_;
  int asked_ = 0;
};

TEST_F(GetAsync, one_load_answers_all_who_asked_and_each_of_them_once) {
  ask();
  ask();
  ask();
  EXPECT_TRUE(answers_.empty());
  ASSERT_EQ(tickets_.size(), 1U);
  tickets_[0].land(number(7));
  ASSERT_EQ(answers_.size(), 3U);
  for (int i = 0; i < 3; ++i) {
    const auto& [asked, landing] = answers_[static_cast<std::size_t>(i)];
    EXPECT_EQ(asked, i);
    EXPECT_EQ(*landing.value, 7);
  }
}

TEST_F(GetAsync, a_hit_answers_at_once) {
  cache_.put("key", number(3));
  ask();
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_EQ(*answers_[0].second.value, 3);
  EXPECT_TRUE(tickets_.empty());
}

TEST_F(GetAsync, a_failure_reaches_all) {
  ask();
  ask();
  tickets_[0].fail(std::make_exception_ptr(std::runtime_error("refused")));
  ASSERT_EQ(answers_.size(), 2U);
  EXPECT_EQ(answers_[0].second.kind, LandingKind::failure);
  EXPECT_EQ(answers_[1].second.kind, LandingKind::failure);
}

TEST_F(GetAsync, a_dropped_ticket_tells_all_who_asked_the_leader_too) {
  ask();
  ask();
  tickets_.clear();
  ASSERT_EQ(answers_.size(), 2U);
  EXPECT_EQ(answers_[0].second.kind, LandingKind::abandoned);
  EXPECT_EQ(answers_[1].second.kind, LandingKind::abandoned);
  EXPECT_EQ(cache_.stats().abandoned, 1U);
}

TEST_F(GetAsync, the_leader_gets_its_value_even_if_it_may_not_be_stored) {
  ask();
  cache_.clear();
  tickets_[0].land(number(1));
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_EQ(*answers_[0].second.value, 1);
  EXPECT_FALSE(cache_.find("key"));
}

TEST_F(GetAsync, a_loader_that_throws_tells_who_asked_once_and_the_caller_gets_the_exception) {
  int told = 0;
  EXPECT_THROW(cache_.get_async(
                   "key", [](IntCache::Ticket) { throw std::runtime_error("cannot start"); },
                   [&](const IntCache::Landing& landing) {
                     ++told;
                     EXPECT_EQ(landing.kind, LandingKind::abandoned);
                   }),
               std::runtime_error);
  EXPECT_EQ(told, 1);
}

TEST_F(GetAsync, a_loader_may_land_at_once) {
  int told = 0;
  cache_.get_async(
      "key", [](IntCache::Ticket ticket) { ticket.land(number(5)); },
      [&](const IntCache::Landing& landing) { told += *landing.value; });
  EXPECT_EQ(told, 5);
  EXPECT_EQ(*cache_.find("key").value, 5);
}

}  // namespace
}  // namespace wats::cache::test
