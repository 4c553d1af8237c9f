// A process that is killed: what it changed is not found by the next one.
#include "tests/unit/cache_disk/support.hpp"

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace wats::cache::test {
namespace {

/// The program that keeps answers until it is killed, and what it writes.
class Victim {
 public:
  Victim(const std::string& folder, int generation) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    ::posix_spawn_file_actions_t actions{};
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    ::posix_spawn_file_actions_addclose(&actions, ends[0]);
    std::string program = WATS_VICTIM;
    std::string where = folder;
    std::string first = std::to_string(generation);
    std::array<char*, 4> arguments{program.data(), where.data(), first.data(), nullptr};
    const int code = ::posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    out_ = ::fdopen(ends[0], "r");
    if (code != 0) throw std::system_error(code, std::generic_category(), program);
  }
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;
  ~Victim() {
    kill();
    std::fclose(out_);
  }

  /// The next change that is done: key and generation.
  [[nodiscard]] std::optional<std::pair<int, int>> read() {
    std::pair<int, int> line;
    if (std::fscanf(out_, "%d %d", &line.first, &line.second) != 2) return std::nullopt;
    return line;
  }
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  ::pid_t pid_ = 0;
  std::FILE* out_ = nullptr;
};

TEST(DiskCrash, never_brings_back_what_was_changed_before_the_process_was_killed) {
  testing::TemporaryFolder folder;
  const std::string answers = folder.file("answers");
  std::map<int, int> changed;
  int generation = 1;
  int found_at_all = 0;
  for (int round = 0; round < 12; ++round) {
    {
      Victim victim(answers, generation);
      for (int lines = 0; lines < 5 + 13 * round; ++lines) {
        const auto line = victim.read();
        ASSERT_TRUE(line) << "it ended by itself";
        changed[line->first] = line->second;
      }
      victim.kill();
      // What it wrote before it was killed.
      while (const auto line = victim.read()) changed[line->first] = line->second;
    }
    DiskSettings settings(answers);
    settings.report = [](std::string_view line) { ADD_FAILURE() << line; };
    const auto level = open_disk(settings);
    for (const auto& [key, last] : changed) {
      generation = std::max(generation, last + 1);
      const auto record = find(*level, std::to_string(key));
      if (!record) continue;
      ++found_at_all;
      ASSERT_GE(std::atoi(record->bytes.c_str()), last) << "key " << key << ", round " << round;
    }
  }
  EXPECT_GT(found_at_all, 50);
}

}  // namespace
}  // namespace wats::cache::test
