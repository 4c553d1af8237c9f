#include "wats/cache_redis/redis_level.hpp"

#include "src/cache_redis/commander.hpp"
#include "src/cache_redis/hang_up.hpp"
#include "src/cache_redis/log_reader.hpp"
#include "src/cache_redis/settings.hpp"
#include "src/cache_redis/shared.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace wats::cache {
namespace {

using redis::Command;
using redis::Shared;

/// Longer than any server takes, and far from what a time can't hold.
constexpr Duration longest_settling = std::chrono::hours(24);

Duration bounded(Duration settling) {
  return std::clamp(settling, Duration::zero(), longest_settling);
}

class RedisLevel final : public SecondLevel {
 public:
  explicit RedisLevel(RedisSettings settings) : shared_(std::make_shared<Shared>(std::move(settings))) {
    try {
      reader_ = std::thread([shared = shared_] { redis::LogReader(*shared).run(); });
      commander_ = std::thread([shared = shared_] { redis::Commander(*shared).run(); });
    } catch (...) {
      stop();
      throw;
    }
  }
  ~RedisLevel() override { stop(); }

  [[nodiscard]] std::string identity(std::string_view secret) const override {
    return shared_->site_key.name("identity", secret);
  }
  [[nodiscard]] Duration patience() const noexcept override { return shared_->settings.time_limit; }

  [[nodiscard]] std::optional<Duration> oldest_to_show() const noexcept override {
    const TimePoint now = coarse_steady_now();
    if (shared_->is_heard(now) && shared_->others_are_heard(now)) return {};
    return shared_->settings.oldest_while_away;
  }

  [[nodiscard]] Stamp stamp() const noexcept override { return shared_->positions.stamp(); }

  void find(std::string key, Found found) override {
    {
      const std::lock_guard lock(shared_->mutex);
      if (shared_->heard && shared_->finds < Shared::most_finds && shared_->is_heard(Shared::Clock::now())) {
        ++shared_->finds;
        push({Command::Kind::find, std::move(key), std::move(found), {}});
        return;
      }
      ++shared_->counts.failed;
    }
    found({});
  }

  void store(std::string key, Record record, Stamp since) override {
    // What the server shows inside a window may be the older state, however late it was asked.
    const bool settles = shared_->listeners.settles(record.tags);
    const std::lock_guard lock(shared_->mutex);
    const auto position = shared_->positions.at(since);
    if (settles || !shared_->heard || !position || !shared_->positions.valid(record.tags, *position) ||
        record.bytes.size() > shared_->settings.max_value_bytes ||
        record.tags.size() > redis::most_value_tags || shared_->store_bytes > Shared::most_store_bytes) {
      ++shared_->counts.dropped;
      return;
    }
    Command command{Command::Kind::store, std::move(key), {}, {*position, std::move(record)}};
    shared_->store_bytes += command.weight();
    push(std::move(command));
  }

  void erase(std::string key) override {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->erases < Shared::most_erases) {
      ++shared_->erases;
      push({Command::Kind::erase, std::move(key), {}, {}});
      return;
    }
    // More than can be kept while Redis is away.
    shared_->unsent.add_all(Shared::Clock::now());
    shared_->commands_wake.notify_one();
  }

  void changed(std::span<const Tag> tags, Duration settling, const ChangeListener* from) override {
    if (tags.empty()) return;
    settling = bounded(settling);
    shared_->listeners.settle(tags, settling);
    {
      const std::lock_guard lock(shared_->mutex);
      shared_->positions.begin(tags);
    }
    // Before it can be in the log, for the same reason as in LogReader::apply().
    shared_->listeners.tell(tags, settling, from);
    {
      const std::lock_guard lock(shared_->mutex);
      shared_->unsent.add(tags, Shared::Clock::now() + settling);
      shared_->positions.forget(tags);
    }
    shared_->commands_wake.notify_one();
  }

  void changed_all(Duration settling, const ChangeListener* from) override {
    settling = bounded(settling);
    shared_->listeners.settle_all(settling);
    {
      const std::lock_guard lock(shared_->mutex);
      shared_->positions.begin_all();
    }
    shared_->listeners.tell_all(settling, from);
    {
      const std::lock_guard lock(shared_->mutex);
      shared_->unsent.add_all(Shared::Clock::now() + settling);
      shared_->positions.forget_all();
    }
    shared_->commands_wake.notify_one();
  }

  void listen(std::weak_ptr<ChangeListener> listener) override {
    shared_->listeners.add(std::move(listener));
  }

  [[nodiscard]] SecondLevelStats stats() const override {
    const std::lock_guard lock(shared_->mutex);
    SecondLevelStats stats = shared_->counts;
    stats.is_available = shared_->heard && shared_->is_heard(Shared::Clock::now());
    return stats;
  }

 private:
  void stop() {
    {
      const std::lock_guard lock(shared_->mutex);
      shared_->stopping = true;
      if (shared_->reader_socket >= 0) redis::hang_up(shared_->reader_socket);
    }
    shared_->commands_wake.notify_all();
    shared_->reader_wakes.notify_all();
    end(commander_);
    end(reader_);
  }
  /// Under the mutex.
  void push(Command command) {
    shared_->queue.push_back(std::move(command));
    if (shared_->queue.size() == 1) shared_->commands_wake.notify_one();
  }
  /// What a thread calls may hold the last reference to this.
  static void end(std::thread& thread) {
    if (thread.get_id() == std::this_thread::get_id())
      thread.detach();
    else if (thread.joinable())
      thread.join();
  }

  const std::shared_ptr<Shared> shared_;
  std::thread reader_;
  std::thread commander_;
};

}  // namespace

std::shared_ptr<SecondLevel> open_redis(RedisSettings settings) {
  redis::check(settings);
  return std::make_shared<RedisLevel>(std::move(settings));
}

}  // namespace wats::cache
