// What a cache should do, slow and simple.
#pragma once

#include "tests/property/policy_models.hpp"
#include "tests/unit/cache/support.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace wats::cache::test {

struct Plan {
  std::string name;
  Policy policy;
  std::size_t max_entries;
  std::size_t max_bytes;
  Duration ttl;
  int keys;
  Duration kept = 0s;
};

/// The cache removes what has expired as others come, to this precision.
inline std::int64_t tick(TimePoint time) {
  return time.time_since_epoch() / Duration(1 << 30);
}

// A logical description of what the cache should do: every rule spelled out.
class Reference {
 public:
  struct Entry {
    std::string key;
    // None: it is known that there is none.
    std::optional<int> value;
    TimePoint born;
    TimePoint expires;
    std::uint64_t since = 0;
    std::set<int> tags;
    std::size_t bytes = 0;
  };
  struct Load {
    std::string key;
    TimePoint born;
    std::uint64_t since = 0;
    std::set<int> tags;
  };

  Reference(const Plan& plan, std::size_t overhead)
      : plan_(plan), overhead_(overhead), policy_(model_of(plan.policy)) {}

  std::optional<Entry> find(const std::string& key, TimePoint now, std::optional<Duration> max_age,
                            Duration max_stale) {
    const auto entry = at(key);
    if (entry == entries_.end() || changed(entry->tags, entry->since)) return {};
    if (max_age && now - entry->born >= *max_age) return {};
    const bool is_stale = now >= entry->expires;
    if (is_stale && (!entry->value || now - entry->expires >= max_stale)) return {};
    policy_->hit(key);
    ++(is_stale ? stats.stale : entry->value ? stats.fresh : stats.negative);
    return *entry;
  }

  // While loading it fails, what is stale is good enough.
  std::optional<Entry> find_instead(const std::string& key, TimePoint now) {
    const auto back_off = back_offs_.find(key);
    if (table_.contains(key) || back_off == back_offs_.end() || back_off->second.first <= now) return {};
    return find(key, now, {}, plan_.kept);
  }

  // std::nullopt: joined; else the number of the load that the caller leads.
  std::optional<int> lead_or_join(const std::string& key, const std::set<int>& tags, TimePoint now) {
    if (const auto entry = at(key); entry != entries_.end() && dead(*entry, now))
      drop(entry, *dead(*entry, now));
    const auto flight = table_.find(key);
    if (flight != table_.end()) {
      Load& load = loads_.at(flight->second);
      std::set<int> both = load.tags;
      both.insert(tags.begin(), tags.end());
      if (!changed(both, load.since) && !settles(both, now)) {
        load.tags = both;
        ++stats.joined;
        return {};
      }
    }
    ++stats.misses;
    ++stats.loads;
    loads_[++last_load_] = {key, now, operations_, tags};
    table_[key] = last_load_;
    return last_load_;
  }

  bool land(int number, std::optional<int> value, std::size_t bytes, std::optional<Duration> ttl,
            const std::set<int>& tags, TimePoint now) {
    Load load = loads_.at(number);
    if (!leave(number)) {
      ++stats.refused;
      return false;
    }
    back_offs_.erase(load.key);
    load.tags.insert(tags.begin(), tags.end());
    return store(load.key, value, load.born, load.since, bytes, ttl, load.tags, now);
  }

  std::optional<Entry> fail(int number, const std::string& key, TimePoint now) {
    const bool current = leave(number);
    ++stats.load_failures;
    const auto entry = at(key);
    if (entry == entries_.end() || changed(entry->tags, entry->since)) return {};
    if (now >= entry->expires && (!entry->value || now - entry->expires >= plan_.kept)) return {};
    if (now >= entry->expires) ++stats.rescued;
    if (current && plan_.kept > 0s) {
      auto& [until, failures] = back_offs_[key];
      until = now + std::min<Duration>(1s * (1 << std::min(failures++, 10)), 60s);
    }
    return *entry;
  }

  bool put(const std::string& key, std::optional<int> value, std::size_t bytes, std::optional<Duration> ttl,
           const std::set<int>& tags, TimePoint now) {
    table_.erase(key);
    return store(key, value, now, operations_, bytes, ttl, tags, now);
  }

  bool erase(const std::string& key, TimePoint now) {
    table_.erase(key);
    const auto entry = at(key);
    if (entry == entries_.end()) return false;
    drop(entry, dead(*entry, now).value_or(Cause::erased));
    return true;
  }

  void invalidate(int tag) { changed_[tag] = ++operations_; }

  void settle(int tag, TimePoint until) {
    invalidate(tag);
    settling_[tag] = std::max(settling_[tag], until);
  }

  void clear() {
    cleared_ = ++operations_;
    while (!entries_.empty()) drop(entries_.begin(), Cause::cleared);
    policy_->clear();
    back_offs_.clear();
  }

  void resize(std::size_t entries, std::size_t bytes, TimePoint now) {
    plan_.max_entries = entries;
    plan_.max_bytes = bytes;
    if (is_over()) expire(now);
    make_room(0);
  }

  std::size_t purge(TimePoint now) {
    const std::size_t before = entries_.size();
    for (auto entry = entries_.begin(); entry != entries_.end();) {
      const auto next = std::next(entry);
      if (const auto cause = dead(*entry, now)) drop(entry, *cause);
      entry = next;
    }
    return before - entries_.size();
  }

  Stats stats;

 private:
  using Place = std::list<Entry>::iterator;

  Place at(const std::string& key) {
    return std::find_if(entries_.begin(), entries_.end(),
                        [&](const Entry& entry) { return entry.key == key; });
  }
  bool changed(const std::set<int>& tags, std::uint64_t since) {
    return cleared_ > since ||
           std::any_of(tags.begin(), tags.end(), [&](int tag) { return changed_[tag] > since; });
  }
  bool settles(const std::set<int>& tags, TimePoint now) {
    return std::any_of(tags.begin(), tags.end(), [&](int tag) { return settling_[tag] > now; });
  }
  std::optional<Cause> dead(const Entry& entry, TimePoint now) {
    if (changed(entry.tags, entry.since)) return Cause::invalidated;
    if (now >= entry.expires + (entry.value ? plan_.kept : 0s)) return Cause::expired;
    return {};
  }
  [[nodiscard]] bool is_over() const {
    return stats.entries > plan_.max_entries || stats.bytes > plan_.max_bytes;
  }
  void make_room(std::size_t left) {
    while (is_over() && entries_.size() > left) {
      for (const std::string& key : policy_->choose()) drop(at(key), Cause::capacity);
    }
  }
  void expire(TimePoint now) {
    for (auto entry = entries_.begin(); entry != entries_.end();) {
      const auto next = std::next(entry);
      if (tick(entry->expires + (entry->value ? plan_.kept : 0s)) < tick(now))
        drop(entry, *dead(*entry, now));
      entry = next;
    }
  }
  void drop(Place entry, Cause cause) {
    policy_->removed(entry->key);
    --stats.entries;
    stats.bytes -= entry->bytes;
    ++stats.removed(cause).entries;
    stats.removed(cause).bytes += entry->bytes;
    entries_.erase(entry);
  }
  bool leave(int number) {
    const std::string key = loads_.at(number).key;
    loads_.erase(number);
    const auto flight = table_.find(key);
    if (flight == table_.end() || flight->second != number) return false;
    table_.erase(flight);
    return true;
  }
  bool store(const std::string& key, std::optional<int> value, TimePoint born, std::uint64_t since,
             std::size_t bytes, std::optional<Duration> ttl, const std::set<int>& tags, TimePoint now) {
    expire(now);
    const std::size_t weight = overhead_ + key.size() + bytes;
    const TimePoint expires = born + ttl.value_or(plan_.ttl);
    const auto old = at(key);
    if (now >= expires + (value ? plan_.kept : 0s) || expires <= born || weight > plan_.max_bytes ||
        plan_.max_entries == 0 || changed(tags, since) || settles(tags, born)) {
      if (old != entries_.end()) drop(old, dead(*old, now).value_or(Cause::replaced));
      ++stats.refused;
      return false;
    }
    back_offs_.erase(key);
    ++stats.inserts;
    ++stats.entries;
    stats.bytes += weight;
    if (old != entries_.end()) {
      // It keeps its place, and was used once more.
      const Cause cause = dead(*old, now).value_or(Cause::replaced);
      ++stats.removed(cause).entries;
      stats.removed(cause).bytes += old->bytes;
      --stats.entries;
      stats.bytes -= old->bytes;
      *old = {key, value, born, expires, since, tags, weight};
      policy_->hit(key);
      make_room(1);
    } else {
      make_room(0);
      entries_.push_front({key, value, born, expires, since, tags, weight});
      policy_->inserted(key);
    }
    return true;
  }

  Plan plan_;
  std::size_t overhead_;
  std::unique_ptr<PolicyModel> policy_;
  std::list<Entry> entries_;
  std::map<std::string, int> table_;
  std::map<std::string, std::pair<TimePoint, int>> back_offs_;
  std::map<int, Load> loads_;
  int last_load_ = 0;
  std::uint64_t operations_ = 0;
  std::uint64_t cleared_ = 0;
  std::map<int, std::uint64_t> changed_;
  std::map<int, TimePoint> settling_;
};

}  // namespace wats::cache::test
