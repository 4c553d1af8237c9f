// End to end as in the field: the embedded server behind a proxy that somebody else wrote, which speaks TLS
// and HTTP/2 to the client and HTTP/1.1 to the server.
#include "tests/support/nghttpx.hpp"

#include "tests/support/fault_proxy.hpp"
#include "tests/support/scripted_http2_server.hpp"
#include "tests/support/server_fixture.hpp"
#include "tests/support/shared_files.hpp"
#include "tests/support/test_authority.hpp"

#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <future>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wats {
namespace {

using namespace std::chrono_literals;
using testing::Nghttpx;

class BehindNghttpx : public testing::ServerFixture {
 protected:
  void SetUp() override {
    if (Nghttpx::program().empty()) {
      const std::string missing =
          std::string("nghttpx is not installed; Debian's package is ") + Nghttpx::package;
      if (testing::shared_files_are_required()) FAIL() << missing << ", and WATS_REQUIRE_SHARED is set";
      GTEST_SKIP() << missing;
    }
    testing::ServerFixture::SetUp();
    if (HasFatalFailure()) return;
    nghttpx_.emplace(authority_, server_->base_url());
    counter_.emplace(nghttpx_->base_url());
  }

  /// Notes what is spoken, and counts connections on the way.
  [[nodiscard]] ClientOptions through_nghttpx() {
    RetrySettings retry;
    retry.base_delay = 1ms;
    return options()
        .base_url("https://127.0.0.1:" + std::to_string(counter_->port()))
        .ca_file(authority_.ca_file())
        .no_cache()
        .timeout(20s)
        .retry(retry)
        .on_attempt([this](const AttemptReport& attempt) {
          const std::lock_guard lock(mutex_);
          protocols_.emplace(attempt.protocol);
        });
  }
  [[nodiscard]] std::set<std::string> protocols() {
    const std::lock_guard lock(mutex_);
    return protocols_;
  }

  const testing::TestAuthority authority_;
  std::optional<Nghttpx> nghttpx_;
  /// Nothing happens to what it passes on.
  std::optional<testing::FaultProxy> counter_;
  std::mutex mutex_;
  std::set<std::string> protocols_;
};

const std::set<std::string> http_2_only{"HTTP/2"};

TEST_F(BehindNghttpx, a_product_is_put_changed_and_read) {
  const Client client(through_nghttpx());
  Product product("PN-1");
  // More than any window of HTTP/2 takes at once.
  product.description = std::string(1'000'000, 'x');
  auto created = client.products().create(std::move(product)).get();
  ASSERT_TRUE(created.has_value()) << created.error().message();
  Product changed = created->copy();
  changed.name = "changed";
  const auto updated = client.products().update(std::move(changed)).get();
  ASSERT_TRUE(updated.has_value()) << updated.error().message();
  const auto found = client.products().find("PN-1").get();
  ASSERT_TRUE(found.has_value()) << found.error().message();
  EXPECT_EQ((*found)->name, Maybe<std::string>("changed"));
  EXPECT_EQ((*found)->description, Maybe<std::string>(std::string(1'000'000, 'x')));
  EXPECT_EQ(protocols(), http_2_only);
}

TEST_F(BehindNghttpx, a_report_is_handed_over_and_found) {
  ASSERT_TRUE(server_->seed({}).has_value());
  const Client client(through_nghttpx());
  const auto processes = client.processes().list().get();
  ASSERT_TRUE(processes.has_value()) << processes.error().message();
  const std::string code = std::to_string((*processes)->at(0).code.value_or(0));
  const auto report = ReportDocument::parse(
      R"({"type":"T","pn":"PN-1001","sn":"SN-1","rev":"A","processCode":)" + code +
      R"(,"result":"P","machineName":"ST-1","location":"Bench","purpose":"Production",)"
      R"("start":"2026-02-03T09:15:00.000Z","uut":{"user":"op1","execTime":4.2},)"
      R"("root":{"id":0,"group":"M","stepType":"SequenceCall","name":"Main","status":"P",)"
      R"("seqCall":{"path":"p/","name":"line.seq","version":"1.0"},"steps":[]}})");
  ASSERT_TRUE(report.has_value()) << report.error().message();
  const auto receipt = client.reports().submit(*report).get();
  ASSERT_TRUE(receipt.has_value()) << receipt.error().message();
  const auto headers = client.reports().query(report_field::serial_number == "SN-1").get();
  ASSERT_TRUE(headers.has_value()) << headers.error().message();
  ASSERT_EQ((*headers)->size(), 1U);
  EXPECT_EQ((*headers)->at(0).uuid, (*receipt)->uuid);
  EXPECT_EQ((*headers)->at(0).part_number, Maybe<std::string>("PN-1001"));
  EXPECT_EQ(protocols(), http_2_only);
}

TEST_F(BehindNghttpx, two_hundred_reads_at_once_share_a_few_connections) {
  constexpr std::size_t reads = 200;
  std::vector<Product> products;
  for (int i = 0; i < 20; ++i) products.push_back(add_product("PN-" + std::to_string(i), 2));
  const Client client(through_nghttpx());
  std::vector<std::future<Result<Answer<Product>>>> futures;
  for (std::size_t i = 0; i < reads; ++i) {
    const std::string& part_number = products[i % products.size()].part_number;
    futures.push_back(client.products().find(part_number)(boost::asio::use_future));
  }
  for (std::size_t i = 0; i < reads; ++i) {
    const auto found = futures[i].get();
    ASSERT_TRUE(found.has_value()) << found.error().message();
    EXPECT_EQ(**found, products[i % products.size()]);
  }
  EXPECT_EQ(calls("product_get"), reads);
  EXPECT_LE(counter_->connections(), 4);
  EXPECT_EQ(protocols(), http_2_only);
}

TEST_F(BehindNghttpx, streams_that_nobody_takes_leave_the_shared_connection_to_others) {
  Product product = add_product("PN-1", 2);
  product.description = std::string(12'000'000, 'x');
  const Client client(through_nghttpx());
  ASSERT_TRUE(client.products().update(std::move(product)).get().has_value());
  std::promise<void> may_go_on;
  const auto going_on = may_go_on.get_future().share();
  constexpr std::size_t streams = 6;
  std::array<std::size_t, streams> received{};
  std::vector<std::future<Result<Answer<RawAnswer>>>> downloads;
  for (std::size_t& bytes : received) {
    RawRequest request("/api/Product/PN-1");
    request.sink = to_function([&bytes, going_on](std::string_view piece) -> Result<void> {
      going_on.wait();
      bytes += piece.size();
      return {};
    });
    downloads.push_back(client.raw().send(std::move(request))(boost::asio::use_future));
  }
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(client.server().version()(boost::asio::use_future).get());
  may_go_on.set_value();
  for (auto& download : downloads) {
    const auto answer = download.get();
    EXPECT_TRUE(answer.has_value()) << answer.error().message();
  }
  EXPECT_THAT(received, ::testing::Each(::testing::Gt(12'000'000U)));
  EXPECT_EQ(protocols(), (std::set<std::string>{"HTTP/1.1", "HTTP/2"}));
  // The blocked ones each on its own, all others on one of the lane and one of the background loop.
  EXPECT_LE(counter_->connections(), static_cast<int>(streams) + 2);
}

TEST_F(BehindNghttpx, refusals_come_through_as_they_are) {
  const Client client(through_nghttpx());
  const auto missing = client.products().find("PN-none").get();
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code(), Errc::not_found) << missing.error().message();
  const Client stranger(through_nghttpx().token("d3Jvbmc="));
  const auto refused = stranger.server().ping().get();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), Errc::unauthorized) << refused.error().message();
  EXPECT_EQ(protocols(), http_2_only);
}

TEST_F(BehindNghttpx, a_redirect_to_a_server_of_http_1_leaves_the_sharing_as_it_was) {
  const Nghttpx elsewhere(authority_, server_->base_url(), "http/1.1");
  testing::Http2ServerOptions few_streams;
  few_streams.max_concurrent_streams = 5;
  const testing::ScriptedHttp2Server home(
      authority_,
      [&](const testing::Http2Request& request, testing::Http2Stream& stream) {
        if (request.path == "/moved")
          stream.answer(302, "", {{"location", elsewhere.base_url() + "/api/App/Version"}});
        else
          stream.answer(200, "\"1\"");
      },
      few_streams);
  const Client client(through_nghttpx().base_url(home.base_url()));
  for (int round = 0; round < 3; ++round) {
    // Without the token, which stays at home.
    const auto moved = client.raw().get("/moved")(boost::asio::use_future).get();
    ASSERT_FALSE(moved.has_value());
    EXPECT_EQ(moved.error().code(), Errc::unauthorized) << moved.error().message();
    std::vector<std::future<Result<Answer<std::string>>>> calls;
    for (int call = 0; call < 100; ++call)
      calls.push_back(client.server().version()(boost::asio::use_future));
    for (auto& call : calls) EXPECT_TRUE(call.get().has_value());
  }
  EXPECT_EQ(protocols(), (std::set<std::string>{"HTTP/1.1", "HTTP/2"}));
  EXPECT_LE(home.connections(), 4);
}

TEST_F(BehindNghttpx, a_server_that_has_gone_is_told_by_its_proxy) {
  const Client client(through_nghttpx());
  ASSERT_TRUE(client.server().version().get().has_value());
  server_->stop();
  const auto answered = client.server().version().get();
  ASSERT_FALSE(answered.has_value());
  EXPECT_EQ(answered.error().code(), Errc::server_error) << answered.error().message();
  EXPECT_EQ(answered.error().attempts(), 3);
  EXPECT_EQ(protocols(), http_2_only);
}

}  // namespace
}  // namespace wats
