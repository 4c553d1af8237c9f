// Clients that keep answers with their headers: what they must not show, keep or hand on where calls meet,
// overtake each other or fail.
#include "tests/support/http_rules.hpp"
#include "tests/support/sinks.hpp"
#include "wats/client.hpp"

#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
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
using testing::not_modified;
using testing::ok;
using testing::ScriptedServer;

/// Once this has ended, all that was begun before on the same loop is under way.
void wait_for_those_before(const Client& client) {
  static_cast<void>(client.raw().get("/late").with({.timeout = 1ms})(boost::asio::use_future).get());
}
RawRequest as_is(const std::string& headers = "", Method method = Method::get) {
  RawRequest request(method, "/x");
  request.headers = Headers::from_text(headers);
  request.as_is = true;
  return request;
}

TEST_F(HttpRules, of_wats_give_all_who_wait_what_is_confirmed_and_not_to_be_kept) {
  std::promise<void> go_on;
  const auto may_go_on = go_on.get_future().share();
  const HttpOrigin origin([may_go_on](const std::string& head, std::size_t) {
    if (!head.contains("If-None-Match")) return ok("ETag: \"1\"\r\n");
    may_go_on.wait();
    return std::string("HTTP/1.1 304 Not Modified\r\nCache-Control: no-store\r\n\r\n");
  });
  const Client client(options(origin, CacheRules::wats));
  ASSERT_TRUE(client.products().find("PN-1").get());
  clock_->advance(2min);
  std::vector<std::future<Result<Answer<Product>>>> waiting;
  for (int i = 0; i < 3; ++i) waiting.push_back(client.products().find("PN-1")(boost::asio::use_future));
  wait_for_those_before(client);
  go_on.set_value();
  for (auto& each : waiting) {
    const auto product = each.get();
    ASSERT_TRUE(product.has_value()) << product.error().message();
    EXPECT_EQ((*product)->part_number, "PN-1");
    EXPECT_EQ((*product)->name, Maybe<std::string>("a name"));
  }
  const auto before = origin.requests();
  EXPECT_EQ(client.products().find("PN-1").value().provenance().origin, Origin::server);
  EXPECT_EQ(origin.requests(), before + 1) << "nothing was left to be confirmed";
}

TEST_F(HttpRules, of_wats_have_nothing_confirmed_that_came_as_a_part) {
  for (const std::string range : {"", "Content-Range: bytes 0-3/10\r\n", "Content-Range: nonsense\r\n"}) {
    const HttpOrigin origin([range](const std::string&, std::size_t) {
      return ScriptedServer::answer("206 Partial Content", testing::one_product, "ETag: \"1\"\r\n" + range);
    });
    const Client client(options(origin, CacheRules::wats));
    ASSERT_TRUE(client.products().find("PN-1").get()) << range;
    clock_->advance(2min);
    ASSERT_TRUE(client.products().find("PN-1").get()) << range;
    EXPECT_FALSE(origin.last().contains("If-None-Match")) << range;
  }
}

TEST_F(HttpRules, of_wats_take_no_confirmation_of_another_version) {
  const HttpOrigin origin([](const std::string& head, std::size_t) {
    if (head.contains("If-None-Match"))
      return std::string("HTTP/1.1 304 Not Modified\r\nETag: \"2\"\r\n\r\n");
    return ok("ETag: W/\"1\"\r\n");
  });
  const Client client(options(origin, CacheRules::wats));
  ASSERT_TRUE(client.products().find("PN-1").get());
  clock_->advance(2min);
  EXPECT_FALSE(client.products().find("PN-1").value().provenance().validated);
  EXPECT_EQ(origin.requests(), 3U) << "asked again without conditions";
}

TEST_F(HttpRules, show_nothing_again_that_the_server_said_is_gone) {
  enum class Server { has_it, lacks_it, away };
  for (const std::string status : {"404 Not Found", "410 Gone"}) {
    std::atomic<Server> server = Server::has_it;
    const HttpOrigin origin([&](const std::string&, std::size_t) {
      if (server == Server::away) return std::string();
      return server == Server::has_it ? ok("Cache-Control: max-age=1000\r\nETag: \"1\"\r\n")
                                      : ScriptedServer::answer(status, "");
    });
    for (const auto rules : {CacheRules::wats, CacheRules::strict}) {
      const Client client(options(origin, rules, 24h));
      const auto find = [&] { return client.products().find("PN-1").get(); };
      server = Server::has_it;
      ASSERT_TRUE(find());
      server = Server::lacks_it;
      EXPECT_FALSE(client.products().find("PN-1").with({.cache = CacheMode::fresh}).get());
      EXPECT_FALSE(find()) << "it would be fresh still";
      server = Server::has_it;
      ASSERT_TRUE(find());
      clock_->advance(1h);
      server = Server::lacks_it;
      EXPECT_FALSE(find());
      server = Server::away;
      EXPECT_FALSE(find()) << "nothing may stand in";
    }
  }
}

TEST_F(HttpRules, that_are_strict_forget_what_is_gone_for_who_passes_requests_on) {
  std::atomic<bool> is_gone = false;
  const HttpOrigin origin([&](const std::string&, std::size_t) {
    return is_gone ? ScriptedServer::answer("404 Not Found", "", "Cache-Control: no-store\r\n")
                   : ok("Cache-Control: max-age=1000\r\n");
  });
  const Client client(options(origin, CacheRules::strict));
  for (const auto method : {Method::get, Method::head}) {
    is_gone = false;
    EXPECT_EQ(client.raw().send(as_is()).value()->status, 200);
    is_gone = true;
    EXPECT_EQ(client.raw().send(as_is("Cache-Control: no-cache", method)).value()->status, 404);
    EXPECT_EQ(client.raw().send(as_is()).value()->status, 404);
  }
}

TEST_F(HttpRules, that_are_strict_keep_no_answer_to_a_write_that_another_has_overtaken) {
  std::atomic<bool> is_held = false;
  std::promise<void> first_came;
  std::promise<void> second_is_over;
  const auto over = second_is_over.get_future().share();
  const HttpOrigin origin([&, over](const std::string& head, std::size_t) {
    if (!head.starts_with("POST")) return ok("Cache-Control: no-store\r\n", "2");
    if (is_held) {
      first_came.set_value();
      over.wait();
    }
    return ok("Content-Location: /x\r\nCache-Control: max-age=1000\r\n", "1");
  });
  const Client client(options(origin, CacheRules::strict));
  ASSERT_TRUE(client.raw().send(RawRequest(Method::post, "/x")).get());
  EXPECT_EQ(get(client).value()->body, "1") << "the answer to the write is that to the read as well";
  is_held = true;
  auto first = client.raw().send(RawRequest(Method::post, "/x"))(boost::asio::use_future);
  first_came.get_future().wait();
  ASSERT_TRUE(client.raw().send(RawRequest(Method::put, "/x")).get());
  second_is_over.set_value();
  ASSERT_TRUE(first.get().has_value());
  EXPECT_EQ(get(client).value()->body, "2") << "which of the two came last is known to the server alone";
}

TEST_F(HttpRules, that_are_strict_count_the_time_that_a_write_took_as_age_of_its_answer) {
  const HttpOrigin origin([](const std::string& head, std::size_t) {
    EXPECT_TRUE(head.starts_with("POST"));
    // By the wall clock, which nobody can move here.
    std::this_thread::sleep_for(1100ms);
    return ok("Content-Location: /x\r\nCache-Control: max-age=1000\r\n");
  });
  const Client client(options(origin, CacheRules::strict));
  ASSERT_TRUE(client.raw().send(RawRequest(Method::post, "/x")).get());
  EXPECT_GE(get(client).value().provenance().age, 1s);
}

TEST_F(HttpRules, that_are_strict_keep_no_answer_to_a_write_whose_body_was_streamed) {
  const HttpOrigin origin([](const std::string&, std::size_t) {
    return ok("Content-Location: /x\r\nCache-Control: max-age=1000\r\n", "all of it");
  });
  const Client client(options(origin, CacheRules::strict));
  RawRequest write(Method::post, "/x");
  write.sink = std::make_shared<testing::CountingSink>();
  write.accept = "*/*";
  ASSERT_TRUE(client.raw().send(std::move(write)).get());
  RawRequest read("/x");
  read.accept = "*/*";
  EXPECT_EQ(client.raw().send(std::move(read)).value()->body, "all of it");
}

TEST_F(HttpRules, that_are_strict_show_live_answers_while_they_are_fresh_and_else_none) {
  for (const std::string words : {"", ", stale-if-error=1000", ", stale-while-revalidate=1000"}) {
    std::atomic<bool> is_away = false;
    const HttpOrigin origin([&](const std::string&, std::size_t) {
      return is_away ? std::string() : ok("Cache-Control: max-age=10" + words + "\r\n", "[]");
    });
    const Client client(options(origin, CacheRules::strict, 1h));
    ASSERT_TRUE(client.reports().list().get()) << words;
    ASSERT_TRUE(client.processes().list().get()) << words;
    is_away = true;
    clock_->advance(5s);
    EXPECT_TRUE(client.reports().list().get()) << words;
    clock_->advance(10s);
    EXPECT_TRUE(client.processes().list().get()) << words;
    EXPECT_FALSE(client.reports().list().get()) << words;
  }
}

TEST_F(HttpRules, that_are_strict_have_nobody_told_of_an_error_who_asks_for_any_status) {
  std::promise<void> go_on;
  const auto may_go_on = go_on.get_future().share();
  std::atomic<bool> fails = false;
  const HttpOrigin origin([&, may_go_on](const std::string&, std::size_t) {
    if (!fails) return ok("Cache-Control: max-age=10\r\n");
    may_go_on.wait();
    return ScriptedServer::answer("503 Service Unavailable", "sorry");
  });
  const Client client(options(origin, CacheRules::strict));
  ASSERT_TRUE(client.raw().send(as_is()).get());
  clock_->advance(1min);
  fails = true;
  // The first accepts a stale answer in place of an error, the other joins it and does not.
  auto patient = client.raw().send(as_is("Cache-Control: stale-if-error=1000"))(boost::asio::use_future);
  auto other = client.raw().send(as_is())(boost::asio::use_future);
  wait_for_those_before(client);
  go_on.set_value();
  const auto stale = patient.get();
  ASSERT_TRUE(stale.has_value()) << stale.error().message();
  EXPECT_TRUE(stale->provenance().stale);
  const auto answer = other.get();
  ASSERT_TRUE(answer.has_value()) << answer.error().message();
  EXPECT_EQ((*answer)->status, 503);
  EXPECT_EQ((*answer)->body, "sorry");
}

TEST_F(HttpRules, that_are_strict_let_a_head_confirm_only_the_version_it_names) {
  const std::string heads[] = {"Cache-Control: max-age=1000\r\n",
                               "Cache-Control: max-age=1000\r\nETag: \"2\"\r\n"};
  for (const std::string& head_says : heads) {
    const HttpOrigin origin([head_says](const std::string& head, std::size_t) {
      if (head.starts_with("HEAD")) return "HTTP/1.1 200 OK\r\n" + head_says + "\r\n";
      return ok("Cache-Control: max-age=10\r\nETag: \"1\"\r\n");
    });
    const Client client(options(origin, CacheRules::strict));
    ASSERT_TRUE(get(client));
    clock_->advance(1min);
    ASSERT_TRUE(get(client, "Cache-Control: no-cache", Method::head));
    EXPECT_EQ(get(client).value().provenance().origin, Origin::server) << head_says;
  }
}

TEST_F(HttpRules, that_are_strict_let_a_head_of_elsewhere_confirm_nothing) {
  const HttpOrigin origin([](const std::string& head, std::size_t) {
    const std::string words = "Cache-Control: max-age=1000\r\nETag: \"1\"\r\n";
    if (head.starts_with("HEAD /x")) return std::string("HTTP/1.1 302 Found\r\nLocation: /y\r\n\r\n");
    return head.starts_with("HEAD") ? "HTTP/1.1 200 OK\r\n" + words + "\r\n" : ok(words);
  });
  const Client client(options(origin, CacheRules::strict));
  const auto head = [&] {
    RawRequest request(Method::head, "/x");
    return client.raw().send(std::move(request)).with({.cache = CacheMode::fresh}).get();
  };
  ASSERT_TRUE(client.raw().get("/x").get());
  ASSERT_TRUE(head());
  EXPECT_EQ(client.raw().get("/x").value().provenance().origin, Origin::server);
}

TEST_F(HttpRules, that_are_strict_keep_no_part_asked_for_before_something_newer_was_known) {
  std::promise<void> part_asked;
  std::promise<void> head_is_over;
  const auto over = head_is_over.get_future().share();
  const HttpOrigin origin([&, over](const std::string& head, std::size_t number) {
    if (head.starts_with("HEAD"))
      return std::string("HTTP/1.1 200 OK\r\nETag: \"2\"\r\nCache-Control: max-age=1000\r\n\r\n");
    if (!head.contains("Range")) return ok("Cache-Control: max-age=1000\r\nETag: \"1\"\r\n", "0123456789");
    if (number == 2) {
      part_asked.set_value();
      over.wait();
    }
    return ScriptedServer::answer("206 Partial Content", number == 2 ? "0123" : "abcd",
                                  "Cache-Control: max-age=1000\r\nContent-Range: bytes 0-3/10\r\n");
  });
  const Client client(options(origin, CacheRules::strict));
  ASSERT_TRUE(get(client));
  RawRequest request("/x");
  request.headers = Headers::from_text("Range: bytes=0-3\r\nCache-Control: no-cache\r\n");
  auto part = client.raw().send(std::move(request))(boost::asio::use_future);
  part_asked.get_future().wait();
  ASSERT_TRUE(get(client, "Cache-Control: no-cache", Method::head));
  head_is_over.set_value();
  EXPECT_EQ(part.get().value()->body, "0123");
  EXPECT_EQ(get(client, "Range: bytes=0-3").value()->body, "abcd");
  EXPECT_EQ(get(client, "Range: bytes=0-3").value().provenance().origin, Origin::memory);
}

TEST_F(HttpRules, that_are_strict_keep_no_part_asked_for_before_all_of_it_was_gone) {
  std::promise<void> part_asked;
  std::promise<void> is_gone;
  const auto gone = is_gone.get_future().share();
  const HttpOrigin origin([&, gone](const std::string& head, std::size_t number) {
    if (!head.contains("Range") || number > 1) return ScriptedServer::answer("404 Not Found", "");
    part_asked.set_value();
    gone.wait();
    return ScriptedServer::answer("206 Partial Content", "0123",
                                  "Cache-Control: max-age=1000\r\nContent-Range: bytes 0-3/10\r\n");
  });
  const Client client(options(origin, CacheRules::strict));
  RawRequest request("/x");
  request.headers = Headers::from_text("Range: bytes=0-3\r\n");
  auto part = client.raw().send(std::move(request))(boost::asio::use_future);
  part_asked.get_future().wait();
  EXPECT_FALSE(get(client));
  is_gone.set_value();
  EXPECT_TRUE(part.get().has_value());
  EXPECT_FALSE(get(client, "Range: bytes=0-3"));
}

TEST_F(HttpRules, that_are_strict_show_nothing_older_than_a_caller_wants_though_it_is_immutable) {
  const HttpOrigin origin(
      [](const std::string&, std::size_t) { return ok("Cache-Control: max-age=1000, immutable\r\n"); });
  const Client client(options(origin, CacheRules::strict));
  ASSERT_TRUE(get(client));
  ASSERT_TRUE(client.products().find("PN-1").get());
  clock_->advance(1min);
  EXPECT_EQ(get(client, "Cache-Control: max-age=0").value().provenance().origin, Origin::memory);
  const auto asked = [&](std::chrono::milliseconds max_age) {
    return client.products().find("PN-1").with({.max_age = max_age}).value().provenance().origin ==
           Origin::server;
  };
  EXPECT_FALSE(asked(2min));
  EXPECT_TRUE(asked(30s));
}

TEST_F(HttpRules, that_are_strict_refuse_a_target_that_they_could_not_invalidate) {
  const HttpOrigin origin(
      [](const std::string&, std::size_t) { return ok("Cache-Control: max-age=1000\r\n"); });
  const Client client(options(origin, CacheRules::strict));
  const auto refused = client.raw().get("/a\\b").get();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), Errc::invalid_argument);
  EXPECT_THAT(refused.error().message(), HasSubstr("%5C"));
  EXPECT_TRUE(client.raw().get("/a%5Cb").get());
}

}  // namespace
}  // namespace wats
