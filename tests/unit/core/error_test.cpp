// Error: one type with properties.
#include "wats/core/error.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace wats {
namespace {

TEST(Error, tells_operation_and_sentence) {
  const Error error = Error(Errc::not_found, "nothing there").with_operation("product_get");
  EXPECT_EQ(error.message(), "product_get: nothing there");
  EXPECT_EQ(error.what(), "nothing there");
  EXPECT_EQ(error.operation(), "product_get");
}

TEST(Error, builders_leave_the_original_alone) {
  const Error plain(Errc::too_many_requests, "slow down");
  const Error rich =
      plain.with_server(429, "limit").with_retry_after(std::chrono::seconds(7)).with_request("id1", 2);
  EXPECT_EQ(plain.http_status(), 0);
  EXPECT_FALSE(plain.retry_after().has_value());
  EXPECT_EQ(rich.http_status(), 429);
  EXPECT_EQ(rich.server_text(), "limit");
  EXPECT_EQ(rich.retry_after(), std::chrono::seconds(7));
  EXPECT_EQ(rich.request_id(), "id1");
  EXPECT_EQ(rich.attempts(), 2);
}

TEST(Error, converts_to_an_error_code_of_the_wats_category) {
  const std::error_code code = Errc::timeout;
  EXPECT_EQ(code.category(), error_category());
  EXPECT_EQ(code.message(), "timeout");
}

TEST(Error, every_code_has_a_name_of_its_own) {
  std::set<std::string> names;
  const int last = static_cast<int>(Errc::outbox_full);
  for (int code = 1; code <= last; ++code) names.emplace(name(static_cast<Errc>(code)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(last));
  EXPECT_FALSE(names.contains("unknown"));
}

}  // namespace
}  // namespace wats
