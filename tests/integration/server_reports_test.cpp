// Reports of the embedded server over a real socket: submission, header queries, ingest delay, history.
#include "tests/support/server_under_test.hpp"
#include "tests/support/shared_files.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wats/model/codec.hpp"
#include "wats/model/report_header.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace wats::testing {
namespace {

using Reports = ServerUnderTest;
using nlohmann::json;

constexpr const char* query = "/api/Report/Query/Header";

std::string with(const std::string& options) {
  return std::string(query) + "?" + options;
}

TEST_F(Reports, the_receipt_names_the_report_and_the_header_tells_its_content) {
  start_seeded();
  auto document = report(0xA, "SN-1", "F");
  document["id"] = "ABCDEF00-0000-4000-8000-000000000001";
  const auto answer = post(document);
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto receipt = json::parse(answer.body);
  EXPECT_EQ(receipt["ID"], "ABCDEF00-0000-4000-8000-000000000001");
  EXPECT_EQ(receipt["uuid"], "abcdef00-0000-4000-8000-000000000001");
  EXPECT_TRUE(receipt["Report_ID"].is_number());
  const auto header = get_json(query).at(0);
  EXPECT_EQ(header["result"], "Failed");
  EXPECT_EQ(header["reportType"], "T");
  EXPECT_EQ(header["start"], "2026-02-03T09:15:00Z");
  EXPECT_EQ(header["userName"], "op1");
  EXPECT_EQ(header["executionTime"], 4.2);
  EXPECT_EQ(header["processName"], "In-circuit test");
  EXPECT_EQ(header["causedUutFailure"], "Voltage");
  EXPECT_EQ(header["causedUutFailurePath"], "Main/Voltage");
  EXPECT_EQ(header["swFilename"], "line.seq");
  EXPECT_EQ(header["run"], 1);
  EXPECT_EQ(header["receiveCount"], 1);
  EXPECT_EQ(header["reportSize"], 1);
}

TEST_F(Reports, a_known_id_overwrites_and_is_counted) {
  start_seeded();
  ASSERT_EQ(post(report(1, "SN-1", "F")).status, 200);
  const auto first = get_json(query).at(0);
  const auto again = json::parse(post(report(1, "SN-1", "P")).body);
  const auto headers = get_json(query);
  ASSERT_EQ(headers.size(), 1U);
  EXPECT_EQ(headers[0]["result"], "Passed");
  EXPECT_EQ(headers[0]["receiveCount"], 2);
  EXPECT_EQ(headers[0]["run"], 1);
  EXPECT_GT(headers[0]["timeStamp"], first["timeStamp"]);
  EXPECT_EQ(again["uuid"], uuid(1));
}

TEST_F(Reports, the_same_unit_process_and_start_under_another_id_replaces_too) {
  start_seeded();
  ASSERT_EQ(post(report(1, "SN-1", "F")).status, 200);
  ASSERT_EQ(post(report(2, "SN-1", "P", "2026-02-03T10:15:00.000+01:00")).status, 200) << "the same moment";
  const auto headers = get_json(query);
  ASSERT_EQ(headers.size(), 1U);
  EXPECT_EQ(headers[0]["uuid"], uuid(2));
  EXPECT_EQ(headers[0]["receiveCount"], 2);
}

TEST_F(Reports, runs_are_numbered_per_unit_and_process) {
  start_seeded();
  ASSERT_EQ(post(report(1, "SN-1", "F", "2026-02-03T09:00:00Z")).status, 200);
  ASSERT_EQ(post(report(2, "SN-1", "P", "2026-02-03T10:00:00Z")).status, 200);
  auto other = report(3, "SN-1", "P", "2026-02-03T11:00:00Z");
  other["processCode"] = 20;
  ASSERT_EQ(post(other).status, 200);
  const auto headers = get_json(with("$orderby=timestamp"));
  EXPECT_EQ(headers[0]["run"], 1);
  EXPECT_FALSE(headers[0].contains("passedInRun"));
  EXPECT_EQ(headers[1]["run"], 2);
  EXPECT_EQ(headers[1]["passedInRun"], 2);
  EXPECT_EQ(headers[2]["run"], 1);
}

TEST_F(Reports, a_bad_report_is_400_naming_the_member_and_stores_nothing) {
  start_seeded();
  const auto refused = [&](const std::string& member, const json& value, const std::string& text) {
    auto document = report(1);
    if (value.is_discarded())
      document.erase(member);
    else
      document[member] = value;
    const auto answer = post(document);
    EXPECT_EQ(answer.status, 400) << member << " " << answer.body;
    EXPECT_NE(message(answer).find(text), std::string::npos) << answer.body;
  };
  const json absent(json::value_t::discarded);
  refused("type", "X", "type: 'X' is neither T nor R");
  refused("id", "nonsense", "id: 'nonsense' is no UUID");
  refused("id", absent, "id: is missing");
  refused("pn", "", "pn: must not be empty");
  refused("sn", std::string(101, 'x'), "sn: longer than 100 characters");
  refused("rev", absent, "rev: is missing");
  refused("processCode", 77, "there is no process 77");
  refused("processCode", 500, "process 500 is no test operation");
  refused("processCode", "10", "processCode: must be a whole number");
  refused("processCode", 9999999999, "out of range");
  refused("result", "X", "none of P, F, E and T");
  refused("start", "yesterday", "start: 'yesterday' is no time");
  refused("uut", absent, "uut: is missing");
  refused("root", json::array(), "root: must be an object");
  EXPECT_EQ(ask("POST", "/api/Report/WSJF", "{\"type\":\"T\"").status, 400);
  EXPECT_EQ(ask("POST", "/api/Report/WSJF", "[]").status, 400);
  EXPECT_TRUE(get_json(query).empty());
  auto umlauts = report(1);
  umlauts["rev"] = "";
  umlauts["location"] = std::string(100, 'x') + "";
  umlauts["purpose"] = "";
  for (int i = 0; i < 100; ++i) umlauts["purpose"] = umlauts["purpose"].get<std::string>() + "ü";
  EXPECT_EQ(post(umlauts).status, 200) << "100 characters, not bytes";
}

TEST_F(Reports, repairs_need_a_repair_operation_and_refer_to_their_test) {
  start_seeded();
  json repair = {{"type", "R"},
                 {"id", uuid(9)},
                 {"pn", "PN-1001"},
                 {"sn", "SN-1"},
                 {"rev", "A"},
                 {"processCode", 10},
                 {"result", "P"},
                 {"machineName", "REP"},
                 {"location", ""},
                 {"purpose", "Repair"},
                 {"start", "2026-02-04T09:00:00Z"},
                 {"uur", {{"user", "tech"}, {"processCode", 10}, {"refUUT", uuid(1)}}},
                 {"subUnits", {{{"idx", 0}, {"pn", "PN-1001"}, {"sn", "SN-1"}, {"rev", "A"}}}}};
  EXPECT_NE(message(post(repair)).find("process 10 is no repair operation"), std::string::npos);
  repair["processCode"] = 500;
  ASSERT_EQ(post(report(1)).status, 200);
  ASSERT_EQ(post(repair).status, 200);
  const auto repairs = get_json(with("reportType=R&$expand=uurSubUnits,subUnits"));
  ASSERT_EQ(repairs.size(), 1U);
  EXPECT_EQ(repairs[0]["referencedUut"], uuid(1));
  EXPECT_EQ(repairs[0]["uurSubUnits"][0]["serialNumber"], "SN-1");
  EXPECT_FALSE(repairs[0].contains("subUnits")) << "tests have these";
  EXPECT_EQ(get_json(with("reportType=U")).size(), 1U);
  EXPECT_EQ(get_json(with("$filter=reportType%20eq%20'T'")).size(), 1U);
  EXPECT_EQ(get_json("/api/Production/UnitVerification?serialNumber=SN-1")["results"][0]["repairCount"], 1);
}

TEST_F(Reports, ten_headers_come_unless_told_and_newest_first) {
  start_seeded();
  server::SeedSpec spec;
  spec.products = 2;
  spec.revisions_per_product = 2;
  spec.reports = 25;
  spec.steps = 2;
  ASSERT_TRUE(server_->seed(spec).has_value());
  const auto newest = get_json(query);
  ASSERT_EQ(newest.size(), 10U);
  EXPECT_GT(newest[0]["start"], newest[9]["start"]);
  EXPECT_EQ(get_json(with("$top=20")).size(), 20U);
  EXPECT_EQ(get_json(with("$top=0")).size(), 0U);
  EXPECT_EQ(get_json(with("$top=99999")).size(), 25U) << "cut to 10 000 without an error";
  const auto second = get_json(with("$top=10&$skip=10"));
  EXPECT_EQ(second.size(), 10U);
  EXPECT_LT(second[0]["start"], newest[9]["start"]);
  const auto oldest = get_json(with("$orderby=start%20asc&$top=1"));
  EXPECT_EQ(oldest[0]["timeStamp"], 1);
  EXPECT_EQ(get_json(with("$orderby=uuid&$top=25")).front()["uuid"],
            get_json(with("$orderby=uuid%20desc&$top=25")).back()["uuid"]);
}

TEST_F(Reports, of_the_same_moment_come_newest_stored_first) {
  start_seeded();
  ASSERT_EQ(post(report(1, "SN-1")).status, 200);
  ASSERT_EQ(post(report(2, "SN-2")).status, 200);
  EXPECT_EQ(get_json(query).front()["uuid"], uuid(2));
  ASSERT_EQ(post(report(1, "SN-1", "F")).status, 200) << "overwrites";
  EXPECT_EQ(get_json(query).front()["uuid"], uuid(1));
}

TEST_F(Reports, select_and_expand_choose_what_a_header_holds) {
  start_seeded();
  ASSERT_EQ(post(report(1)).status, 200);
  const auto selected = get_json(with("$select=serialNumber,%20START")).at(0);
  EXPECT_EQ(selected.size(), 3U) << "and uuid: " << selected.dump();
  EXPECT_EQ(selected["serialNumber"], "SN-1");
  const auto expanded = get_json(with("$expand=subUnits,miscInfo,assets,attachments&$select=uuid")).at(0);
  EXPECT_EQ(expanded["subUnits"][0]["serialNumber"], "M77");
  EXPECT_EQ(expanded["subUnits"][0]["partType"], "Module");
  EXPECT_EQ(expanded["miscInfo"][0]["value"], "2.1.0");
  EXPECT_EQ(expanded["assets"][0]["serialNumber"], "DMM-01");
  EXPECT_TRUE(expanded["attachments"].empty());
  EXPECT_FALSE(get_json(query).at(0).contains("subUnits"));
}

TEST_F(Reports, bad_query_options_are_400_naming_what_is_wrong) {
  start();
  const auto refused = [&](const std::string& options, const std::string& text) {
    const auto answer = get(with(options));
    EXPECT_EQ(answer.status, 400) << options;
    EXPECT_NE(message(answer).find(text), std::string::npos) << answer.body;
  };
  refused("$filter=nope%20eq%201", "unknown field 'nope'");
  refused("$filter=serialNumber%20eq%205", "serialNumber is a text");
  refused("$filter=subUnits/any(s:%20s/sn%20eq%20'x')", "not supported by this server");
  refused("$top=-1", "$top must not be negative");
  refused("$top=x", "$top");
  refused("$skip=-5", "$skip");
  refused("$orderby=result", "only start, uuid, serialNumber and timestamp");
  refused("$orderby=start%20down", "neither asc nor desc");
  refused("$select=nope", "unknown field 'nope'");
  refused("$expand=uurAssets", "no collection 'uurAssets'");
  refused("reportType=X", "none of U, T and R");
  EXPECT_EQ(get(with("unknownOption=1")).status, 200) << "unknown options are ignored";
}

TEST_F(Reports, a_header_query_and_the_history_tell_the_same) {
  const auto sample = testing::shared_path("samples/reports/own/all-kinds-uut.json");
  WATS_NEEDS_SHARED(sample);
  start_seeded();
  ASSERT_EQ(ask("POST", "/api/Report/WSJF", testing::content_of(sample)).status, 200);
  const auto header = get_json(query).at(0);
  const auto history = server_->history();
  const auto version = std::find_if(history.begin(), history.end(),
                                    [](const server::RowVersion& v) { return v.table == "reports"; });
  ASSERT_NE(version, history.end());
  EXPECT_EQ(json::parse(version->doc), header);
  EXPECT_EQ(version->key, header["uuid"].get<std::string>());
  EXPECT_EQ(header["reportSize"], 33);
  EXPECT_EQ(header["batchNumber"], "B7");
}

TEST_F(Reports, the_ingest_delay_hides_a_report_but_not_its_receipt) {
  server::Options options;
  options.ingest_delay = std::chrono::hours(1);
  start_seeded(options);
  const auto receipt = json::parse(post(report(1)).body);
  EXPECT_TRUE(get_json(query).empty());
  EXPECT_EQ(get("/api/Production/Unit/SN-1/PN-1001").status, 404);
  EXPECT_EQ(json::parse(post(report(1, "SN-1", "F")).body)["Report_ID"], receipt["Report_ID"]);
  const auto moved = server_->ingest_now();
  ASSERT_TRUE(moved.has_value());
  EXPECT_EQ(*moved, 1U);
  const auto headers = get_json(query);
  ASSERT_EQ(headers.size(), 1U);
  EXPECT_EQ(headers[0]["result"], "Failed") << "the later of the two";
  EXPECT_EQ(headers[0]["receiveCount"], 2);
}

TEST_F(Reports, a_short_ingest_delay_passes_by_itself) {
  server::Options options;
  options.ingest_delay = std::chrono::milliseconds(1);
  start_seeded(options);
  ASSERT_EQ(post(report(1)).status, 200);
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (get_json(query).empty() && std::chrono::steady_clock::now() < limit) std::this_thread::yield();
  EXPECT_EQ(get_json(query).size(), 1U);
}

TEST_F(Reports, everything_is_there_again_after_a_restart_reports_in_the_inbox_too) {
  const testing::TemporaryFolder folder;
  server::Options options;
  options.database = folder.file("wats.db");
  start_seeded(options);
  ASSERT_EQ(post(report(1)).status, 200);
  const auto product = get_json("/api/Product/PN-1001");
  server_->stop();

  options.ingest_delay = std::chrono::hours(1);
  start(options);
  ASSERT_EQ(post(report(2, "SN-2")).status, 200);
  server_->stop();

  start(options);
  EXPECT_EQ(get_json("/api/Product/PN-1001"), product);
  EXPECT_EQ(get_json(query).size(), 1U);
  EXPECT_EQ(server_->ingest_now().value_or(0), 1U);
  const auto headers = get_json(with("$orderby=timestamp"));
  ASSERT_EQ(headers.size(), 2U);
  EXPECT_LT(headers[0]["timeStamp"], headers[1]["timeStamp"]);
  server_->stop();
}

TEST_F(Reports, sixteen_posters_at_once_lose_nothing_and_share_commits) {
  start_seeded();
  const auto before = server_->stats();
  constexpr int posters = 16;
  constexpr int each = 20;
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int poster = 0; poster < posters; ++poster) {
    threads.emplace_back([&, poster] {
      RawHttp http(server_->port());
      for (int i = 0; i < each; ++i) {
        const int number = poster * each + i;
        http.send(http.request("POST", "/api/Report/WSJF", auth,
                               report(number, "SN-" + std::to_string(number)).dump()));
        good += http.receive().status == 200 ? 1 : 0;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, posters * each);
  EXPECT_EQ(get_json(with("$top=10000&$select=uuid")).size(), std::size_t{posters * each});
  const auto after = server_->stats();
  EXPECT_EQ(after.operations.at("report_post_wsjf").requests, std::uint64_t{posters * each});
  EXPECT_EQ(after.writes - before.writes, std::uint64_t{posters * each});
  EXPECT_LE(after.commits - before.commits, after.writes - before.writes);
}

}  // namespace
}  // namespace wats::testing
