// Reports handed to a client's outbox reach the embedded server, whatever comes between.
#include "tests/support/server_fixture.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wats/server/seed.hpp"

#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace wats {
namespace {

using namespace std::chrono_literals;

ReportDocument report(int n, const std::string& process = "10") {
  const std::string digits = std::to_string(1000 + n);
  return ReportDocument::parse(
             R"({"type":"T","id":"5a2b6c1e-7d34-4f0a-9c55-0e1f2a3b)" + digits + R"(","pn":"PN-1","sn":"SN-)" +
             std::to_string(n) + R"(","rev":"A","processCode":)" + process +
             R"(,"result":"P","machineName":"ST-1","location":"L","purpose":"P",)"
             R"("uut":{"user":"op","execTime":1.5},"start":"2026-02-03T09:15:00.000+01:00",)"
             R"("root":{"id":0,"group":"M","stepType":"SequenceCall","name":"Main","status":"P",)"
             R"("seqCall":{"path":"","name":"a.seq","version":"1"}}})")
      .value();
}

class ClientOutbox : public testing::ServerFixture {
 protected:
  void SetUp() override {
    ServerFixture::SetUp();
    seed();
  }
  /// The processes that reports name.
  void seed() {
    server::SeedSpec spec;
    spec.products = 1;
    ASSERT_TRUE(server_->seed(spec).has_value());
  }
  /// On the port it had.
  void start_server_again(std::uint16_t port) {
    server::Options again = server_options();
    again.tokens = {token};
    again.port = port;
    server_.emplace(std::move(again));
    const auto started = server_->start();
    ASSERT_TRUE(started.has_value()) << started.error().message();
    seed();
  }
  [[nodiscard]] ClientOptions with_outbox() const { return options().outbox(folder_.file("outbox")); }
  [[nodiscard]] std::size_t reports_there() const {
    const Client reader(options());
    return reader.reports().list(ReportPage(100)).value()->size();
  }

  testing::TemporaryFolder folder_;
};

TEST_F(ClientOutbox, hands_reports_over_in_every_way_of_waiting) {
  const Client client(with_outbox());
  const auto stored = client.submit(report(1)).value();
  EXPECT_EQ(stored->kind, outbox::Receipt::Kind::stored);
  EXPECT_EQ(stored->id, report(1).id());
  auto future = client.submit(report(2))(boost::asio::use_future);
  EXPECT_TRUE(future.get().has_value());
  EXPECT_EQ(client.submit(report(1)).value()->number, stored->number);
  EXPECT_TRUE(client.outbox()->wait_until_drained(20s));
  EXPECT_EQ(reports_there(), 2U);
}

TEST_F(ClientOutbox, keeps_reports_while_the_server_is_away_and_sends_them_after_the_next_start) {
  const auto away = with_outbox();
  const auto port = server_->port();
  server_->stop();
  {
    const Client client(away);
    for (int n = 1; n <= 5; ++n) ASSERT_TRUE(client.submit(report(n)).get().has_value());
    EXPECT_FALSE(client.outbox()->wait_until_drained(300ms));
    EXPECT_EQ(client.outbox()->status()->backlog(), 5);
  }
  start_server_again(port);
  const Client client(with_outbox());
  EXPECT_TRUE(client.outbox()->wait_until_drained(20s));
  EXPECT_EQ(reports_there(), 5U);
}

TEST_F(ClientOutbox, sets_aside_what_the_server_refuses_with_its_words) {
  const Client client(with_outbox());
  ASSERT_TRUE(client.submit(report(1, "7777")).get().has_value());
  ASSERT_TRUE(client.submit(report(2)).get().has_value());
  EXPECT_TRUE(client.outbox()->wait_until_drained(20s));
  const auto aside = client.outbox()->list(outbox::Selection(outbox::State::quarantined)).value();
  ASSERT_EQ(aside.size(), 1U) << aside.back().reason;
  EXPECT_NE(aside[0].reason.find("there is no process 7777"), std::string::npos) << aside[0].reason;
  EXPECT_EQ(reports_there(), 1U);
}

TEST_F(ClientOutbox, blames_no_report_for_a_refused_token) {
  const Client client(with_outbox().token("bm9ib2R5Om5vdGhpbmc="));
  ASSERT_TRUE(client.submit(report(1)).get().has_value());
  EXPECT_FALSE(client.outbox()->wait_until_drained(300ms));
  const auto status = client.outbox()->status().value();
  EXPECT_EQ(status.of(outbox::State::pending).items, 1);
}

TEST_F(ClientOutbox, of_another_server_is_not_opened) {
  {
    const Client client(with_outbox());
  }
  const auto other = Client::open(with_outbox().base_url("http://127.0.0.1:9"));
  ASSERT_FALSE(other.has_value());
  EXPECT_NE(other.error().message().find("it keeps reports for"), std::string::npos)
      << other.error().message();
}

TEST_F(ClientOutbox, may_be_left_out) {
  const Client client(options().outbox(""));
  EXPECT_EQ(client.submit(report(1)).get().error().code(), Errc::invalid_options);
}

TEST_F(ClientOutbox, takes_no_more_once_the_client_is_closed) {
  Client client(with_outbox());
  auto late = client.submit(report(1));
  client.close();
  EXPECT_EQ(std::move(late).get().error().code(), Errc::closed);
}

}  // namespace
}  // namespace wats
