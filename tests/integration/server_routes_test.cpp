// Every operation of the embedded server over a real socket.
#include "tests/support/server_under_test.hpp"

#include <gtest/gtest.h>

#include <string>

namespace wats::testing {
namespace {

using Routes = ServerUnderTest;
using nlohmann::json;

TEST_F(Routes, app_version_is_a_quoted_text) {
  start();
  EXPECT_TRUE(get_json("/api/App/Version").is_string());
}

TEST_F(Routes, processes_come_by_kind_and_all_active_ones_without_a_flag) {
  start_seeded();
  EXPECT_EQ(get_json("/api/App/Processes").size(), 12U);
  EXPECT_EQ(get_json("/api/App/Processes?includeTestOperations=true").size(), 9U);
  const auto repairs =
      get_json("/api/App/Processes?includeRepairOperations=true&includeTestOperations=false");
  ASSERT_EQ(repairs.size(), 1U);
  EXPECT_EQ(repairs[0]["code"], 500);
  EXPECT_TRUE(repairs[0]["repairOperation"]["repairCategories"].is_array()) << "the failure codes come along";
  EXPECT_FALSE(repairs[0].contains("inputMask"));
}

TEST_F(Routes, product_list_spells_the_category_its_own_way_and_stops_at_a_thousand) {
  start_seeded({}, 1001);
  const auto all = get_json("/api/Product/Query");
  EXPECT_EQ(all.size(), 1000U) << "unfiltered";
  EXPECT_TRUE(all[0].contains("category"));
  EXPECT_FALSE(all[0].contains("productCategoryName"));
  EXPECT_FALSE(all[0].contains("revisions"));
  EXPECT_EQ(get_json("/api/Product/Query?$filter=State%20eq%201").size(), 1001U) << "filtered";
  EXPECT_EQ(get_json("/api/Product/Query?$top=3").size(), 3U);
  EXPECT_EQ(get_json("/api/Product/Query?$filter=PartNumber%20eq%20'PN-1002'").at(0)["name"], "Product 1002");
  EXPECT_EQ(get_json("/api/Product/Query?$filter=partnumber%20eq%20'PN-1002'").size(), 1U);
}

TEST_F(Routes, product_get_spells_the_part_number_of_revisions_its_own_way) {
  start_seeded();
  const auto product = get_json("/api/Product/PN-1001");
  EXPECT_EQ(product["productCategoryName"], "Boards");
  ASSERT_EQ(product["revisions"].size(), 2U);
  EXPECT_EQ(product["revisions"][0]["PartNumber"], "PN-1001");
  EXPECT_FALSE(product["revisions"][0].contains("partNumber"));
  EXPECT_EQ(product["revisions"][0]["productId"], product["productId"]);
  EXPECT_EQ(get_json("/api/product/PN-1001/B"), product["revisions"][1]);
}

TEST_F(Routes, unknown_things_are_404_with_a_text) {
  start_seeded();
  for (const std::string path : {"/api/Product/nothing", "/api/Product/PN-1001/Z", "/api/Product/nothing/A",
                                 "/api/Production/Unit/SN-1/PN-1001"}) {
    const auto answer = get(path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_NE(message(answer).find("there is no"), std::string::npos) << answer.body;
  }
}

TEST_F(Routes, save_without_id_adds_and_a_taken_part_number_conflicts) {
  start();
  const json product = {
      {"partNumber", "A/B #1"}, {"revisions", {{{"revision", "R1"}}}}, {"fromTheFuture", {{"x", 1}}}};
  const auto added = ask("PUT", "/api/Product", product.dump());
  ASSERT_EQ(added.status, 200) << added.body;
  const auto stored = json::parse(added.body);
  EXPECT_EQ(stored["productId"].get<std::string>().size(), 36U);
  EXPECT_EQ(stored["revisions"][0]["productRevisionId"].get<std::string>().size(), 36U);
  EXPECT_EQ(stored["fromTheFuture"]["x"], 1) << "what the server does not know is kept";
  EXPECT_EQ(get_json("/api/Product/A%2FB%20%231"), stored);
  const auto again = ask("PUT", "/api/Product", product.dump());
  EXPECT_EQ(again.status, 409);
  EXPECT_NE(message(again).find("give its productId"), std::string::npos);
}

TEST_F(Routes, save_with_id_changes_what_is_named_and_nothing_else) {
  start_seeded();
  const auto before = get_json("/api/Product/PN-1001");
  const json change = {{"productId", before["productId"]}, {"partNumber", "PN-1001"}, {"description", "new"}};
  const auto after = json::parse(ask("PUT", "/api/Product", change.dump()).body);
  EXPECT_EQ(after["description"], "new");
  EXPECT_EQ(after["name"], before["name"]);
  EXPECT_EQ(after["revisions"], before["revisions"]);
  EXPECT_EQ(after["tags"], before["tags"]);

  const json clear = {{"productId", before["productId"]}, {"partNumber", "PN-1001"}, {"name", nullptr}};
  const auto cleared = json::parse(ask("PUT", "/api/Product", clear.dump()).body);
  EXPECT_TRUE(cleared["name"].is_null());
  EXPECT_EQ(cleared["description"], "new");
}

TEST_F(Routes, save_keeps_state_and_serial_flag_that_the_body_does_not_name) {
  start();
  const auto added =
      json::parse(ask("PUT", "/api/Product", R"({"partNumber":"P","state":0,"nonSerial":true})").body);
  const json change = {{"productId", added["productId"]}, {"partNumber", "P"}, {"name", "x"}};
  const auto after = json::parse(ask("PUT", "/api/Product", change.dump()).body);
  EXPECT_EQ(after["state"], 0);
  EXPECT_EQ(after["nonSerial"], true);
}

TEST_F(Routes, save_upserts_revisions_and_tags_by_their_keys) {
  start_seeded();
  const auto before = get_json("/api/Product/PN-1001");
  const json change = {
      {"productId", before["productId"]},
      {"partNumber", "PN-1001"},
      {"revisions",
       {{{"revision", "A"}, {"description", "by text"}},
        {{"revision", "B2"}, {"productRevisionId", before["revisions"][1]["productRevisionId"]}},
        {{"revision", "C"}}}},
      {"tags", {{{"key", "Customer"}, {"value", "other"}}, {{"key", "New"}, {"value", "1"}}}}};
  const auto answer = ask("PUT", "/api/Product", change.dump());
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto after = json::parse(answer.body);
  ASSERT_EQ(after["revisions"].size(), 3U);
  EXPECT_EQ(after["revisions"][0]["description"], "by text");
  EXPECT_EQ(after["revisions"][0]["name"], before["revisions"][0]["name"]);
  EXPECT_EQ(after["revisions"][1]["revision"], "B2") << "renamed by its id";
  EXPECT_EQ(after["tags"].size(), 2U);
  EXPECT_EQ(after["tags"][0]["value"], "other");
  EXPECT_EQ(get("/api/Product/PN-1001/B").status, 404);
  EXPECT_EQ(get("/api/Product/PN-1001/B2").status, 200);
}

TEST_F(Routes, a_renamed_product_is_found_under_its_new_part_number_only) {
  start_seeded();
  const auto before = get_json("/api/Product/PN-1001");
  const json change = {{"productId", before["productId"]}, {"partNumber", "PN-NEW"}};
  ASSERT_EQ(ask("PUT", "/api/Product", change.dump()).status, 200);
  EXPECT_EQ(get("/api/Product/PN-1001").status, 404);
  EXPECT_EQ(get_json("/api/Product/PN-NEW/A")["PartNumber"], "PN-NEW");
  const json clash = {{"productId", before["productId"]}, {"partNumber", "PN-1002"}};
  EXPECT_EQ(ask("PUT", "/api/Product", clash.dump()).status, 409);
}

TEST_F(Routes, a_bad_product_is_400_or_404_and_stores_nothing) {
  start_seeded();
  const std::string long_name(101, 'x');
  for (const std::string& body :
       {std::string("{}"), std::string("[]"), std::string("{\"partNumber\":"),
        std::string(R"({"partNumber":""})"), std::string(R"({"partNumber":{}})"),
        R"({"partNumber":")" + long_name + "\"}",
        std::string(R"({"partNumber":"N","revisions":[{"revision":""}]})"),
        std::string(R"({"partNumber":"N","revisions":[{"revision":"A"},{"revision":"A"}]})")}) {
    const auto answer = ask("PUT", "/api/Product", body);
    EXPECT_EQ(answer.status, 400) << body << answer.body;
    EXPECT_FALSE(message(answer).empty());
  }
  EXPECT_EQ(
      ask("PUT", "/api/Product", R"({"partNumber":"N","productId":"00000000-0000-4000-8000-000000000000"})")
          .status,
      404);
  EXPECT_EQ(get("/api/Product/N").status, 404);
}

TEST_F(Routes, a_unit_is_there_once_its_phase_is_set_and_embeds_its_product) {
  start_seeded();
  const auto target = [](const std::string& phase) {
    return "/api/Production/SetUnitPhase?serialNumber=SN-1&partNumber=PN-1001&phase=" + phase;
  };
  EXPECT_EQ(ask("PUT", target("4098")).status, 200);
  const auto unit = get_json("/api/Production/Unit/SN-1/PN-1001");
  EXPECT_EQ(unit["unitPhaseId"], 4098);
  EXPECT_EQ(unit["unitPhase"], "Under production queued");
  EXPECT_EQ(unit["product"], get_json("/api/Product/PN-1001"));
  EXPECT_EQ(ask("PUT", target("3")).status, 400);
  EXPECT_EQ(ask("PUT", target("x")).status, 400);
  const auto missing = ask("PUT", "/api/Production/SetUnitPhase?serialNumber=SN-1&phase=2");
  EXPECT_EQ(missing.status, 400);
  EXPECT_NE(message(missing).find("partNumber is missing"), std::string::npos) << missing.body;
  EXPECT_EQ(ask("PUT", "/api/Production/SetUnitPhase?serialNumber=S&partNumber=none&phase=2").status, 404);
  EXPECT_EQ(get("/api/Production/Unit/S/none").status, 404) << "the refused write left nothing";
}

TEST_F(Routes, a_posted_report_makes_a_unit_and_embeds_its_revision) {
  start_seeded();
  ASSERT_EQ(post(report(1)).status, 200);
  const auto unit = get_json("/api/Production/Unit/SN-1/PN-1001");
  EXPECT_EQ(unit["unitPhase"], "Under production");
  EXPECT_EQ(unit["processCode"], 10);
  EXPECT_EQ(unit["productRevision"]["revision"], "A");
}

TEST_F(Routes, verification_grades_the_reports_of_a_unit) {
  start_seeded();
  EXPECT_EQ(get_json("/api/Production/UnitVerification?serialNumber=SN-1")["status"], "Unknown");
  EXPECT_EQ(get("/api/Production/UnitVerification").status, 400);
  ASSERT_EQ(post(report(1, "SN-1", "F", "2026-02-03T09:00:00Z")).status, 200);
  auto grade = get_json("/api/Production/UnitVerification?serialNumber=SN-1&partNumber=PN-1001");
  EXPECT_EQ(grade["status"], "Failed");
  EXPECT_EQ(grade["grade"], "D");
  EXPECT_EQ(grade["results"][0]["nonPassedCount"], 1);
  ASSERT_EQ(post(report(2, "SN-1", "P", "2026-02-03T10:00:00Z")).status, 200);
  grade = get_json("/api/Production/UnitVerification?serialNumber=SN-1");
  EXPECT_EQ(grade["status"], "Passed");
  EXPECT_EQ(grade["grade"], "B");
  EXPECT_FALSE(grade["allProcessesPassedFirstRun"].get<bool>());
  EXPECT_TRUE(grade["allProcessesPassedLastRun"].get<bool>());
  EXPECT_EQ(grade["results"][0]["totalCount"], 2);
  EXPECT_EQ(grade["results"][0]["startUtc"], "2026-02-03T10:00:00Z");
  EXPECT_TRUE(
      get_json("/api/Production/UnitVerification?serialNumber=SN-1&partNumber=other")["results"].empty());
}

}  // namespace
}  // namespace wats::testing
