// After a write no read of the same client shows the older state, and interlocks are always asked.
#include "tests/support/scripted_server.hpp"
#include "tests/support/server_fixture.hpp"

#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <vector>

namespace wats {
namespace {

using testing::ScriptedServer;

class StaleProof : public testing::ServerFixture {};

TEST_F(StaleProof, a_save_drops_product_revisions_and_list) {
  Product product = add_product("PN-1", 2);
  const Client client(options());
  ASSERT_TRUE(client.products().find("PN-1").get());
  ASSERT_TRUE(client.products().find_revision("PN-1", "R0").get());
  ASSERT_TRUE(client.products().list().get());

  product.name = "new name";
  product.revisions.at(0).description = "new description";
  ASSERT_TRUE(client.products().update(product).get());

  EXPECT_EQ(client.products().find("PN-1").value()->name, Maybe<std::string>("new name"));
  EXPECT_EQ(client.products().find_revision("PN-1", "R0").value()->description,
            Maybe<std::string>("new description"));
  EXPECT_EQ(client.products().list().value()->at(0).name, Maybe<std::string>("new name"));
}

TEST_F(StaleProof, a_save_of_one_product_keeps_the_others) {
  const Product product = add_product("PN-1");
  add_product("PN-2");
  const Client client(options());
  ASSERT_TRUE(client.products().find("PN-2").get());
  ASSERT_TRUE(client.products().update(product).get());
  EXPECT_EQ(client.products().find("PN-2").value().provenance().origin, Origin::memory);
}

TEST_F(StaleProof, renaming_a_product_drops_its_old_name) {
  Product product = add_product("PN-old");
  const Client client(options());
  ASSERT_TRUE(client.products().find("PN-old").get());
  product.part_number = "PN-new";
  ASSERT_TRUE(client.products().update(product).get());
  const auto old_one = client.products().find("PN-old").get();
  ASSERT_FALSE(old_one.has_value());
  EXPECT_EQ(old_one.error().code(), Errc::not_found);
}

TEST_F(StaleProof, renaming_a_product_drops_its_old_name_however_its_id_is_spelt) {
  Product product = add_product("PN-old");
  const Client client(options());
  ASSERT_TRUE(client.products().find("PN-old").get());
  product.part_number = "PN-new";
  // Ids mean the same in capitals, and the server takes them so.
  for (char& letter : *product.product_id) {
    if (letter >= 'a' && letter <= 'f') letter = static_cast<char>(letter - 'a' + 'A');
  }
  ASSERT_TRUE(client.products().update(product).get());
  const auto old_one = client.products().find("PN-old").get();
  ASSERT_FALSE(old_one.has_value());
  EXPECT_EQ(old_one.error().code(), Errc::not_found);
}

TEST_F(StaleProof, an_interlock_is_asked_every_time_whatever_the_options_say) {
  add_product("PN-1");
  const Client client(options());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.units().verify("SN-1", "PN-1").with({.max_age = std::chrono::hours(1)}).get());
  }
  EXPECT_EQ(calls("production_verify_unit"), 3);
}

TEST_F(StaleProof, live_reads_are_asked_every_time_unless_opted_in) {
  const Client client(options());
  const auto filter = report_field::serial_number == "SN-1";
  ASSERT_TRUE(client.reports().query(filter).get());
  ASSERT_TRUE(client.reports().query(filter).get());
  EXPECT_EQ(calls("report_query_headers"), 2);
  const CallOptions aged{.max_age = std::chrono::minutes(1)};
  ASSERT_TRUE(client.reports().query(filter).with(aged).get());
  EXPECT_EQ(client.reports().query(filter).with(aged).value().provenance().origin, Origin::memory);
  EXPECT_EQ(client.reports().query(filter).value().provenance().origin, Origin::server);
}

TEST_F(StaleProof, many_who_ask_the_same_make_one_request) {
  add_product("PN-1");
  const Client client(options());
  std::vector<std::future<Result<Answer<Product>>>> futures;
  for (int i = 0; i < 50; ++i) futures.push_back(client.products().find("PN-1")(boost::asio::use_future));
  for (auto& future : futures) ASSERT_TRUE(future.get().has_value());
  EXPECT_EQ(calls("product_get"), 1);
}

TEST_F(StaleProof, a_raw_write_drops_everything) {
  add_product("PN-1");
  const Client client(options());
  ASSERT_TRUE(client.products().find("PN-1").get());
  RawRequest write("/api/Production/SetUnitPhase?serialNumber=SN-1&partNumber=PN-1&phase=2");
  write.method = Method::put;
  ASSERT_TRUE(client.raw().send(write).get());
  EXPECT_EQ(client.products().find("PN-1").value().provenance().origin, Origin::server);
}

TEST_F(StaleProof, nothing_stored_is_shown_while_a_write_is_under_way) {
  // The server holds the write back until the read beside it has been answered.
  std::promise<void> write_came;
  std::promise<void> read_done;
  auto read_was_done = read_done.get_future().share();
  const ScriptedServer server([&](const std::string& head, ScriptedServer::Socket& socket) {
    if (head.starts_with("PUT")) {
      write_came.set_value();
      read_was_done.wait();
    }
    return ScriptedServer::send(
        socket, ScriptedServer::answer("200 OK", R"({"partNumber":"PN-1","productId":"id"})"));
  });
  const Client client(ClientOptions().base_url(server.base_url()));
  const auto product = client.products().find("PN-1").value();
  auto write = client.products().update(product.copy())(boost::asio::use_future);
  write_came.get_future().wait();
  EXPECT_EQ(client.products().find("PN-1").value().provenance().origin, Origin::server);
  EXPECT_EQ(client.products().find("PN-1").value().provenance().origin, Origin::server);
  read_done.set_value();
  ASSERT_TRUE(write.get().has_value());
  EXPECT_EQ(client.products().find("PN-1").value().provenance().origin, Origin::server);
  EXPECT_EQ(client.products().find("PN-1").value().provenance().origin, Origin::memory);
}

/// Answers products, and takes writes in the way the test says.
class CutWrites {
 public:
  explicit CutWrites(std::string status)
      : status_(std::move(status)), server_([this](const std::string& head, ScriptedServer::Socket& socket) {
          if (head.starts_with("GET")) {
            return ScriptedServer::send(
                socket, ScriptedServer::answer("200 OK", R"({"partNumber":"PN-1","productId":"id"})"));
          }
          if (status_.empty()) return false;
          return ScriptedServer::send(socket, ScriptedServer::answer(status_, "{}"));
        }) {}

  /// Whether a product that was stored is asked for again after a write.
  [[nodiscard]] bool drops_the_product() {
    const Client client(ClientOptions().base_url(server_.base_url()));
    const auto product = client.products().find("PN-1").value();
    EXPECT_FALSE(client.products().update(product.copy()).get().has_value());
    return client.products().find("PN-1").value().provenance().origin == Origin::server;
  }

 private:
  std::string status_;
  ScriptedServer server_;
};

TEST(UncertainWrite, a_cut_connection_may_have_had_an_effect) {
  EXPECT_TRUE(CutWrites("").drops_the_product());
}
TEST(UncertainWrite, a_server_error_may_have_had_an_effect) {
  EXPECT_TRUE(CutWrites("503 Unavailable").drops_the_product());
}
/// Never answers a PUT, and shows its effect only when told to.
class LateServer {
 public:
  [[nodiscard]] Client client() const { return Client(ClientOptions().base_url(server_.base_url())); }
  void commit() { is_committed_ = true; }

 private:
  std::atomic<bool> is_committed_{false};
  ScriptedServer server_{[this](const std::string& head, ScriptedServer::Socket& socket) {
    if (head.starts_with("PUT")) return true;
    const std::string name = is_committed_ ? "new" : "old";
    return ScriptedServer::send(
        socket, ScriptedServer::answer("200 OK", R"({"partNumber":"PN-1","name":")" + name + R"("})"));
  }};
};

constexpr CallOptions impatient{.timeout = std::chrono::milliseconds(50)};

TEST(UncertainWrite, what_the_server_shows_before_it_is_done_is_not_kept) {
  LateServer server;
  const Client client = server.client();
  Product product("PN-1");
  product.product_id = "00000000-0000-4000-8000-000000000001";
  ASSERT_FALSE(client.products().update(product).with(impatient).get());
  EXPECT_EQ(client.products().find("PN-1").value()->name, Maybe<std::string>("old"));
  server.commit();
  EXPECT_EQ(client.products().find("PN-1").value()->name, Maybe<std::string>("new"));
}

TEST(UncertainWrite, of_a_raw_request_covers_everything) {
  LateServer server;
  const Client client = server.client();
  RawRequest put("/api/Product");
  put.method = Method::put;
  put.body = "{}";
  ASSERT_FALSE(client.raw().send(put).with(impatient).get());
  EXPECT_EQ(client.products().find("PN-1").value()->name, Maybe<std::string>("old"));
  server.commit();
  EXPECT_EQ(client.products().find("PN-1").value()->name, Maybe<std::string>("new"));
}

TEST(UncertainWrite, a_refused_write_costs_at_most_a_new_request) {
  EXPECT_TRUE(CutWrites("400 Bad Request").drops_the_product());
}

}  // namespace
}  // namespace wats
