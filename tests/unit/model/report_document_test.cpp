// Reports as documents: their identity, and nothing else touched.
#include "wats/model/report_document.hpp"

#include "wats/model/codec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace wats {
namespace {

using ::testing::HasSubstr;

const std::string members =
    R"("type":"T","pn":"PN-1","sn":"SN-1","rev":"","processCode":10,"start":"2026-02-03T09:15:00.000+01:00")";
const std::string id = R"("id":"5A2b6c1e-7d34-4f0a-9c55-0e1f2a3b4c5d")";

std::string object(const std::string& inner) {
  return "{" + inner + "}";
}

std::string without(const std::string& name) {
  std::string out;
  for (std::size_t from = 0; from < members.size();) {
    const std::size_t end = std::min(members.find(",\"", from), members.size());
    const std::string member = members.substr(from, end - from);
    if (!member.starts_with("\"" + name + "\"")) out += (out.empty() ? "" : ",") + member;
    from = end + 1;
  }
  return out;
}

std::string error_of(const std::string& text) {
  const auto document = ReportDocument::parse(text);
  EXPECT_FALSE(document.has_value()) << text;
  if (document) return "";
  EXPECT_EQ(document.error().code(), Errc::invalid_argument);
  return document.error().what();
}

TEST(ReportDocument, a_report_with_an_id_is_kept_byte_for_byte) {
  const std::string text = " {\"x\" : [1 , 2.50],\n" + members + "," + id + ",\"y\":{\"id\":1}} ";
  const auto document = ReportDocument::parse(text);
  ASSERT_TRUE(document.has_value()) << document.error().what();
  EXPECT_EQ(document->text(), text);
  EXPECT_EQ(document->id(), "5A2b6c1e-7d34-4f0a-9c55-0e1f2a3b4c5d");
  EXPECT_EQ(document->serial_number(), "SN-1");
  EXPECT_EQ(document->part_number(), "PN-1");
  EXPECT_EQ(document->type(), ReportType::test);
}

TEST(ReportDocument, a_report_without_an_id_gets_one_as_its_first_member) {
  const std::string text = " " + object(members);
  const auto document = ReportDocument::parse(text);
  ASSERT_TRUE(document.has_value()) << document.error().what();
  const std::string& made = document->id();
  ASSERT_EQ(made.size(), 36u);
  EXPECT_EQ(made[14], '4');
  EXPECT_THAT(std::string("89ab"), HasSubstr(std::string(1, made[19])));
  EXPECT_EQ(document->text(), " {\"id\":\"" + made + "\"," + members + "}");
  EXPECT_EQ(ReportDocument::parse(document->text())->id(), made);
  EXPECT_NE(ReportDocument::parse(text)->id(), made);
}

TEST(ReportDocument, repairs_are_told_from_tests) {
  const auto document = ReportDocument::parse(object(without("type") + ",\"type\":\"R\"," + id));
  ASSERT_TRUE(document.has_value()) << document.error().what();
  EXPECT_EQ(document->type(), ReportType::repair);
}

TEST(ReportDocument, a_missing_member_is_named) {
  for (const std::string name : {"type", "pn", "sn", "rev", "processCode", "start"}) {
    EXPECT_THAT(error_of(object(without(name))), HasSubstr("its member " + name + " is missing"));
  }
}

TEST(ReportDocument, a_wrong_member_is_named_with_what_it_holds) {
  EXPECT_THAT(error_of(object(without("type") + R"(,"type":"U")")),
              HasSubstr("type has to be \"T\" or \"R\", not U"));
  EXPECT_THAT(error_of(object(without("sn") + R"(,"sn":"")")), HasSubstr("sn has to be"));
  EXPECT_THAT(error_of(object(without("pn") + R"(,"pn":5)")), HasSubstr("pn has to be"));
  EXPECT_THAT(error_of(object(without("rev") + R"(,"rev":null)")), HasSubstr("rev has to be"));
  EXPECT_THAT(error_of(object(without("processCode") + R"(,"processCode":"ten")")),
              HasSubstr("processCode has to be"));
  EXPECT_THAT(error_of(object(without("start") + R"(,"start":"noon")")), HasSubstr("start has to be"));
  EXPECT_THAT(error_of(object(members + R"(,"id":null)")), HasSubstr("id has to be a UUID"));
  EXPECT_THAT(error_of(object(members + R"(,"id":"7")")), HasSubstr("id has to be a UUID"));
  EXPECT_THAT(error_of(object(members + R"(,"sn":"SN-2")")), HasSubstr("sn stands in it twice"));
  EXPECT_THAT(error_of(object(members + "," + id + R"(,"ID":"5a2b6c1e-7d34-4f0a-9c55-0e1f2a3b4c5e")")),
              HasSubstr("id stands in it twice"));
}

TEST(ReportDocument, what_is_not_one_json_object_is_refused) {
  EXPECT_THAT(error_of(""), HasSubstr("it is empty"));
  EXPECT_THAT(error_of("[" + object(members) + "]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(error_of("\"text\""), HasSubstr("not a JSON object"));
  error_of(object(members + ",\"x\":01"));
  error_of(object(members + ",\"x\":[1,]"));
  error_of(object(members) + "{}");
  error_of(object(members).substr(0, 60));
}

TEST(ReportDocument, escaped_members_are_understood) {
  const auto document = ReportDocument::parse(object(without("sn") + R"(,"s\u006e":"S\u004e\"2",)" + id));
  ASSERT_TRUE(document.has_value()) << document.error().what();
  EXPECT_EQ(document->serial_number(), "SN\"2");
}

TEST(ReportDocument, a_byte_order_mark_is_left_behind) {
  const auto document = ReportDocument::parse("\xEF\xBB\xBF" + object(members + "," + id));
  ASSERT_TRUE(document.has_value()) << document.error().what();
  EXPECT_EQ(document->text(), object(members + "," + id));
}

TEST(ReportDocument, the_codec_writes_the_document_itself) {
  const auto document = ReportDocument::parse(object(members + "," + id));
  ASSERT_TRUE(document.has_value());
  EXPECT_EQ(model::to_json(*document), document->text());
}

}  // namespace
}  // namespace wats
