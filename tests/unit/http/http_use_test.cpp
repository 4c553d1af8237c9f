// What one read makes of answers that are kept with their headers.
#include "src/http/http_use.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace wats::http::detail {
namespace {

using namespace std::chrono_literals;
using Text = wats::detail::HeldValue<std::string>;

constexpr cache::TimePoint start{1h};

std::shared_ptr<const wats::detail::Held> no_redress(const wats::detail::Held& /*held*/,
                                                     const Headers& /*headers*/) {
  return nullptr;
}

class HttpUseTest : public ::testing::Test {
 protected:
  [[nodiscard]] static WireAnswer answer(int status, const std::string& headers) {
    WireAnswer answer;
    answer.status = status;
    answer.headers = Headers::from_text(headers);
    return answer;
  }
  [[nodiscard]] static Decoded decoded(std::string text) {
    return {std::make_shared<Text>(std::move(text)), 100};
  }
  /// What a request with these headers leaves behind.
  [[nodiscard]] static HttpUse::Kept kept(const std::string& request, const std::string& headers,
                                          int status = 200) {
    const Headers own = Headers::from_text(request);
    const auto use = HttpUse::strict(Method::get, &own, "Station-Cache-Control");
    use->ask();
    return use->kept_of(answer(status, headers), decoded("text"), {}, start, no_redress);
  }
  /// What a request with these headers does with it, so much later.
  [[nodiscard]] static std::optional<policy::ReuseVerdict> verdict(const HttpUse::Kept& stored,
                                                                   const std::string& request,
                                                                   cache::Duration later = 0s) {
    const Headers own = Headers::from_text(request);
    const auto use = HttpUse::strict(Method::get, &own, "Station-Cache-Control");
    const KeptAnswers all(stored);
    if (!use->choose(&all)) return std::nullopt;
    return use->decide(start + later);
  }
};

TEST_F(HttpUseTest, keeps_only_what_may_be_kept) {
  EXPECT_NE(kept("", "Cache-Control: max-age=10"), nullptr);
  EXPECT_EQ(kept("", "Cache-Control: no-store"), nullptr);
  EXPECT_EQ(kept("Cache-Control: no-store", "Cache-Control: max-age=10"), nullptr);
  EXPECT_EQ(kept("", "Cache-Control: max-age=10\nContent-Range: bytes 0-3/10", 206), nullptr);
  EXPECT_EQ(kept("Range: bytes=0-3", "Cache-Control: max-age=10", 206), nullptr);
  EXPECT_EQ(kept("", "Cache-Control: max-age=10\nVary: *"), nullptr);
  const auto stored =
      kept("", "Cache-Control: max-age=10, no-cache=\"Secret\"\nConnection: Gone\nGone: 1\nSecret: 2\nA: 3");
  ASSERT_NE(stored, nullptr);
  EXPECT_EQ(stored->headers.text(), "Cache-Control: max-age=10, no-cache=\"Secret\"\r\nA: 3\r\n");
}

TEST_F(HttpUseTest, shows_what_suits_for_as_long_as_it_is_fresh) {
  const auto stored = kept("Foo: 1", "Cache-Control: max-age=10\nVary: Foo\nETag: \"1\"");
  EXPECT_EQ(verdict(stored, "Foo: 1", 9s), policy::ReuseVerdict::show);
  EXPECT_EQ(verdict(stored, "Foo: 1", 11s), policy::ReuseVerdict::validate);
  EXPECT_EQ(verdict(stored, "Foo: 2"), std::nullopt);
  EXPECT_EQ(verdict(stored, ""), std::nullopt);
  EXPECT_EQ(verdict(stored, "Foo: 1\nCache-Control: no-cache"), policy::ReuseVerdict::validate);
  EXPECT_EQ(verdict(stored, "Foo: 1\nPragma: no-cache"), policy::ReuseVerdict::validate);
  EXPECT_EQ(verdict(stored, "Foo: 1\nCache-Control: only-if-cached", 11s), policy::ReuseVerdict::not_there);
}

TEST_F(HttpUseTest, heeds_the_field_that_speaks_to_it_alone) {
  const auto stored = kept("", "Cache-Control: max-age=10\nStation-Cache-Control: max-age=60");
  EXPECT_EQ(verdict(stored, "", 50s), policy::ReuseVerdict::show);
  EXPECT_EQ(kept("", "Cache-Control: max-age=10\nStation-Cache-Control: no-store"), nullptr);
}

TEST_F(HttpUseTest, takes_the_language_that_is_liked_best) {
  const auto stored = kept("Accept-Language: en, de",
                           "Cache-Control: max-age=10\nVary: Accept-Language\nContent-Language: de");
  EXPECT_EQ(verdict(stored, "Accept-Language: fr;q=0.5, de"), policy::ReuseVerdict::show);
  EXPECT_EQ(verdict(stored, "Accept-Language: fr, de;q=0.5"), std::nullopt);
}

TEST_F(HttpUseTest, asks_for_confirmation_and_takes_over_what_it_says) {
  const auto stored = kept("",
                           "Cache-Control: max-age=10\nETag: \"1\"\nLast-Modified: Thu, 01 Jan 2026 00:00:00 "
                           "GMT\nAge: 5\nDate: Thu, 01 Jan 2026 00:00:00 GMT\nA: 1\nContent-Length: 4");
  const auto use = HttpUse::strict(Method::get, nullptr, "");
  const KeptAnswers all(stored);
  ASSERT_TRUE(use->choose(&all));
  WireRequest request;
  use->ask();
  use->add_validators(request);
  ASSERT_NE(request.own, nullptr);
  EXPECT_EQ(request.own->headers.text(),
            "If-None-Match: \"1\"\r\nIf-Modified-Since: Thu, 01 Jan 2026 00:00:00 GMT\r\n");
  EXPECT_FALSE(use->is_confirmed_by(answer(200, "")));
  ASSERT_TRUE(use->is_confirmed_by(answer(304, "")));
  const auto confirmed = use->confirmed_by(answer(304, "Cache-Control: max-age=20\nA: 2\nContent-Length: 0"),
                                           start + 1min, no_redress);
  EXPECT_EQ(confirmed->held, stored->held);
  EXPECT_EQ(confirmed->headers.find("A"), "2");
  EXPECT_EQ(confirmed->headers.find("Content-Length"), "4");
  EXPECT_FALSE(confirmed->headers.has("Age"));
  EXPECT_EQ(age_of(*confirmed, start + 1min + 15s), 15s);
  EXPECT_EQ(verdict(confirmed, "", 1min + 19s), policy::ReuseVerdict::show);
}

TEST_F(HttpUseTest, asks_for_no_confirmation_of_what_the_caller_asks_in_part) {
  const auto stored = kept("", "Cache-Control: max-age=10\nETag: \"1\"");
  const Headers own = Headers::from_text("Range: bytes=0-1");
  const auto use = HttpUse::strict(Method::get, &own, "Station-Cache-Control");
  const KeptAnswers all(stored);
  ASSERT_TRUE(use->choose(&all));
  WireRequest request;
  use->add_validators(request);
  EXPECT_EQ(request.own, nullptr);
  EXPECT_FALSE(use->is_confirmed_by(answer(304, "")));
  EXPECT_FALSE(use->can_be_shared());
  const Headers conditional = Headers::from_text("If-None-Match: \"2\"");
  EXPECT_TRUE(HttpUse::strict(Method::get, &conditional, "")->is_conditional());
}

TEST_F(HttpUseTest, shows_a_part_to_who_asks_for_one_within_it) {
  const Headers own = Headers::from_text("Range: bytes=0-99");
  const auto use = HttpUse::strict(Method::get, &own, "");
  use->ask();
  const auto part = use->kept_of(answer(206, "Cache-Control: max-age=10\nContent-Range: bytes 0-99/200"),
                                 decoded("text"), {}, start, no_redress);
  ASSERT_NE(part, nullptr);
  EXPECT_EQ(verdict(part, "Range: bytes=10-20"), policy::ReuseVerdict::show);
  EXPECT_EQ(verdict(part, "Range: bytes=90-110"), std::nullopt);
  EXPECT_EQ(verdict(part, ""), std::nullopt);
  // Beside the whole, not in its place.
  const KeptAnswers both(part, KeptAnswers(kept("", "Cache-Control: max-age=10")));
  EXPECT_EQ(both.all.size(), 2U);
}

TEST_F(HttpUseTest, asks_which_of_the_others_it_is_where_none_suits) {
  const KeptAnswers all(kept("Foo: 1", "Cache-Control: max-age=10\nVary: Foo\nETag: \"1\""),
                        KeptAnswers(kept("Foo: 2", "Cache-Control: max-age=10\nVary: Foo\nETag: \"2\"")));
  const Headers own = Headers::from_text("Foo: 3");
  const auto use = HttpUse::strict(Method::get, &own, "");
  ASSERT_FALSE(use->choose(&all));
  WireRequest request;
  use->ask();
  use->add_validators(request);
  ASSERT_NE(request.own, nullptr);
  EXPECT_EQ(request.own->headers.text(), "If-None-Match: \"1\", \"2\"\r\n");
  EXPECT_FALSE(use->is_confirmed_by(answer(304, ""))) << "which of them?";
  const WireAnswer second = answer(304, "ETag: \"2\"");
  ASSERT_TRUE(use->is_confirmed_by(second));
  const auto confirmed = use->confirmed_by(second, start, no_redress);
  EXPECT_EQ(verdict(confirmed, "Foo: 3"), policy::ReuseVerdict::show);
  EXPECT_EQ(verdict(confirmed, "Foo: 2"), std::nullopt);
}

TEST_F(HttpUseTest, keeps_a_few_variants_the_latest_first) {
  auto all = std::make_shared<const KeptAnswers>(kept("Foo: 0", "Cache-Control: max-age=10\nVary: Foo"));
  for (int i = 1; i < 20; ++i) {
    all = std::make_shared<const KeptAnswers>(
        kept("Foo: " + std::to_string(i % 10), "Cache-Control: max-age=10\nVary: Foo"), *all);
  }
  EXPECT_EQ(all->all.size(), KeptAnswers::most);
  for (int i = 0; i < 10; ++i) {
    const Headers own = Headers::from_text("Foo: " + std::to_string(i));
    EXPECT_EQ(HttpUse::strict(Method::get, &own, "Station-Cache-Control")->choose(all.get()), i >= 2) << i;
  }
}

TEST_F(HttpUseTest, tells_a_head_of_another_version) {
  const auto use = HttpUse::strict(Method::head, nullptr, "");
  const KeptAnswers all(kept("", "Cache-Control: max-age=10\nETag: \"1\"\nContent-Length: 4"));
  ASSERT_TRUE(use->choose(&all));
  EXPECT_TRUE(use->is_same_version(answer(200, "ETag: \"1\"")));
  EXPECT_FALSE(use->is_same_version(answer(200, "ETag: \"2\"")));
  EXPECT_FALSE(use->is_same_version(answer(200, "ETag: \"1\"\nContent-Length: 5")));
  EXPECT_FALSE(use->is_same_version(answer(200, "Content-Length: 4"))) << "others are as long";
  WireAnswer of_elsewhere = answer(200, "ETag: \"1\"");
  of_elsewhere.was_redirected = true;
  EXPECT_FALSE(use->is_same_version(of_elsewhere));
}

TEST_F(HttpUseTest, takes_no_confirmation_of_another_version_but_by_strict_rules) {
  const KeptAnswers all(kept("", "Cache-Control: max-age=10\nETag: \"1\""));
  const auto confirms = [&](HttpUse& use, const std::string& says) {
    WireRequest request;
    EXPECT_TRUE(use.choose(&all));
    use.add_validators(request);
    return use.is_confirmed_by(answer(304, says));
  };
  const auto by_classes = HttpUse::validating();
  EXPECT_TRUE(confirms(*by_classes, ""));
  EXPECT_TRUE(confirms(*by_classes, "ETag: \"1\""));
  EXPECT_TRUE(confirms(*by_classes, "ETag: W/\"1\""));
  EXPECT_FALSE(confirms(*by_classes, "ETag: \"2\""));
  // A required test of the public suite.
  EXPECT_TRUE(confirms(*HttpUse::strict(Method::get, nullptr, ""), "ETag: \"2\""));
}

}  // namespace
}  // namespace wats::http::detail
