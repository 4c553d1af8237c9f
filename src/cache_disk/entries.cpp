#include "src/cache_disk/entries.hpp"

#include "src/cache_disk/stored_record.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace wats::cache::detail {
namespace {

using std::chrono::milliseconds;

// A use is written once in this time only.
constexpr std::chrono::minutes use_grain{1};
constexpr std::size_t most_uses = 4096;
constexpr milliseconds year = std::chrono::years{1};
constexpr std::int64_t part_of_largest = 8;

/// What is damaged must not overflow where it is summed.
std::int64_t room_of(std::int64_t bytes) {
  return std::clamp<std::int64_t>(bytes, 0, std::int64_t{1} << 40U);
}

std::int64_t signed_of(std::uint64_t bits) {
  return static_cast<std::int64_t>(bits);
}

}  // namespace

Entries::Entries(const std::filesystem::path& file, std::int64_t most_bytes)
    : database_(file, true), most_bytes_(most_bytes) {
  recount();
}

void Entries::recount() {
  const auto version = database_.number("PRAGMA data_version");
  if (version == data_version_) return;
  data_version_ = version;
  Step step = database_.prepare("SELECT count(*), total(bytes) FROM entries");
  if (!step.next()) return;
  totals_.count = step.integer(0);
  totals_.bytes = std::max<std::int64_t>(step.integer(1), 0);
}

void Entries::begin(bool durable) {
  database_.begin(durable);
  recount();
  totals_before_ = totals_;
}

void Entries::commit() {
  database_.commit();
}

void Entries::rollback() noexcept {
  database_.rollback();
  totals_ = totals_before_;
}

Look Entries::find(std::string_view key, WallTime now) {
  Record record;
  std::int64_t id = 0;
  std::uint64_t sum = 0;
  WallTime used;
  bool is_sound = true;
  {
    Step step = database_.prepare(
        "SELECT id, born_ms, ttl_ms, kept_stale_ms, used_ms, checksum, tags, body FROM entries WHERE key=?");
    if (!step.bind_blob(key).next()) return {};
    id = step.integer(0);
    record.born = wall_time_of(step.integer(1));
    record.ttl = milliseconds{step.integer(2)};
    record.kept_stale = milliseconds{step.integer(3)};
    used = wall_time_of(step.integer(4));
    sum = static_cast<std::uint64_t>(step.integer(5));
    auto tags = tags_of(step.blob(6));
    is_sound = tags.has_value();
    if (tags) record.tags = std::move(*tags);
    record.bytes = step.blob(7);
  }
  if (!is_sound || checksum(key, record) != sum || !has_tags(id, record.tags) || end_of(record) <= now) {
    marked_.push_back(id);
    return {std::nullopt, true};
  }
  if (record.born > now) return {std::nullopt, true};
  if ((now - used > use_grain || used - now > use_grain) && uses_.size() < most_uses) uses_[id] = now;
  return {std::move(record), false};
}

bool Entries::has_tags(std::int64_t id, std::span<const Tag> tags) {
  return std::ranges::all_of(tags, [&](Tag tag) {
    Step step = database_.prepare("SELECT 1 FROM entry_tags WHERE tag=? AND entry=?");
    return step.bind(signed_of(tag.hash())).bind(id).next();
  });
}

bool Entries::fits(std::string_view key, const Record& record) const {
  // SQLite takes no value of 1 GB.
  constexpr std::int64_t most = std::int64_t{512} << 20U;
  return room_for(key, record) <= std::min(most_bytes_ / part_of_largest, most);
}

WallTime Entries::next_use(WallTime now) {
  // So that the order of uses is known within a millisecond, too; not where the clock was set back.
  const bool is_close = last_use_ >= now && last_use_ - now < use_grain;
  last_use_ = is_close ? last_use_ + milliseconds{1} : now;
  return last_use_;
}

void Entries::put(std::string_view key, const Record& record, WallTime now) {
  erase(key);
  const auto bytes = room_for(key, record);
  const std::string tags = bytes_of(record.tags);
  std::int64_t id = 0;
  {
    Step step = database_.prepare(
        "INSERT INTO entries(key, born_ms, ttl_ms, kept_stale_ms, end_ms, used_ms, bytes, checksum, tags,"
        " body) VALUES(?,?,?,?,?,?,?,?,?,?) RETURNING id");
    step.bind_blob(key).bind(milliseconds_of(record.born)).bind(record.ttl.count());
    step.bind(record.kept_stale.count()).bind(milliseconds_of(end_of(record)));
    step.bind(milliseconds_of(next_use(now))).bind(bytes).bind(signed_of(checksum(key, record)));
    step.bind_blob(tags).bind_blob(record.bytes);
    if (step.next()) id = step.integer(0);
    // To its end: until then the row is not written for sure.
    step.run();
  }
  for (const Tag tag : record.tags)
    database_.prepare("INSERT OR IGNORE INTO entry_tags VALUES(?,?)")
        .bind(signed_of(tag.hash()))
        .bind(id)
        .run();
  ++totals_.count;
  totals_.bytes += bytes;
  make_room(now);
}

void Entries::erase(std::string_view key) {
  std::vector<std::int64_t> ids;
  {
    Step step = database_.prepare("SELECT id FROM entries WHERE key=?");
    step.bind_blob(key);
    while (step.next()) ids.push_back(step.integer(0));
  }
  for (const auto id : ids) erase_row(id);
}

void Entries::erase_row(std::int64_t id) {
  std::string tags;
  std::int64_t bytes = 0;
  {
    Step step = database_.prepare("SELECT tags, bytes FROM entries WHERE id=?");
    if (!step.bind(id).next()) return;
    tags = step.blob(0);
    bytes = room_of(step.integer(1));
  }
  database_.prepare("DELETE FROM entries WHERE id=?").bind(id).run();
  // Where the bytes of the tags are damaged some of these rows stay; they drop too much at most.
  for (const Tag tag : tags_of(tags).value_or(std::vector<Tag>{}))
    database_.prepare("DELETE FROM entry_tags WHERE tag=? AND entry=?")
        .bind(signed_of(tag.hash()))
        .bind(id)
        .run();
  uses_.erase(id);
  totals_.count = std::max<std::int64_t>(totals_.count - 1, 0);
  totals_.bytes = std::max<std::int64_t>(totals_.bytes - bytes, 0);
}

void Entries::erase_tag(std::uint64_t tag) {
  std::vector<std::int64_t> ids;
  {
    Step step = database_.prepare("SELECT entry FROM entry_tags WHERE tag=?");
    step.bind(signed_of(tag));
    while (step.next()) ids.push_back(step.integer(0));
  }
  for (const auto id : ids) erase_row(id);
  database_.prepare("DELETE FROM entry_tags WHERE tag=?").bind(signed_of(tag)).run();
}

void Entries::erase_all() {
  database_.run("DELETE FROM entries");
  database_.run("DELETE FROM entry_tags");
  uses_.clear();
  totals_ = {};
}

void Entries::apply(const Changes& changes) {
  if (changes.all) erase_all();
  for (const auto tag : changes.tags) erase_tag(tag);
  for (const auto& key : changes.keys) erase(key);
  put_windows(changes.windows);
}

void Entries::erase_marked() {
  for (const auto id : marked_) erase_row(id);
  marked_.clear();
}

void Entries::expire(WallTime now) {
  std::vector<std::int64_t> ids;
  {
    Step step = database_.prepare("SELECT id FROM entries WHERE end_ms<=?");
    step.bind(milliseconds_of(now));
    while (step.next()) ids.push_back(step.integer(0));
  }
  for (const auto id : ids) erase_row(id);
}

void Entries::make_room(WallTime now) {
  if (totals_.bytes <= most_bytes_) return;
  const auto enough = most_bytes_ / 10 * 9;
  expire(now);
  write_uses();
  while (totals_.bytes > enough) {
    std::vector<std::int64_t> ids;
    std::int64_t freed = 0;
    {
      Step step = database_.prepare("SELECT id, bytes FROM entries ORDER BY used_ms LIMIT 64");
      while (totals_.bytes - freed > enough && step.next()) {
        ids.push_back(step.integer(0));
        freed += room_of(step.integer(1));
      }
    }
    const auto before = totals_.count;
    for (const auto id : ids) erase_row(id);
    if (totals_.count == before) throw BrokenFile("its sums are wrong");
  }
}

void Entries::write_uses() {
  for (const auto& [id, used] : uses_)
    database_.prepare("UPDATE entries SET used_ms=? WHERE id=?").bind(milliseconds_of(used)).bind(id).run();
  uses_.clear();
}

void Entries::shrink() {
  const auto pages = database_.number("PRAGMA page_count");
  if (database_.number("PRAGMA freelist_count") > pages / 2) database_.run("PRAGMA incremental_vacuum");
}

Windows Entries::windows() {
  Windows windows;
  Step step = database_.prepare("SELECT tag, until_ms, length_ms FROM windows");
  while (step.next()) {
    windows.add(static_cast<std::uint64_t>(step.integer(0)),
                {wall_time_of(step.integer(1)),
                 milliseconds{std::clamp<std::int64_t>(step.integer(2), 0, year.count())}});
  }
  return windows;
}

void Entries::put_windows(const Windows& windows) {
  for (const auto& [tag, window] : windows.all()) {
    Step step = database_.prepare(
        "INSERT INTO windows VALUES(?,?,?) ON CONFLICT(tag) DO UPDATE"
        " SET until_ms=excluded.until_ms, length_ms=excluded.length_ms WHERE excluded.until_ms>until_ms");
    step.bind(signed_of(tag)).bind(milliseconds_of(window.until)).bind(window.length.count()).run();
  }
}

void Entries::drop_windows(WallTime now) {
  database_.prepare("DELETE FROM windows WHERE until_ms<=?").bind(milliseconds_of(now)).run();
}

}  // namespace wats::cache::detail
