// A running server and short ways to ask it, for tests of the server.
#pragma once

#include "tests/support/raw_http.hpp"
#include "wats/server/server.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace wats::testing {

/// Tests start it with the options they need: nothing runs before start().
class ServerUnderTest : public ::testing::Test {
 protected:
  static constexpr std::string_view auth = "Authorization: Basic secret\r\n";

  void start(server::Options options = {}) {
    options.tokens = {"secret"};
    server_.emplace(std::move(options));
    const auto started = server_->start();
    ASSERT_TRUE(started.has_value()) << started.error().message();
  }

  /// Twelve processes and products PN-1001 ... with two revisions each.
  void start_seeded(server::Options options = {}, std::uint32_t products = 2) {
    start(std::move(options));
    server::SeedSpec spec;
    spec.products = products;
    spec.revisions_per_product = 2;
    const auto seeded = server_->seed(spec);
    ASSERT_TRUE(seeded.has_value()) << seeded.error().message();
  }

  RawAnswer ask(std::string_view method, std::string_view target, std::string_view body = {},
                std::string_view headers = auth) {
    RawHttp http(server_->port());
    http.send(http.request(method, target, headers, body));
    return http.receive(method == "HEAD");
  }
  RawAnswer get(std::string_view target) { return ask("GET", target); }

  /// The body of a GET that must succeed.
  nlohmann::json get_json(std::string_view target) {
    const auto answer = get(target);
    EXPECT_EQ(answer.status, 200) << target << ": " << answer.body;
    return nlohmann::json::parse(answer.body, nullptr, false);
  }
  static std::string message(const RawAnswer& answer) {
    const auto body = nlohmann::json::parse(answer.body, nullptr, false);
    return body.is_object() ? body.value("message", "") : answer.body;
  }

  static std::string uuid(int number) {
    char text[40];
    std::snprintf(text, sizeof text, "00000000-0000-4000-8000-%012d", number);
    return text;
  }
  /// A small valid test report.
  static nlohmann::json report(int number, const std::string& serial = "SN-1",
                               const std::string& result = "P",
                               const std::string& start = "2026-02-03T09:15:00.000Z") {
    return {{"type", "T"},
            {"id", uuid(number)},
            {"pn", "PN-1001"},
            {"sn", serial},
            {"rev", "A"},
            {"processCode", 10},
            {"result", result},
            {"machineName", "ST-1"},
            {"location", "Bench"},
            {"purpose", "Production"},
            {"start", start},
            {"uut", {{"user", "op1"}, {"execTime", 4.2}}},
            {"root",
             {{"id", 0},
              {"group", "M"},
              {"stepType", "SequenceCall"},
              {"name", "Main"},
              {"status", result},
              {"seqCall", {{"path", "p/"}, {"name", "line.seq"}, {"version", "1.0"}}},
              {"steps",
               {{{"id", 1}, {"name", "Voltage"}, {"status", result}, {"causedUUTFailure", result != "P"}}}}}},
            {"miscInfos", {{{"description", "Firmware"}, {"text", "2.1.0"}}}},
            {"subUnits", {{{"partType", "Module"}, {"pn", "MOD-2"}, {"rev", "A"}, {"sn", "M77"}}}},
            {"assets", {{{"assetSN", "DMM-01"}, {"usageCount", 1}}}}};
  }
  RawAnswer post(const nlohmann::json& document) { return ask("POST", "/api/Report/WSJF", document.dump()); }

  std::optional<server::Server> server_;
};

}  // namespace wats::testing
