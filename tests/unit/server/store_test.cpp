// Writer, readers and history on a store of its own.
#include "src/server/store.hpp"

#include "tests/support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <future>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

namespace wats::server {
namespace {

Reply write(Store& store, WriteAction action) {
  std::promise<Reply> promise;
  store.writer().submit(std::move(action), [&promise](Reply reply) { promise.set_value(std::move(reply)); });
  return promise.get_future().get();
}

WriteAction put(const std::string& key, int status = 200) {
  return [key, status](Transaction& transaction) {
    auto insert = transaction.database().prepare(
        "INSERT INTO units(serial_number, part_number, phase, doc) VALUES(?, 'P', 2, '{}')");
    insert.bind(std::string_view(key)).run();
    transaction.changed("units", key, "{}");
    Reply reply;
    reply.status = status;
    return reply;
  };
}

std::int64_t units(Store& store) {
  std::promise<std::int64_t> promise;
  EXPECT_TRUE(store.readers().submit([&promise](Database& database) {
    auto row = database.prepare("SELECT count(*) FROM units");
    promise.set_value(row.next() ? row.integer(0) : -1);
  }));
  return promise.get_future().get();
}

TEST(Store, a_write_is_visible_to_readers_once_it_is_answered) {
  Store store(":memory:", 2, 100);
  EXPECT_EQ(write(store, put("a")).status, 200);
  EXPECT_EQ(units(store), 1);
}

TEST(Store, writes_that_wait_together_share_a_commit) {
  Store store(":memory:", 1, 100);
  std::promise<void> hold;
  std::promise<void> held;
  std::vector<std::future<Reply>> replies;
  store.writer().submit(
      [&](Transaction&) {
        held.set_value();
        hold.get_future().wait();
        return Reply();
      },
      [](const Reply&) {});
  held.get_future().wait();
  for (int i = 0; i < 16; ++i) {
    auto promise = std::make_shared<std::promise<Reply>>();
    replies.push_back(promise->get_future());
    store.writer().submit(put("unit " + std::to_string(i)),
                          [promise](Reply reply) { promise->set_value(std::move(reply)); });
  }
  hold.set_value();
  for (auto& reply : replies) EXPECT_EQ(reply.get().status, 200);
  EXPECT_EQ(store.writer().commits(), 2U);
  EXPECT_EQ(store.writer().writes(), 17U);
}

TEST(Store, a_refused_or_failed_write_leaves_nothing_and_spares_its_neighbours) {
  Store store(":memory:", 1, 100);
  EXPECT_EQ(write(store, put("refused", 409)).status, 409);
  const auto failed = write(store, [](Transaction& transaction) -> Reply {
    transaction.changed("units", "failed", "{}");
    throw std::runtime_error("secret detail");
  });
  EXPECT_EQ(failed.status, 500);
  EXPECT_EQ(failed.body.find("secret"), std::string::npos);
  EXPECT_EQ(write(store, put("good")).status, 200);
  EXPECT_EQ(units(store), 1);
  const auto history = store.history().snapshot();
  ASSERT_EQ(history.size(), 1U);
  EXPECT_EQ(history[0].key, "good");
}

TEST(Store, versions_carry_the_moments_around_their_commit) {
  Store store(":memory:", 1, 100);
  const auto before = std::chrono::steady_clock::now();
  write(store, put("a"));
  const auto between = std::chrono::steady_clock::now();
  write(store, [](Transaction& transaction) {
    transaction.deleted("units", "a");
    return Reply();
  });
  const auto history = store.history().snapshot();
  ASSERT_EQ(history.size(), 2U);
  EXPECT_LE(before, history[0].not_before);
  EXPECT_LE(history[0].not_before, history[0].not_after);
  EXPECT_LE(history[0].not_after, between);
  EXPECT_LE(between, history[1].not_before);
  EXPECT_TRUE(history[1].deleted);
  EXPECT_LT(history[0].commit, history[1].commit);
}

TEST(Store, the_history_in_memory_is_bounded_and_the_oldest_go_first) {
  Store store(":memory:", 1, 2);
  for (const char* const key : {"a", "b", "c"}) write(store, put(key));
  const auto history = store.history().snapshot();
  ASSERT_EQ(history.size(), 2U);
  EXPECT_EQ(history[0].key, "b");
}

TEST(Store, what_is_queued_is_committed_before_it_closes_and_later_writes_are_refused) {
  Store store(":memory:", 1, 100);
  std::atomic<int> answered{0};
  for (int i = 0; i < 50; ++i) {
    store.writer().submit(put(std::to_string(i)),
                          [&](const Reply& reply) { answered += reply.status == 200 ? 1 : 0; });
  }
  store.close();
  EXPECT_EQ(answered, 50);
  EXPECT_EQ(write(store, put("late")).status, 503);
}

TEST(Store, look_ups_by_serial_number_never_walk_all_reports_of_a_part) {
  Store store(":memory:", 1, 100);
  std::promise<std::string> promise;
  EXPECT_TRUE(store.readers().submit([&promise](Database& database) {
    auto plan = database.prepare(
        "EXPLAIN QUERY PLAN SELECT uuid FROM reports WHERE part_number = ? AND serial_number = ? AND "
        "process_code = ?");
    promise.set_value(plan.next() ? std::string(plan.text(3)) : "");
  }));
  const auto plan = promise.get_future().get();
  EXPECT_NE(plan.find("reports_serial"), std::string::npos) << plan;
}

class StoreFile : public ::testing::Test {
 protected:
  [[nodiscard]] std::string file() const { return folder_.file("wats.db"); }
  const wats::testing::TemporaryFolder folder_;
};

TEST_F(StoreFile, is_for_its_owner_only_and_outlives_the_process) {
  {
    Store store(file(), 1, 100);
    EXPECT_EQ(write(store, put("a")).status, 200);
    for (const char* const suffix : {"", "-wal", "-shm"}) {
      struct stat about{};
      ASSERT_EQ(::stat((file() + suffix).c_str(), &about), 0) << suffix;
      EXPECT_EQ(about.st_mode & 0777U, 0600U) << suffix;
    }
  }
  Store store(file(), 1, 100);
  EXPECT_EQ(units(store), 1);
  write(store, put("b"));
  EXPECT_EQ(store.history().snapshot().at(0).commit, 2U) << "commit numbers go on";
}

TEST_F(StoreFile, of_a_newer_program_is_refused) {
  {
    Store store(file(), 1, 0);
  }
  {
    SQLite::Database database(file(), SQLite::OPEN_READWRITE);
    database.exec("PRAGMA user_version=99");
  }
  EXPECT_THROW(Store(file(), 1, 0), std::runtime_error);
}

TEST_F(StoreFile, that_is_no_database_is_refused) {
  {
    std::FILE* const out = std::fopen(file().c_str(), "w");
    std::fputs("this is a text, and long enough to be looked at as a database header would be ..............",
               out);
    std::fclose(out);
  }
  EXPECT_THROW(Store(file(), 1, 0), std::exception);
}

}  // namespace
}  // namespace wats::server
