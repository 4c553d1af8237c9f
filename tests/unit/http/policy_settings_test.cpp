// What clients are told by default is what the policies are tested with.
#include "src/http/policy_settings.hpp"

#include "wats/core/client_options.hpp"

#include <gtest/gtest.h>

namespace wats::http::detail {
namespace {

TEST(PolicySettings, a_client_that_is_told_nothing_uses_the_defaults_of_the_policies) {
  const ClientOptions options;
  EXPECT_EQ(to_policy(options.retry()), policy::RetrySettings());
  EXPECT_EQ(to_policy(options.breaker()), policy::BreakerSettings());
  EXPECT_EQ(to_policy(options.rate(), false), policy::RateSettings());
  EXPECT_EQ(to_policy(options.concurrency(), options.max_in_flight()), policy::ConcurrencySettings());
}

TEST(PolicySettings, a_server_on_this_machine_is_asked_without_a_limit_unless_told) {
  EXPECT_EQ(to_policy(RateSettings(), true).requests, 0U);
  RateSettings told;
  told.per_minute = 7;
  EXPECT_EQ(to_policy(told, true).requests, 7U);
}

}  // namespace
}  // namespace wats::http::detail
