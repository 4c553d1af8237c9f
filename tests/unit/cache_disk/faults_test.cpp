// A disk that is full or fails at any step: what was changed is never found again.
#include "tests/support/failing_disk.hpp"
#include "tests/unit/cache_disk/support.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <atomic>
#include <filesystem>

namespace wats::cache::test {
namespace {

using testing::DiskStep;
using testing::FailingDisk;

class DiskFaults : public ::testing::Test {
 protected:
  /// Fails the step number *at* and, unless it is *once*, all that follow.
  void fail(int code, int at = 0, bool once = false) {
    once_ = once;
    steps_left_ = at;
    code_ = code;
  }
  void mend() { code_ = SQLITE_OK; }

  std::atomic<int> code_{SQLITE_OK};
  std::atomic<int> steps_left_{0};
  std::atomic<bool> once_{false};
  std::atomic<int> failed_{0};
  std::atomic<int> syncs_{0};
  Place place_;
  FailingDisk disk_{[this](DiskStep step) -> int {
    if (step == DiskStep::sync) ++syncs_;
    if (code_ == SQLITE_OK || steps_left_-- > 0) return SQLITE_OK;
    ++failed_;
    return once_ ? code_.exchange(SQLITE_OK) : code_.load();
  }};
};

TEST_F(DiskFaults, go_on_with_what_is_there_on_a_full_disk) {
  const auto level = place_.open();
  place_.put(*level, "old", "old");
  settle(*level);
  EXPECT_TRUE(level->stats().is_available);
  fail(SQLITE_FULL);
  place_.put(*level, "new", "new");
  // Who asks in the same transaction sees it still.
  settle(*level);
  EXPECT_EQ(body(*level, "new"), "-");
  place_.put(*level, "newer", "newer");
  EXPECT_EQ(body(*level, "old"), "old");
  const auto stats = level->stats();
  EXPECT_FALSE(stats.is_available);
  EXPECT_EQ(stats.dropped, 2U);
  EXPECT_EQ(stats.stored, 1U);
  EXPECT_EQ(stats.entries, 1U);
  const auto lines = place_.reports.lines();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].find("full"), std::string::npos);
  mend();
}

TEST_F(DiskFaults, throw_the_file_away_before_a_change_is_lost) {
  for (const int code : {SQLITE_FULL, SQLITE_IOERR_WRITE}) {
    {
      const auto level = place_.open();
      place_.put(*level, "a", "a", {Tag("a")});
      place_.put(*level, "b", "b", {Tag("b")});
      settle(*level);
      fail(code);
      change(*level, Tag("a"));
      EXPECT_EQ(body(*level, "a"), "-");
      EXPECT_EQ(body(*level, "b"), "-");
    }
    mend();
    EXPECT_EQ(body(*place_.open(), "a"), "-") << code;
  }
}

TEST_F(DiskFaults, keep_the_windows_of_a_file_that_is_thrown_away) {
  {
    const auto level = place_.open();
    place_.put(*level, "a", "a", {Tag("a")});
    settle(*level);
    fail(SQLITE_IOERR_WRITE, 0, true);
    change(*level, Tag("a"), 30s);
    settle(*level);
    EXPECT_EQ(failed_, 1);
    place_.put(*level, "b", "b");
    EXPECT_EQ(body(*level, "b"), "b");
  }
  const auto level = place_.open();
  const auto ear = std::make_shared<Ear>();
  level->listen(ear);
  settle(*level);
  EXPECT_EQ(ear->heard(), Ear::Heard({{Tag("a").hash(), 30s}}));
}

/// Stores and changes; then nothing that was changed may be found, and what is found is right.
TEST_F(DiskFaults, never_bring_back_what_was_changed_whichever_step_fails) {
  int reached = 0;
  for (const int code : {SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC, SQLITE_CORRUPT, SQLITE_BUSY}) {
    for (const bool once : {true, false}) {
      for (int at = 0; at < 16; ++at) {
        Place place;
        failed_ = 0;
        {
          const auto level = place.open();
          for (int i = 0; i < 6; ++i)
            place.put(*level, std::to_string(i), std::string(3000, 'o'), {Tag("tag", std::to_string(i))});
          settle(*level);
          fail(code, at, once);
          for (int i = 0; i < 4; ++i) {
            const Tag tag("tag", std::to_string(i));
            change(*level, tag);
            EXPECT_EQ(body(*level, std::to_string(i)), "-");
            place.put(*level, std::to_string(i), std::string(3000, 'n'), {tag});
          }
          level->erase("4");
          EXPECT_EQ(body(*level, "4"), "-");
        }
        reached += failed_ != 0 ? 1 : 0;
        mend();
        const auto level = place.open();
        for (int i = 0; i < 4; ++i)
          ASSERT_NE(body(*level, std::to_string(i)).substr(0, 1), "o") << code << ' ' << once << ' ' << at;
        ASSERT_EQ(body(*level, "4"), "-") << code << ' ' << once << ' ' << at;
        place.put(*level, "9", "nine");
        ASSERT_EQ(body(*level, "9"), "nine");
      }
    }
  }
  EXPECT_GT(reached, 100);
}

TEST_F(DiskFaults, come_to_an_end) {
  const auto level = place_.open();
  settle(*level);
  fail(SQLITE_IOERR_WRITE);
  place_.put(*level, "a", "a");
  settle(*level);
  EXPECT_FALSE(level->stats().is_available);
  mend();
  // Opened again after a tenth of a second, or a little more.
  const auto end = std::chrono::steady_clock::now() + 20s;
  do {
    place_.put(*level, "b", "b");
  } while (body(*level, "b") == "-" && std::chrono::steady_clock::now() < end);
  EXPECT_EQ(body(*level, "b"), "b");
  EXPECT_TRUE(level->stats().is_available);
}

TEST_F(DiskFaults, are_not_to_be_feared_for_a_change_after_its_sync) {
  const auto level = place_.open();
  settle(*level);
  place_.put(*level, "a", "a", {Tag("a")});
  settle(*level);
  const int before = syncs_;
  place_.put(*level, "b", "b");
  settle(*level);
  EXPECT_EQ(syncs_, before) << "stores do not wait for the disk";
  for (int i = 1; i < 4; ++i) {
    change(*level, Tag("a"));
    settle(*level);
    EXPECT_GE(syncs_, before + i) << "each change does";
    place_.put(*level, "a", "a", {Tag("a")});
    settle(*level);
  }
}

}  // namespace
}  // namespace wats::cache::test
