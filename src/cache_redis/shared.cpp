#include "src/cache_redis/shared.hpp"

#include "src/cache_redis/hang_up.hpp"

#include <random>
#include <utility>

namespace wats::cache::redis {
namespace {

std::uint64_t random_number() {
  std::random_device random;
  return (std::uint64_t{random()} << 32U) | random();
}

std::string address(const RedisSettings& settings) {
  return settings.unix_socket.empty() ? settings.host + ":" + std::to_string(settings.port)
                                      : settings.unix_socket;
}

}  // namespace

Shared::Shared(RedisSettings its_settings)
    : settings(std::move(its_settings)),
      site_key(settings.site_key),
      log_key(settings.prefix + "log"),
      sender(random_number()) {}

std::string Shared::redis_key(std::string_view key) const {
  // Half of the hash: 128 bits are enough to tell keys apart, and shorter to keep.
  return settings.prefix + "v:" + site_key.name("key", key).substr(0, SiteKey::mac_bytes);
}

WallTime Shared::wall_now() const {
  if (settings.wall_now) return settings.wall_now();
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

bool Shared::is_heard(TimePoint now) const noexcept {
  const TimePoint until{Duration(heard_until_.load(std::memory_order_acquire))};
  return until > TimePoint::min() && now - until < quiet_time + 2 * settings.time_limit + quiet_time;
}

bool Shared::others_are_heard(TimePoint now) const noexcept {
  const Duration::rep since = back_since_.load(std::memory_order_acquire);
  return since != Duration::max().count() &&
         now - TimePoint(Duration(since)) > settings.connect_limit + time_to_return;
}

void Shared::heard_until(TimePoint time) noexcept {
  heard_until_.store(time.time_since_epoch().count(), std::memory_order_release);
}

bool Shared::begin_hearing(std::uint64_t number, TimePoint time) {
  if (!session_is_open || session != number) return false;
  heard = true;
  back_since_.store(Clock::now().time_since_epoch().count(), std::memory_order_release);
  heard_until(time);
  commands_wake.notify_one();
  return true;
}

void Shared::stop_hearing() noexcept {
  heard = false;
  heard_until(TimePoint::min());
}

void Shared::end_session(std::uint64_t number, std::string_view why) {
  const std::lock_guard lock(mutex);
  if (!session_is_open || session != number) return;
  session_is_open = false;
  why_closed = why;
  stop_hearing();
  if (reader_socket >= 0) hang_up(reader_socket);
  commands_wake.notify_one();
}

void Shared::away(std::string_view why) {
  std::string text = "Redis at " + address(settings) + " is away: ";
  text.append(why);
  report_once(text);
}

void Shared::complain(std::string_view error) {
  std::string text = "Redis at " + address(settings) + " says: ";
  text.append(error);
  report_once(text);
}

void Shared::report_once(const std::string& text) {
  {
    const std::lock_guard lock(mutex);
    if (text == reported_) return;
    reported_ = text;
  }
  report(text);
}

void Shared::back() {
  {
    const std::lock_guard lock(mutex);
    if (reported_.empty()) return;
    reported_.clear();
  }
  report("Redis at " + address(settings) + " is back");
}

void Shared::report(const std::string& text) noexcept {
  if (!settings.report) return;
  try {
    settings.report(text);
  } catch (...) {
    // What tells of a failure must not make another one.
    return;
  }
}

}  // namespace wats::cache::redis
