// Whatever happens in whatever order: no find gives what was loaded before a change that its level had made
// or heard of.
#include "tests/redis/support.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <random>
#include <set>

namespace wats::cache::test {
namespace {

/// Each change carries a tag of its own beside the one that is changed, so that it is known which were heard.
class Station {
 public:
  explicit Station(const RedisSettings& settings) : level(open_redis(settings)) { level->listen(ear); }

  [[nodiscard]] bool knows(Tag change) const {
    return made.contains(change.hash()) || heard.contains(change.hash());
  }
  void note_what_was_heard() {
    for (const auto& change : ear->heard()) {
      for (const Tag tag : change.tags) heard.insert(tag.hash());
    }
    ear->forget();
  }

  std::shared_ptr<SecondLevel> level;
  std::shared_ptr<Ear> ear = std::make_shared<Ear>();
  std::set<std::uint64_t> made;
  std::set<std::uint64_t> heard;
};

class AnySchedule : public OnRedis {
 protected:
  static constexpr int keys = 12;
  static constexpr int tags = 5;

  class Load {
   public:
    int station = 0;
    int key = 0;
    /// In the order of all loads and changes.
    int begun = 0;
    Stamp since = 0;
  };
  class Change {
   public:
    int tag = 0;
    int at = 0;
    Tag name;
  };

  [[nodiscard]] static std::string key_name(int key) { return "key " + std::to_string(key); }
  [[nodiscard]] static Tag tag_named(int tag) { return {"tag", std::to_string(tag)}; }
  [[nodiscard]] static bool carries(int key, int tag) { return key % tags == tag || (key + 2) % tags == tag; }
  [[nodiscard]] int any(int count) { return std::uniform_int_distribution(0, count - 1)(random_); }
  [[nodiscard]] Station& any_station() { return *stations_[static_cast<std::size_t>(any(2))]; }

  void begin_load() {
    const int station = any(2);
    loads_.push_back(
        {station, any(keys), ++now_, stations_[static_cast<std::size_t>(station)]->level->stamp()});
  }
  void end_load() {
    if (loads_.empty()) return;
    const auto its = loads_.begin() + any(static_cast<int>(loads_.size()));
    Record loaded = record(std::to_string(its->begun));
    for (int tag = 0; tag < tags; ++tag) {
      if (carries(its->key, tag)) loaded.tags.push_back(tag_named(tag));
    }
    stations_[static_cast<std::size_t>(its->station)]->level->store(key_name(its->key), loaded, its->since);
    loads_.erase(its);
  }
  void change() {
    const int tag = any(tags);
    changes_.push_back({tag, ++now_, Tag("change", std::to_string(now_))});
    Station& station = any_station();
    station.level->changed(std::vector{tag_named(tag), changes_.back().name}, 0s, nullptr);
    station.made.insert(changes_.back().name.hash());
  }
  void look() {
    Station& station = any_station();
    station.note_what_was_heard();
    const int key = any(keys);
    const auto found = find(*station.level, key_name(key));
    if (!found) return;
    ++given_;
    const int begun = std::stoi(found->bytes);
    for (const auto& change : changes_) {
      if (carries(key, change.tag) && change.at > begun && station.knows(change.name))
        ADD_FAILURE() << "the load of " << begun << " is given after the change at " << change.at;
    }
  }
  void disturb() {
    switch (any(6)) {
      case 0:
        server_->stop();
        for (int i = any(20); i > 0; --i) step();
        server_->start();
        break;
      case 1:
        server_->pause();
        for (int i = any(20); i > 0; --i) step();
        server_->resume();
        break;
      case 2:
        (void)server_->run({"CLIENT", "KILL", "TYPE", "normal"});
        break;
      case 3:
        (void)server_->run({"DEL", "wats:log"});
        break;
      case 4:
        (void)server_->run({"FLUSHALL"});
        break;
      default:
        restart_a_station();
        break;
    }
    // Some of what follows happens while they come back, some afterwards.
    if (any(2) == 0) {
      for (const auto& station : stations_) EXPECT_TRUE(is_available(*station->level));
    }
  }
  void restart_a_station() {
    const auto which = static_cast<std::size_t>(any(2));
    stations_[which] = std::make_unique<Station>(brief());
    std::erase_if(loads_, [&](const Load& load) { return load.station == static_cast<int>(which); });
  }
  void step() {
    const int kind = any(100);
    if (kind < 20)
      begin_load();
    else if (kind < 45)
      end_load();
    else if (kind < 48)
      change();
    else
      look();
  }
  [[nodiscard]] RedisSettings brief() const {
    RedisSettings brief = settings();
    brief.time_limit = 100ms;
    return brief;
  }
  void run(std::uint32_t seed, int steps, int calm) {
    random_.seed(seed);
    given_ = 0;
    loads_.clear();
    for (auto& station : stations_) {
      station = std::make_unique<Station>(brief());
      // Before that nothing is given, and the steps are over in no time.
      EXPECT_TRUE(is_available(*station->level));
    }
    for (int i = 0; i < steps; ++i) {
      step();
      if (any(calm) == 0) disturb();
    }
    std::printf("seed %u: %d of %d steps gave something\n", seed, given_, steps);
    EXPECT_GT(given_, steps / 100);
    for (auto& station : stations_) station.reset();
  }

  std::mt19937 random_;
  std::array<std::unique_ptr<Station>, 2> stations_;
  std::vector<Load> loads_;
  std::vector<Change> changes_;
  int now_ = 0;
  int given_ = 0;
};

TEST_F(AnySchedule, gives_nothing_that_is_known_to_be_older_than_a_change) {
  for (const std::uint32_t seed : {1U, 2U, 3U}) run(seed, 2000, 150);
}

TEST_F(AnySchedule, gives_nothing_older_from_a_redis_that_keeps_values_over_a_restart_either) {
  server_.emplace(std::vector<std::string>{"--appendonly", "yes"});
  for (const std::uint32_t seed : {4U, 5U, 6U}) run(seed, 2000, 150);
}

TEST_F(AnySchedule, gives_nothing_older_when_all_is_calm) {
  run(7, 20'000, 1'000'000);
}

TEST_F(AnySchedule, holds_with_many_threads_and_a_redis_that_comes_and_goes) {
  const auto one = open();
  const auto other = open();
  std::atomic<bool> stop = false;
  std::atomic<int> asked = 0;
  std::atomic<int> answered = 0;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      std::minstd_rand random(i + 1);
      SecondLevel& level = i % 2 == 0 ? *one : *other;
      while (!stop) {
        const std::string key = key_name(static_cast<int>(random() % keys));
        switch (random() % 8) {
          case 0:
            level.changed(std::vector{product}, 1ms, nullptr);
            break;
          case 1:
            level.store(key, record("value", {product, unit}), level.stamp());
            break;
          case 2:
            level.erase(key);
            break;
          case 3:
            (void)level.stats();
            break;
          case 4:
            (void)level.oldest_to_show();
            break;
          case 5:
            level.listen(std::make_shared<Ear>());
            break;
          default:
            ++asked;
            level.find(key, [&](const auto&) { ++answered; });
        }
        std::this_thread::yield();
      }
    });
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(is_available(*one));
    server_->stop();
    EXPECT_TRUE(is_away(*other));
    server_->start();
    EXPECT_TRUE(is_available(*other));
    (void)server_->run({"CLIENT", "KILL", "TYPE", "normal"});
  }
  stop = true;
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(comes_true([&] { return answered == asked; }));
}

}  // namespace
}  // namespace wats::cache::test
