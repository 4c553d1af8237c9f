// POSTs that only ask: kept like GETs, told apart by what their bodies mean.
#include "tests/support/scripts.hpp"
#include "wats/client.hpp"
#include "wats/model/json.hpp"

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <utility>

namespace wats {
namespace {

using testing::ScriptedServer;
using Socket = ScriptedServer::Socket;

struct YieldQuery {
  using Answer = std::string;
  static constexpr op::Card card{.id = "yield_query",
                                 .summary = "Ask for a yield",
                                 .method = Method::post,
                                 .path = "/api/App/Yield",
                                 .cache_class = CacheClass::slow,
                                 .body = op::BodyKind::json,
                                 .is_query = true};

  YieldQuery() = default;
  explicit YieldQuery(Json asked) : filter(std::move(asked)) {}

  Json filter;

  [[nodiscard]] static Idempotency idempotency() { return Idempotency::safe; }
  template <class Out>
  void tags(Out&& out) const {
    out("reports", "");
  }

  using Self = YieldQuery;
  static constexpr auto fields() { return std::tuple(WATS_FIELD(filter).as_body()); }
};
static_assert(op::Operation<YieldQuery>);

TEST(QueryPosts, that_mean_the_same_are_one_request) {
  const ScriptedServer server([](const std::string& head, Socket& socket) {
    EXPECT_TRUE(head.starts_with("POST /api/App/Yield"));
    EXPECT_FALSE(head.contains("If-None-Match")) << "a condition on a POST means something else";
    return ScriptedServer::send(socket, ScriptedServer::answer("200 OK", "\"97\"", "ETag: \"1\"\r\n"));
  });
  for (const auto rules : {CacheRules::wats, CacheRules::strict}) {
    CacheSettings cache;
    cache.rules = rules;
    const int before = server.requests();
    const Client client(ClientOptions().base_url(server.base_url()).cache(cache));
    const auto ask = [&](const char* filter) {
      return client.call(YieldQuery(Json::parse(filter).value())).value().provenance().origin;
    };
    EXPECT_EQ(ask(R"({"partNumber":"PN-1","days":7})"), Origin::server);
    // By the class's time; the server said nothing of storing.
    const auto again = rules == CacheRules::wats ? Origin::memory : Origin::server;
    EXPECT_EQ(ask(R"({ "days" : 7, "partNumber" : "PN\u002d1" })"), again);
    EXPECT_EQ(ask(R"({"partNumber":"PN-2","days":7})"), Origin::server);
    EXPECT_EQ(server.requests() - before, rules == CacheRules::wats ? 2 : 3);
    client.changed_elsewhere({cache::Tag("reports", "")});
    EXPECT_EQ(ask(R"({"partNumber":"PN-1","days":7})"), Origin::server);
  }
}

}  // namespace
}  // namespace wats
