// Clients that keep answers with their headers: by HTTP's rules alone, or to have the server confirm what is
// out of time. What those rules are is tested in tests/unit/policy and tests/http_cache.
#include "tests/support/http_rules.hpp"

#include "wats/client.hpp"

#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace wats {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::HttpOrigin;
using testing::HttpRules;
using ::testing::Not;
using testing::not_modified;
using testing::ok;
using testing::ScriptedServer;

TEST_F(HttpRules, of_wats_obey_no_store) {
  const HttpOrigin origin([](const std::string&, std::size_t) { return ok("Cache-Control: no-store\r\n"); });
  const Client client(options(origin, CacheRules::wats));
  ASSERT_TRUE(client.products().find("PN-1").get());
  ASSERT_TRUE(client.products().find("PN-1").get());
  EXPECT_EQ(origin.requests(), 2U);
}

TEST_F(HttpRules, of_wats_have_what_is_out_of_time_confirmed) {
  const HttpOrigin origin([](const std::string& head, std::size_t) {
    return head.contains("If-None-Match: \"1\"") ? not_modified
                                                 : ok("ETag: \"1\"\r\nCache-Control: no-cache\r\n");
  });
  const Client client(options(origin, CacheRules::wats));
  ASSERT_TRUE(client.products().find("PN-1").get());
  // The class's time counts, not the server's.
  EXPECT_EQ(client.products().find("PN-1").value().provenance().origin, wats::Origin::memory);
  EXPECT_EQ(origin.requests(), 1U);
  clock_->advance(2min);
  const auto confirmed = client.products().find("PN-1").value();
  EXPECT_EQ(confirmed->part_number, "PN-1");
  EXPECT_TRUE(confirmed.provenance().validated);
  EXPECT_EQ(confirmed.provenance().age, 0ns);
  EXPECT_THAT(origin.last(), HasSubstr("If-None-Match: \"1\"\r\n"));
  // It holds for as long again.
  clock_->advance(50s);
  EXPECT_FALSE(client.products().find("PN-1").value().provenance().validated);
  EXPECT_EQ(origin.requests(), 2U);
  // What was changed is not asked about.
  client.changed_elsewhere({cache::Tag("product", "PN-1")});
  EXPECT_FALSE(client.products().find("PN-1").value().provenance().validated);
  EXPECT_THAT(origin.last(), Not(HasSubstr("If-None-Match")));
}

TEST_F(HttpRules, are_the_servers_alone_where_they_are_strict) {
  const HttpOrigin origin([](const std::string& head, std::size_t number) {
    if (head.starts_with("GET /api/Product/PN-1")) return ok("Cache-Control: max-age=10\r\n");
    return number < 3 ? ok("") : ok("Cache-Control: max-age=10\r\n");
  });
  const Client client(options(origin, CacheRules::strict));
  ASSERT_TRUE(client.products().find("PN-2").get());
  ASSERT_TRUE(client.products().find("PN-2").get());
  EXPECT_EQ(origin.requests(), 2U) << "nothing was said of storing";
  ASSERT_TRUE(client.products().find("PN-1").get());
  clock_->advance(9s);
  const auto stored = client.products().find("PN-1").value();
  EXPECT_EQ(stored->part_number, "PN-1");
  EXPECT_EQ(stored.provenance().origin, wats::Origin::memory);
  EXPECT_EQ(stored.provenance().age, 9s);
  clock_->advance(2s);
  EXPECT_EQ(client.products().find("PN-1").value().provenance().origin, wats::Origin::server);
}

TEST_F(HttpRules, that_are_strict_keep_raw_answers_too_each_with_its_headers) {
  const HttpOrigin origin([](const std::string& head, std::size_t) {
    if (head.contains("If-None-Match")) return std::string("HTTP/1.1 304 Not Modified\r\nNew: 2\r\n\r\n");
    return ok("Cache-Control: max-age=10\r\nETag: \"1\"\r\nNew: 1\r\nConnection: Gone\r\nGone: 1\r\n",
              "0123456789");
  });
  const Client client(options(origin, CacheRules::strict));
  EXPECT_EQ(get(client).value()->headers.find("New"), "1");
  const auto stored = get(client).value();
  EXPECT_EQ(stored->body, "0123456789");
  EXPECT_FALSE(stored->headers.has("Gone"));
  EXPECT_EQ(get(client, "Range: bytes=2-4").value()->body, "234");
  EXPECT_EQ(get(client, "Range: bytes=2-4").value()->status, 206);
  const auto head = get(client, "", Method::head).value();
  EXPECT_EQ(head->body, "");
  EXPECT_EQ(head->headers.find("New"), "1");
  EXPECT_EQ(origin.requests(), 1U);
  clock_->advance(11s);
  const auto confirmed = get(client).value();
  EXPECT_TRUE(confirmed.provenance().validated);
  EXPECT_EQ(confirmed->status, 200);
  EXPECT_EQ(confirmed->body, "0123456789");
  EXPECT_EQ(confirmed->headers.find("New"), "2");
  EXPECT_EQ(get(client).value()->headers.find("New"), "2");
  EXPECT_EQ(origin.requests(), 2U);
}

TEST_F(HttpRules, that_are_strict_tell_variants_apart) {
  const HttpOrigin origin([](const std::string& head, std::size_t) {
    return ok("Cache-Control: max-age=10\r\nVary: Foo\r\n", head.contains("Foo: 1") ? "one" : "other");
  });
  const Client client(options(origin, CacheRules::strict));
  EXPECT_EQ(get(client, "Foo: 1").value()->body, "one");
  EXPECT_EQ(get(client, "Foo: 2").value()->body, "other");
  EXPECT_EQ(get(client, "Foo: 1").value()->body, "one");
  EXPECT_EQ(get(client, "Foo: 2").value()->body, "other");
  EXPECT_EQ(origin.requests(), 2U);
}

TEST_F(HttpRules, that_are_strict_share_a_request_only_where_its_answer_may_be_shared) {
  std::promise<void> go_on;
  const auto may_go_on = go_on.get_future().share();
  const HttpOrigin origin([may_go_on](const std::string& head, std::size_t) {
    may_go_on.wait();
    return ok(head.starts_with("GET /kept") ? "Cache-Control: max-age=10\r\n"
                                            : "Cache-Control: no-store\r\n");
  });
  const Client client(options(origin, CacheRules::strict));
  std::vector<std::future<Result<Answer<RawAnswer>>>> waiting;
  for (int i = 0; i < 5; ++i) {
    waiting.push_back(client.raw().get("/kept")(boost::asio::use_future));
    waiting.push_back(client.raw().get("/passing")(boost::asio::use_future));
  }
  // Behind them all on the same loop.
  EXPECT_FALSE(client.raw().get("/late").with({.timeout = 1ms})(boost::asio::use_future).get().has_value());
  go_on.set_value();
  for (auto& each : waiting) EXPECT_TRUE(each.get().has_value());
  EXPECT_LE(origin.requests(), 7U);
  EXPECT_GE(origin.requests(), 6U) << "five that pass, one that is kept";
}

TEST_F(HttpRules, that_are_strict_forget_what_a_write_was_sent_to_and_no_more) {
  const HttpOrigin origin([](const std::string& head, std::size_t) {
    if (head.starts_with("POST /x")) return ok("Location: /y\r\n");
    if (head.starts_with("POST /fails")) return ScriptedServer::answer("400 Bad Request", "");
    return ok("Cache-Control: max-age=1000\r\n");
  });
  const Client client(options(origin, CacheRules::strict));
  for (const char* path : {"/x", "/y", "/z", "/fails"}) ASSERT_TRUE(client.raw().get(path).get());
  ASSERT_TRUE(client.raw().send(RawRequest(Method::post, "/x")).get());
  EXPECT_FALSE(client.raw().send(RawRequest(Method::post, "/fails")).get());
  EXPECT_EQ(origin.requests(), 6U);
  const auto origin_of = [&](const char* path) { return client.raw().get(path).value().provenance().origin; };
  EXPECT_EQ(origin_of("/x"), wats::Origin::server);
  EXPECT_EQ(origin_of("/y"), wats::Origin::server);
  EXPECT_EQ(origin_of("/z"), wats::Origin::memory);
  EXPECT_EQ(origin_of("/fails"), wats::Origin::memory);
}

TEST_F(HttpRules, that_are_strict_show_stale_answers_only_as_far_as_they_may) {
  const HttpOrigin origin([](const std::string& head, std::size_t number) {
    if (number > 2) return std::string();
    return ok(head.starts_with("GET /strict") ? "Cache-Control: max-age=10, must-revalidate\r\n"
                                              : "Cache-Control: max-age=10\r\n");
  });
  const Client client(options(origin, CacheRules::strict, 1h));
  ASSERT_TRUE(client.raw().get("/strict").get());
  ASSERT_TRUE(client.raw().get("/free").get());
  clock_->advance(1min);
  EXPECT_FALSE(client.raw().get("/strict").get());
  const auto stale = client.raw().get("/free").value();
  EXPECT_TRUE(stale.provenance().stale);
  EXPECT_EQ(stale.provenance().why_stale, Staleness::server_away);
  clock_->advance(1h);
  EXPECT_FALSE(client.raw().get("/free").get());
}

TEST_F(HttpRules, that_are_strict_show_no_other_answer_in_place_of_a_failure) {
  const HttpOrigin origin([](const std::string& head, std::size_t) {
    if (head.contains("Foo: 1")) return ok("Cache-Control: max-age=1000\r\nVary: Foo\r\n", "one");
    if (head.contains("/confirm") && !head.contains("If-None-Match"))
      return ok("Cache-Control: max-age=1000, no-cache\r\nETag: \"1\"\r\n", "unconfirmed");
    return std::string();
  });
  const Client client(options(origin, CacheRules::strict));
  ASSERT_TRUE(get(client, "Foo: 1"));
  EXPECT_FALSE(get(client, "Foo: 2"));
  EXPECT_FALSE(client.raw().get("/x").with({.cache = CacheMode::fresh}).get());
  ASSERT_TRUE(client.raw().get("/confirm").get());
  EXPECT_FALSE(client.raw().get("/confirm").get());
}

TEST_F(HttpRules, that_are_strict_take_a_redirect_after_a_write_for_a_success) {
  const HttpOrigin origin([](const std::string& head, std::size_t) {
    if (head.starts_with("POST")) return ScriptedServer::answer("303 See Other", "", "Location: /y\r\n");
    return ok("Cache-Control: max-age=1000\r\n");
  });
  const Client client(options(origin, CacheRules::strict));
  for (const char* path : {"/x", "/y"}) ASSERT_TRUE(client.raw().get(path).get());
  EXPECT_FALSE(client.raw().send(RawRequest(Method::post, "/x")).get());
  for (const char* path : {"/x", "/y"})
    EXPECT_EQ(client.raw().get(path).value().provenance().origin, wats::Origin::server) << path;
}

TEST_F(HttpRules, that_are_strict_keep_nothing_of_what_is_elsewhere) {
  const HttpOrigin origin([](const std::string& head, std::size_t) {
    if (head.starts_with("GET /current"))
      return ScriptedServer::answer("302 Found", "", "Location: /batch\r\nCache-Control: no-store\r\n");
    return ok("Cache-Control: max-age=1000\r\n");
  });
  const Client client(options(origin, CacheRules::strict));
  ASSERT_TRUE(client.raw().get("/current").get());
  EXPECT_EQ(client.raw().get("/current").value().provenance().origin, wats::Origin::server);
}

TEST_F(HttpRules, that_are_strict_keep_plain_requests_and_those_passed_on_apart) {
  const HttpOrigin origin([](const std::string&, std::size_t) {
    return ScriptedServer::answer("404 Not Found", "", "Cache-Control: max-age=1000\r\n");
  });
  const Client client(options(origin, CacheRules::strict));
  RawRequest request("/x");
  request.as_is = true;
  EXPECT_EQ(client.raw().send(request).value()->status, 404);
  EXPECT_EQ(client.raw().send(request).value().provenance().origin, wats::Origin::memory);
  EXPECT_EQ(client.raw().get("/x").get().error().code(), Errc::not_found);
}

TEST_F(HttpRules, do_not_keep_what_is_confirmed_and_must_not_be_kept) {
  const HttpOrigin origin([](const std::string& head, std::size_t) {
    if (head.contains("If-None-Match"))
      return std::string("HTTP/1.1 304 Not Modified\r\nCache-Control: no-store\r\n\r\n");
    return ok("Cache-Control: max-age=10\r\nETag: \"1\"\r\n");
  });
  for (const auto rules : {CacheRules::wats, CacheRules::strict}) {
    const auto before = origin.requests();
    const Client client(options(origin, rules));
    ASSERT_TRUE(client.products().find("PN-1").get());
    clock_->advance(2min);
    EXPECT_TRUE(client.products().find("PN-1").value().provenance().validated);
    EXPECT_EQ(client.products().find("PN-1").value().provenance().origin, wats::Origin::server);
    EXPECT_EQ(origin.requests() - before, 3U);
  }
}

TEST_F(HttpRules, ask_again_without_conditions_where_the_answer_to_them_is_none) {
  const HttpOrigin origin([](const std::string& head, std::size_t) {
    if (head.contains("If-None-Match"))
      return ScriptedServer::answer("412 Precondition Failed", "", "ETag: \"9\"\r\n");
    return ok("Cache-Control: max-age=10\r\nETag: \"1\"\r\n");
  });
  const Client client(options(origin, CacheRules::wats));
  ASSERT_TRUE(client.products().find("PN-1").get());
  clock_->advance(2min);
  const auto again = client.products().find("PN-1").get();
  ASSERT_TRUE(again.has_value()) << again.error().message();
  EXPECT_FALSE(again->provenance().validated);
  EXPECT_EQ(origin.requests(), 3U);
}

TEST_F(HttpRules, of_wats_trust_no_time_of_change_that_has_only_just_been) {
  const HttpOrigin origin([](const std::string& head, std::size_t) {
    EXPECT_FALSE(head.contains("If-Modified-Since"));
    return ok("Date: Thu, 01 Jan 2026 00:00:30 GMT\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n");
  });
  const Client client(options(origin, CacheRules::wats));
  ASSERT_TRUE(client.products().find("PN-1").get());
  clock_->advance(2min);
  EXPECT_TRUE(client.products().find("PN-1").get());
  EXPECT_EQ(origin.requests(), 2U);
}

TEST_F(HttpRules, that_are_strict_refresh_behind_where_the_server_says_so) {
  const HttpOrigin origin([](const std::string&, std::size_t number) {
    return ok("Cache-Control: max-age=10, stale-while-revalidate=60\r\n", number == 1 ? "old" : "new");
  });
  const Client client(options(origin, CacheRules::strict));
  ASSERT_TRUE(get(client));
  clock_->advance(20s);
  const auto stale = get(client).value();
  EXPECT_EQ(stale->body, "old");
  EXPECT_EQ(stale.provenance().why_stale, Staleness::refreshing);
  while (origin.requests() < 2) std::this_thread::yield();
  while (get(client).value()->body == "old") std::this_thread::yield();
  EXPECT_EQ(origin.requests(), 2U) << "one refresh for all who ask meanwhile";
}

TEST_F(HttpRules, let_a_caller_ask_for_what_is_stored_alone) {
  const HttpOrigin origin(
      [](const std::string&, std::size_t) { return ok("Cache-Control: max-age=10\r\n"); });
  for (const auto rules : {CacheRules::wats, CacheRules::strict}) {
    const Client client(options(origin, rules));
    const CallOptions only{.cache = CacheMode::only_if_cached};
    const auto before = origin.requests();
    EXPECT_EQ(client.products().find("PN-1").with(only).get().error().code(), Errc::not_cached);
    EXPECT_EQ(client.raw().get("/x").with(only).get().error().code(), Errc::not_cached);
    EXPECT_EQ(origin.requests(), before);
    ASSERT_TRUE(client.products().find("PN-1").get());
    EXPECT_TRUE(client.products().find("PN-1").with(only).get());
    auto later = client.products().find("PN-1").with(only)(boost::asio::use_future);
    EXPECT_TRUE(later.get().has_value());
    EXPECT_EQ(origin.requests(), before + 1);
  }
  const Client off(options(origin, CacheRules::wats).no_cache());
  EXPECT_EQ(off.products().find("PN-1").with({.cache = CacheMode::only_if_cached}).get().error().code(),
            Errc::not_cached);
}

TEST_F(HttpRules, and_second_levels_do_not_go_together) {
  const HttpOrigin origin([](const std::string&, std::size_t) { return ok(""); });
  CacheSettings cache;
  cache.rules = CacheRules::strict;
  cache.directory = "/somewhere";
  const auto opened = Client::open(ClientOptions().base_url(origin.url()).cache(cache));
  ASSERT_FALSE(opened.has_value());
  EXPECT_THAT(opened.error().message(), HasSubstr("strict"));
}

}  // namespace
}  // namespace wats
