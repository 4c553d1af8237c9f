// Every report document of the shared samples is JSON, and a report where it is meant to be one.
#include "tests/support/shared_files.hpp"
#include "wats/model/codec.hpp"
#include "wats/model/json.hpp"
#include "wats/model/report_document.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace wats {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> samples() {
  std::vector<fs::path> found;
  const fs::path folder = testing::shared_path("samples/reports");
  if (!fs::is_directory(folder)) return found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".json") found.push_back(entry.path());
  }
  return found;
}

class Samples : public ::testing::Test {
 protected:
  void SetUp() override {
    WATS_NEEDS_SHARED(testing::shared_path("samples/reports"));
    ASSERT_FALSE(files_.empty());
  }

  std::vector<fs::path> files_ = samples();
};

TEST_F(Samples, all_are_json_and_kept_as_they_are) {
  for (const auto& path : files_) {
    const std::string text = testing::content_of(path);
    const auto json = Json::parse(text);
    ASSERT_TRUE(json.has_value()) << path << ": " << json.error().what();
    EXPECT_EQ(nlohmann::json::parse(json->text()), nlohmann::json::parse(text)) << path;
  }
}

TEST_F(Samples, reports_keep_all_but_a_missing_id) {
  int reports = 0;
  for (const auto& path : files_) {
    const std::string text = testing::content_of(path);
    const auto oracle = nlohmann::json::parse(text);
    if (!oracle.is_object() || !oracle.contains("pn")) continue;
    const auto document = ReportDocument::parse(text);
    ASSERT_TRUE(document.has_value()) << path << ": " << document.error().what();
    ++reports;
    EXPECT_EQ(document->serial_number(), oracle["sn"].get<std::string>());
    EXPECT_EQ(document->part_number(), oracle["pn"].get<std::string>());
    EXPECT_EQ(document->type() == ReportType::repair, oracle["type"] == "R");
    auto kept = nlohmann::json::parse(document->text());
    EXPECT_EQ(kept["id"].get<std::string>(), document->id());
    if (!oracle.contains("id")) kept.erase("id");
    EXPECT_EQ(kept, oracle) << path;
  }
  EXPECT_GT(reports, 0);
}

}  // namespace
}  // namespace wats
