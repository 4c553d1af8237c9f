// The level itself: hands everything to its thread, and keeps the order of changes.
#include "wats/cache_disk/disk_level.hpp"

#include "src/cache_disk/keeper.hpp"
#include "src/cache_disk/site_key.hpp"
#include "src/cache_disk/work.hpp"

#include <chrono>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

namespace wats::cache {
namespace {

using namespace std::chrono_literals;
using detail::Window;

constexpr auto closing_limit = 2s;
constexpr std::size_t least_bytes = std::size_t{64} << 10U;

class DiskLevel final : public SecondLevel {
 public:
  explicit DiskLevel(DiskSettings settings)
      : site_key_(settings.directory),
        work_(std::make_shared<detail::Work>(std::move(settings))),
        thread_([work = work_] { detail::Keeper(work).run(); }) {}
  DiskLevel(const DiskLevel&) = delete;
  DiskLevel& operator=(const DiskLevel&) = delete;
  ~DiskLevel() override {
    work_->requests.close(closing_limit);
    // What was found may have held the last reference.
    if (thread_.get_id() == std::this_thread::get_id())
      thread_.detach();
    else
      thread_.join();
  }

  [[nodiscard]] std::string identity(std::string_view secret) const override {
    return site_key_.identity(secret);
  }
  [[nodiscard]] Duration patience() const noexcept override { return work_->settings.patience; }
  [[nodiscard]] std::optional<Duration> oldest_to_show() const noexcept override { return std::nullopt; }
  [[nodiscard]] Stamp stamp() const noexcept override { return work_->table.stamp(); }

  void find(std::string key, Found found) override {
    detail::Find request{std::move(key), std::move(found), stamp()};
    if (work_->requests.add(request)) return;
    ++work_->counters.failed;
    request.found(std::nullopt);
  }
  void store(std::string key, Record record, Stamp since) override {
    if (!work_->requests.add(detail::Store{std::move(key), std::move(record), since}))
      ++work_->counters.dropped;
  }
  void erase(std::string key) override {
    if (work_->requests.add(detail::Erase{std::move(key)})) return;
    work_->table.invalidate_all();
    work_->requests.changed_all({});
  }

  // First the table, then the rows: a store that passes the table's check is in the way of the deletion.
  void changed(std::span<const Tag> tags, Duration settling, const ChangeListener* from) override {
    if (tags.empty()) return;
    work_->table.invalidate(tags);
    work_->requests.changed(tags, Window::from(work_->settings.wall_now(), settling));
    const auto others = work_->listeners.but(from);
    for (const auto& other : others) other->changed(tags, settling);
    if (!others.empty()) ++work_->counters.told;
  }
  void changed_all(Duration settling, const ChangeListener* from) override {
    work_->table.invalidate_all();
    work_->requests.changed_all(Window::from(work_->settings.wall_now(), settling));
    const auto others = work_->listeners.but(from);
    for (const auto& other : others) other->changed_all(settling);
    if (!others.empty()) ++work_->counters.told;
  }

  void listen(std::weak_ptr<ChangeListener> listener) override {
    work_->listeners.add(listener);
    work_->requests.greet(std::move(listener));
  }

  [[nodiscard]] SecondLevelStats stats() const override {
    const auto& counters = work_->counters;
    SecondLevelStats stats;
    stats.found = counters.found;
    stats.missed = counters.missed;
    stats.refused = counters.refused;
    stats.failed = counters.failed;
    stats.stored = counters.stored;
    stats.dropped = counters.dropped;
    stats.told = counters.told;
    stats.heard = counters.heard;
    stats.entries = counters.entries;
    stats.bytes = counters.bytes;
    stats.is_available = counters.is_available;
    return stats;
  }

 private:
  const detail::SiteKey site_key_;
  const std::shared_ptr<detail::Work> work_;
  std::thread thread_;
};

void check(const DiskSettings& settings) {
  if (settings.directory.empty())
    throw std::invalid_argument("DiskSettings::directory is empty: name a folder for the kept answers");
  if (settings.max_bytes < least_bytes)
    throw std::invalid_argument("DiskSettings::max_bytes is " + std::to_string(settings.max_bytes) +
                                ": give it at least 65536, or do without a disk level");
  if (settings.patience < 0ms)
    throw std::invalid_argument("DiskSettings::patience is negative: 0 ms or more");
}

}  // namespace

std::shared_ptr<SecondLevel> open_disk(DiskSettings settings) {
  check(settings);
  if (!settings.wall_now) {
    settings.wall_now = [] {
      return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    };
  }
  // The folder stays where it is wherever the program goes.
  std::error_code unknown;
  if (auto path = std::filesystem::absolute(settings.directory, unknown); !unknown) settings.directory = path;
  return std::make_shared<DiskLevel>(std::move(settings));
}

}  // namespace wats::cache
