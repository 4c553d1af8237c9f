// Two tokens in one process: neither is shown what the other was answered, and nothing that is kept tells a
// token.
#include "tests/support/isolation.hpp"

#include "tests/support/memory_level.hpp"
#include "tests/support/shared_files.hpp"
#include "tests/support/temporary_folder.hpp"
#include "wats/cache_disk/disk_file.hpp"
#include "wats/cache_disk/disk_level.hpp"

#include <set>

namespace wats::testing {
namespace {

TEST_F(Isolation, in_memory) {
  const Client a(options("A"));
  const Client b(options("B"));
  expect_own_answers(a, "A");
  expect_own_answers(b, "B");
  expect_own_answers(Client(options("A")), "A");
}

TEST_F(Isolation, on_a_level_that_both_use) {
  const auto level = std::make_shared<MemoryLevel>();
  expect_own_answers(Client(options("A", with(level))), "A");
  const auto keys = level->keys();
  EXPECT_EQ(keys.size(), kept_below());
  const std::set<std::string> of_a(keys.begin(), keys.end());
  expect_own_answers(Client(options("B", with(level))), "B");
  EXPECT_EQ(level->keys().size(), 2 * kept_below());
  // The next start of each finds its own.
  expect_shared_answers(Client(options("A", with(level))), "A", "A");
  expect_shared_answers(Client(options("B", with(level))), "B", "B");
  for (const std::string& key : level->keys()) expect_no_secret(key, "a key");
  level->edit([](cache::Record& record) { expect_no_secret(record.bytes, "a value"); });
}

TEST_F(Isolation, on_a_level_with_a_scope_ends_for_static_and_slow_only) {
  const auto level = std::make_shared<MemoryLevel>();
  ASSERT_FALSE(ask_everything(Client(options("A", with(level)).cache_scope(scope))).empty());
  EXPECT_EQ(level->keys().size(), kept_below());
  expect_shared_answers(Client(options("B", with(level)).cache_scope(scope)), "B", "A");
  EXPECT_EQ(level->keys().size(), kept_below());
  // Neither with another scope nor without one.
  expect_own_answers(Client(options("B", with(level)).cache_scope("line 4")), "B");
  expect_own_answers(Client(options("B", with(level))), "B");
  for (const std::string& key : level->keys()) expect_no_secret(key, "a key");
}

class OnDisk : public Isolation {
 protected:
  /// A level in the folder, as a client opens it, but more patient.
  [[nodiscard]] std::shared_ptr<cache::SecondLevel> level() const {
    cache::DiskSettings settings(folder_.path());
    settings.patience = std::chrono::seconds(10);
    return cache::open_disk(std::move(settings));
  }
  [[nodiscard]] CacheSettings by_name() const {
    CacheSettings cache;
    cache.directory = folder_.path();
    return cache;
  }
  /// Whom the records of the file were given to; a record without a name counts under "".
  [[nodiscard]] std::map<std::string, std::size_t> owners() const {
    std::map<std::string, std::size_t> owners;
    const auto file = cache::DiskFile::open(folder_.path());
    const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    for (const auto& entry : file.list(now)) {
      const auto record = file.find(entry.key);
      if (!record) continue;
      const bool is_a = record->bytes.find(R"("answeredTo":"A")") != std::string::npos;
      const bool is_b = record->bytes.find(R"("answeredTo":"B")") != std::string::npos;
      EXPECT_FALSE(is_a && is_b);
      ++owners[is_a ? "A" : is_b ? "B" : ""];
      expect_no_secret(entry.key, "a key");
    }
    return owners;
  }
  void expect_no_secret_in_files() const {
    EXPECT_FALSE(folder_.files().empty());
    for (const auto& name : folder_.files()) expect_no_secret(content_of(folder_.file(name)), name);
  }

  TemporaryFolder folder_;
};

TEST_F(OnDisk, in_one_level_for_both) {
  {
    const auto shared = level();
    expect_own_answers(Client(options("A", with(shared))), "A");
    await_stored(*shared, kept_below());
    expect_own_answers(Client(options("B", with(shared))), "B");
    await_stored(*shared, 2 * kept_below());
    expect_shared_answers(Client(options("A", with(shared))), "A", "A");
    expect_shared_answers(Client(options("B", with(shared))), "B", "B");
    expect_no_secret_in_files();
  }
  expect_no_secret_in_files();
  const auto of_both = owners();
  EXPECT_EQ(of_both.at("A"), of_both.at("B"));
}

TEST_F(OnDisk, one_start_after_the_other_in_the_same_folder) {
  {
    expect_own_answers(Client(options("A", by_name())), "A");
  }
  EXPECT_EQ(owners().count("B"), 0U);
  {
    expect_own_answers(Client(options("B", by_name())), "B");
  }
  EXPECT_EQ(owners().at("A"), owners().at("B"));
  expect_no_secret_in_files();
}

TEST_F(OnDisk, at_the_same_time_in_the_same_folder) {
  {
    const Client a(options("A", by_name()));
    expect_own_answers(a, "A");
    while (a.stats().second_level()->stored < kept_below()) std::this_thread::yield();
    // The second one finds nothing there, and keeps nothing.
    const Client b(options("B", by_name()));
    expect_own_answers(b, "B");
    expect_own_answers(Client(options("B", by_name())), "B");
  }
  EXPECT_EQ(owners().count("B"), 0U);
  expect_no_secret_in_files();
}

TEST_F(OnDisk, with_a_scope_ends_for_static_and_slow_only) {
  {
    const auto first = level();
    ASSERT_FALSE(ask_everything(Client(options("A", with(first)).cache_scope(scope))).empty());
    await_stored(*first, kept_below());
  }
  {
    const auto next = level();
    expect_shared_answers(Client(options("B", with(next)).cache_scope(scope)), "B", "A");
    expect_own_answers(Client(options("B", with(next))), "B");
    await_stored(*next, kept_below());
  }
  expect_no_secret_in_files();
}

}  // namespace
}  // namespace wats::testing
