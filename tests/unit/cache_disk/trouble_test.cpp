// Files that are broken, of another version, somebody else's or not to be had at all.
#include "tests/unit/cache_disk/support.hpp"

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>
#include <sys/stat.h>
#include <unistd.h>

namespace wats::cache::test {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const fs::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

unsigned mode_of(const fs::path& file) {
  struct stat found{};
  EXPECT_EQ(::lstat(file.c_str(), &found), 0) << file;
  return found.st_mode & 0777U;
}

void fill(Place& place, int entries = 20) {
  const auto level = place.open();
  for (int i = 0; i < entries; ++i)
    place.put(*level, "key " + std::to_string(i), "body " + std::to_string(i) + std::string(500, 'x'),
              {Tag("t")});
}

/// Sets the file aside, begins anew, and works.
void expect_begun_anew(Place& place) {
  {
    const auto level = place.open();
    EXPECT_EQ(body(*level, "key 1"), "-");
    place.put(*level, "new", "new");
    EXPECT_EQ(body(*level, "new"), "new");
    EXPECT_TRUE(level->stats().is_available);
  }
  const auto lines = place.reports.lines();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].find("answers.db.broken"), std::string::npos) << lines[0];
  EXPECT_TRUE(fs::exists(fs::symlink_status(place.file().string() + ".broken")));
  EXPECT_EQ(body(*place.open(), "new"), "new");
}

TEST(DiskTrouble, begins_anew_where_the_file_is_no_database) {
  Place place;
  fill(place);
  write(place.file(), std::string(10000, 'x'));
  expect_begun_anew(place);
}

TEST(DiskTrouble, begins_anew_where_the_head_of_the_file_is_damaged) {
  Place place;
  fill(place);
  auto bytes = content(place.file());
  for (std::size_t i = 100; i < 4096; ++i) bytes[i] = static_cast<char>(i * 37);
  write(place.file(), bytes);
  expect_begun_anew(place);
}

TEST(DiskTrouble, begins_anew_where_a_folder_lies_in_its_place) {
  Place place;
  fs::create_directories(place.file() / "full");
  expect_begun_anew(place);
}

TEST(DiskTrouble, begins_anew_where_a_link_lies_in_its_place) {
  Place place;
  fs::create_directories(place.path());
  const auto target = place.folder.path() / "target";
  write(target, "precious");
  fs::create_symlink(target, place.file());
  expect_begun_anew(place);
  EXPECT_EQ(content(target), "precious");
}

TEST(DiskTrouble, begins_anew_with_another_version) {
  Place place;
  fill(place);
  SQLite::Database(place.file().string(), 2).exec("UPDATE meta SET value=2 WHERE name='version'");
  expect_begun_anew(place);
}

TEST(DiskTrouble, begins_anew_with_a_database_of_something_else) {
  Place place;
  fs::create_directories(place.path());
  SQLite::Database(place.file().string(), 6).exec("CREATE TABLE recipes(name TEXT)");
  expect_begun_anew(place);
}

TEST(DiskTrouble, begins_anew_with_an_empty_or_truncated_file) {
  for (const std::size_t size : {0U, 50U, 4096U, 12000U}) {
    Place place;
    fill(place);
    fs::resize_file(place.file(), size);
    const auto level = place.open();
    for (int i = 0; i < 20; ++i) {
      const auto key = std::to_string(i);
      const auto found = body(*level, "key " + key);
      EXPECT_TRUE(found == "-" || found == "body " + key + std::string(500, 'x'));
    }
    place.put(*level, "new", "new");
    place.put(*level, "newer", "newer");
    EXPECT_EQ(body(*level, "newer"), "newer") << size;
  }
}

TEST(DiskTrouble, never_shows_a_wrong_body_nor_what_was_changed_from_a_damaged_file) {
  Place place;
  fill(place, 60);
  const auto sound = content(place.file());
  std::minstd_rand random(7);
  std::size_t found_at_all = 0;
  for (int round = 0; round < 150; ++round) {
    auto bytes = sound;
    // The head is tested above; here damage has to get through to the rows.
    for (int i = 0; i < 1 + round % 40; ++i)
      bytes[4096 + random() % (bytes.size() - 4096)] = static_cast<char>(random());
    write(place.file(), bytes);
    const auto level = place.open();
    for (int i = 0; i < 60; ++i) {
      const auto key = std::to_string(i);
      const auto found = body(*level, "key " + key);
      if (found == "-") continue;
      ++found_at_all;
      ASSERT_EQ(found, "body " + key + std::string(500, 'x')) << "round " << round;
    }
    change(*level, Tag("t"));
    for (int i = 0; i < 60; ++i)
      ASSERT_EQ(body(*level, "key " + std::to_string(i)), "-") << "round " << round;
    place.put(*level, "new", "new");
    settle(*level);
  }
  EXPECT_GT(found_at_all, 1000U) << "most of it outlives a few bad bytes";
}

TEST(DiskTrouble, goes_without_a_directory_that_another_level_uses) {
  Place place;
  const auto first = place.open();
  place.put(*first, "key", "body");
  settle(*first);
  {
    const auto second = place.open();
    EXPECT_EQ(body(*second, "key"), "-");
    place.put(*second, "key", "other");
    change(*second, Tag("a"));
    settle(*second);
    EXPECT_FALSE(second->stats().is_available);
    EXPECT_EQ(second->stats().failed, 2U);
    EXPECT_EQ(second->stats().dropped, 1U);
  }
  const auto lines = place.reports.lines();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].find("in use by another process"), std::string::npos);
  EXPECT_EQ(body(*first, "key"), "body");
  EXPECT_EQ(body(*place.open(), "key"), "-") << "the first one still has it after the second is gone";
}

TEST(DiskTrouble, mends_a_lock_that_is_no_database) {
  Place place;
  fill(place);
  write(place.path() / "owner.lock", std::string(5000, 'x'));
  EXPECT_NE(body(*place.open(), "key 1"), "-");
}

TEST(DiskTrouble, makes_files_for_their_owner_only) {
  Place place;
  const auto level = place.open();
  place.put(*level, "key", "body");
  settle(*level);
  EXPECT_EQ(mode_of(place.path()), 0700U);
  for (const auto& entry : fs::directory_iterator(place.path()))
    EXPECT_EQ(mode_of(entry.path()), 0600U) << entry;
  EXPECT_GE(std::distance(fs::directory_iterator(place.path()), {}), 4);
}

TEST(DiskTrouble, takes_from_others_what_they_might_read) {
  Place place;
  fill(place);
  fs::permissions(place.path(), fs::perms(0755));
  fs::permissions(place.file(), fs::perms(0644));
  fs::permissions(place.path() / "site.key", fs::perms(0644));
  const auto level = place.open();
  EXPECT_NE(body(*level, "key 1"), "-");
  EXPECT_EQ(mode_of(place.file()), 0600U);
  EXPECT_EQ(mode_of(place.path() / "site.key"), 0600U);
}

TEST(DiskTrouble, replaces_a_secret_of_the_wrong_size) {
  Place place;
  const auto before = place.open()->identity("token");
  write(place.path() / "site.key", "short");
  const auto after = place.open()->identity("token");
  EXPECT_NE(after, before);
  EXPECT_EQ(place.open()->identity("token"), after);
}

TEST(DiskTrouble, goes_without_a_directory_that_cant_be_made) {
  Place place;
  write(place.path(), "a file");
  const auto level = place.open();
  EXPECT_EQ(level->identity("token").size(), 64U);
  place.put(*level, "key", "body");
  EXPECT_EQ(body(*level, "key"), "-");
  EXPECT_FALSE(level->stats().is_available);
  EXPECT_EQ(level->stats().dropped, 1U);
  EXPECT_EQ(place.reports.lines().size(), 1U);
}

TEST(DiskTrouble, goes_without_a_directory_it_may_not_write) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  Place place;
  fs::create_directories(place.path());
  fs::permissions(place.path(), fs::perms(0500));
  const auto level = place.open();
  EXPECT_EQ(body(*level, "key"), "-");
  EXPECT_FALSE(level->stats().is_available);
  fs::permissions(place.path(), fs::perms(0700));
}

}  // namespace
}  // namespace wats::cache::test
