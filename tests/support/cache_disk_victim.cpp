// Keeps and changes answers in the folder it is given until it is killed, and writes which changes are done:
// one line "KEY GENERATION" for each, after which no older generation of the key may be found.
#include "wats/cache_disk/disk_level.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <optional>
#include <string>

namespace {

using wats::cache::DiskSettings;
using wats::cache::Record;
using wats::cache::SecondLevel;
using wats::cache::Tag;

constexpr int keys = 20;

void keep(SecondLevel& level, int key, int generation) {
  Record record;
  record.bytes = std::to_string(generation) + ' ' + std::string(2000, 'x');
  record.born = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  record.ttl = std::chrono::hours(1);
  record.tags = {Tag("key", std::to_string(key)), Tag("all")};
  level.store(std::to_string(key), std::move(record), level.stamp());
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  const auto level = wats::cache::open_disk(DiskSettings(arguments[1]));
  for (int generation = std::atoi(arguments[2]);; ++generation) {
    const int key = generation % keys;
    const Tag tag("key", std::to_string(key));
    level->changed({&tag, 1}, {}, nullptr);
    std::promise<void> done;
    level->find("nothing", [&done](const std::optional<Record>&) { done.set_value(); });
    done.get_future().get();
    std::printf("%d %d\n", key, generation);
    std::fflush(stdout);
    for (int other = 0; other < keys; ++other) keep(*level, other, generation);
  }
}
