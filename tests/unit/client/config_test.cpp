// Where options come from: file, environment, and which wins.
#include "wats/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace wats {
namespace {

/// A folder of its own and an environment without WATS_*, put back at the end.
class Config : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    folder_ = std::filesystem::temp_directory_path() / ("wats_config_" + name);
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    for (const char* variable : {"WATS_BASE_URL", "WATS_AUTH_TOKEN", "WATS_STATION", "WATS_CONFIG"})
      unsetenv(variable);
    setenv("XDG_CONFIG_HOME", folder_.c_str(), 1);
  }
  void TearDown() override {
    SetUp();
    std::filesystem::remove_all(folder_);
  }

  std::filesystem::path write(const std::string& text, const char* name = "wats.toml") {
    std::filesystem::create_directories(folder_ / "wats");
    const auto file = folder_ / "wats" / name;
    std::ofstream(file) << text;
    std::filesystem::permissions(file,
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return file;
  }

  std::filesystem::path folder_;
};

TEST_F(Config, a_file_sets_what_it_names) {
  const auto options = options_from_file(write(R"(
base_url = "https://wats.example/api"
token = "c2VjcmV0"
timeout_ms = 1500
[station]
name = "ST-1"
location = "Hall 2"
[cache]
ttl_slow_ms = 1000
max_entries = 77
policy = "s3_fifo"
stale_if_error_ms = 60000
)"));
  ASSERT_TRUE(options.has_value()) << options.error().message();
  EXPECT_EQ(options->base_url(), "https://wats.example");
  EXPECT_EQ(options->token(), "c2VjcmV0");
  EXPECT_EQ(options->timeout(), std::chrono::milliseconds(1500));
  EXPECT_EQ(options->station().name, "ST-1");
  EXPECT_EQ(options->station().location, "Hall 2");
  EXPECT_EQ(options->cache().ttl_slow, std::chrono::seconds(1));
  EXPECT_EQ(options->cache().max_entries, 77U);
  EXPECT_EQ(options->cache().policy, EvictionPolicy::s3_fifo);
  EXPECT_EQ(options->cache().stale_if_error, std::chrono::minutes(1));
  EXPECT_EQ(options->cache().ttl_static, std::chrono::hours(1));
}

TEST_F(Config, an_unknown_policy_is_told_with_those_there_are) {
  const auto options = options_from_file(write("[cache]\npolicy = \"arc\"\n"));
  ASSERT_FALSE(options.has_value());
  EXPECT_EQ(options.error().code(), Errc::invalid_options);
  EXPECT_THAT(options.error().message(), ::testing::HasSubstr("none of lru, sieve and s3_fifo"));
}

TEST_F(Config, the_environment_beats_the_file) {
  write("base_url = \"https://file.example\"\n[station]\nname = \"file\"\nlocation = \"here\"\n");
  setenv("WATS_BASE_URL", "https://environment.example", 1);
  setenv("WATS_STATION", "environment", 1);
  const auto options = load_options();
  ASSERT_TRUE(options.has_value()) << options.error().message();
  EXPECT_EQ(options->base_url(), "https://environment.example");
  EXPECT_EQ(options->station().name, "environment");
  EXPECT_EQ(options->station().location, "here");
}

TEST_F(Config, no_file_at_all_is_no_error) {
  setenv("WATS_BASE_URL", "https://environment.example", 1);
  const auto options = load_options();
  ASSERT_TRUE(options.has_value());
  EXPECT_EQ(options->base_url(), "https://environment.example");
}

TEST_F(Config, a_file_that_was_named_must_be_there) {
  setenv("WATS_CONFIG", (folder_ / "missing.toml").c_str(), 1);
  const auto options = load_options();
  ASSERT_FALSE(options.has_value());
  EXPECT_EQ(options.error().code(), Errc::io_error);
}

TEST_F(Config, a_misspelt_key_is_told_with_its_line) {
  const auto options = options_from_file(write("base_url = \"https://wats.example\"\n\ntimout_ms = 3\n"));
  ASSERT_FALSE(options.has_value());
  EXPECT_NE(options.error().message().find(":3:"), std::string::npos) << options.error().message();
  EXPECT_NE(options.error().message().find("timout_ms"), std::string::npos);
}

TEST_F(Config, a_wrong_type_is_told) {
  const auto options = options_from_file(write("timeout_ms = \"soon\"\n"));
  ASSERT_FALSE(options.has_value());
  EXPECT_NE(options.error().message().find("timeout_ms must be a whole number"), std::string::npos);
}

TEST_F(Config, what_is_no_toml_is_told_with_its_line) {
  const auto options = options_from_file(write("base_url = \n"));
  ASSERT_FALSE(options.has_value());
  EXPECT_NE(options.error().message().find(":1:"), std::string::npos) << options.error().message();
}

TEST_F(Config, a_token_that_others_can_read_is_refused_and_not_told) {
  const auto file = write("token = \"c2VjcmV0\"\n");
  std::filesystem::permissions(file, std::filesystem::perms::others_read, std::filesystem::perm_options::add);
  const auto options = options_from_file(file);
  ASSERT_FALSE(options.has_value());
  EXPECT_NE(options.error().message().find("chmod 600"), std::string::npos);
  EXPECT_EQ(options.error().message().find("c2VjcmV0"), std::string::npos);
}

TEST_F(Config, a_file_sets_what_happens_on_bad_days) {
  const auto options =
      options_from_file(write("attempt_timeout_ms = 1500\nproxy = \"http://proxy:3128\"\n"
                              "[retry]\nattempts = 5\nbase_delay_ms = 10\nbudget = 100\n"
                              "[breaker]\nenabled = false\nfailure_rate = 0.25\nopen_for_ms = 1000\n"
                              "[rate]\nper_minute = 1000\nburst = 7\nshared_file = \"/run/wats-rate\"\n"));
  ASSERT_TRUE(options.has_value()) << options.error().message();
  EXPECT_EQ(options->attempt_timeout(), std::chrono::milliseconds(1500));
  EXPECT_EQ(options->proxy(), "http://proxy:3128");
  EXPECT_EQ(options->retry().attempts, 5);
  EXPECT_EQ(options->retry().base_delay, std::chrono::milliseconds(10));
  EXPECT_EQ(options->retry().budget, 100);
  EXPECT_FALSE(options->breaker().enabled);
  EXPECT_EQ(options->breaker().failure_rate, 0.25);
  EXPECT_EQ(options->breaker().open_for, std::chrono::milliseconds(1000));
  EXPECT_EQ(options->rate().per_minute, 1000U);
  EXPECT_EQ(options->rate().burst, 7U);
  EXPECT_EQ(options->rate().shared_file, "/run/wats-rate");
}

TEST_F(Config, numbers_out_of_range_are_refused) {
  for (const char* const line :
       {"[retry]\nattempts = 99999999999", "[retry]\nattempts = 0", "[rate]\nper_minute = -1",
        "[rate]\nburst = 0", "[retry]\nbudget = -5", "[breaker]\nfailure_rate = 1.5"}) {
    const auto options =
        options_from_file(write(std::string("base_url = \"http://127.0.0.1\"\n") + line + "\n"));
    ASSERT_TRUE(options.has_value()) << options.error().message();
    EXPECT_FALSE(options->validate().has_value()) << line;
  }
}

TEST_F(Config, what_only_its_owner_may_read_is_not_open_to_others) {
  using std::filesystem::perms;
  const auto file = write("");
  EXPECT_FALSE(open_to_others(file));
  for (const perms given : {perms::group_read, perms::others_read, perms::group_write, perms::others_exec}) {
    std::filesystem::permissions(file, perms::owner_read | perms::owner_write | given);
    EXPECT_TRUE(open_to_others(file));
  }
  EXPECT_FALSE(open_to_others(folder_ / "nothing_here"));
}

TEST_F(Config, a_folder_in_place_of_the_file_is_told) {
  const auto options = options_from_file(folder_);
  ASSERT_FALSE(options.has_value());
  EXPECT_NE(options.error().message().find(folder_.string()), std::string::npos) << options.error().message();
}

}  // namespace
}  // namespace wats
