#include "src/cache_disk/keeper.hpp"

#include "src/cache_disk/stored_record.hpp"

#include <algorithm>
#include <utility>

namespace wats::cache::detail {
namespace {

using namespace std::chrono_literals;

constexpr auto first_backoff = 100ms;
constexpr auto longest_backoff = 10s;
// A full disk does not get room within moments.
constexpr auto full_pause = 10s;
constexpr int closing_tries = 10;
constexpr auto tidy_every = 1min;
constexpr std::size_t most_answer_bytes = std::size_t{4} << 20U;

}  // namespace

void Keeper::run() {
  open();
  for (;;) {
    Turn turn =
        work_->requests.take(has_to_retry() ? std::optional<Clock::time_point>(retry_at_) : std::nullopt);
    take_in(turn);
    if (turn.is_last) break;
  }
  if (deadline_) write_changes_until(*deadline_);
  folder_.close();
}

void Keeper::take_in(Turn& turn) {
  deadline_ = turn.deadline;
  windows_.add(turn.changes.windows);
  unwritten_.add(std::move(turn.changes));
  if (has_to_retry() && (deadline_ || Clock::now() >= retry_at_)) open();
  write_changes();
  greet(turn.newcomers);
  do_batch(turn.batch);
  checkpoint();
}

bool Keeper::has_to_retry() const {
  return !folder_.is_taken() && (folder_.entries() == nullptr || !unwritten_.empty());
}

void Keeper::retry_later() {
  backoff_ = std::clamp<Clock::duration>(2 * backoff_, first_backoff, longest_backoff);
  retry_at_ = Clock::now() + backoff_;
}

void Keeper::open() {
  for (bool is_again = false; folder_.entries() == nullptr && !folder_.is_taken(); is_again = true) {
    try {
      folder_.open();
      if (auto* const entries = folder_.entries()) prepare(*entries);
      backoff_ = {};
    } catch (const std::exception& error) {
      if (!is_again && folder_.entries() != nullptr && set_aside(error)) continue;
      folder_.close();
      folder_.report("can't keep answers in " + work_->settings.directory.string() + ": " + error.what());
      retry_later();
      break;
    }
  }
  was_opened_ = true;
}

void Keeper::prepare(Entries& entries) {
  const auto at = now();
  Windows news = entries.windows();
  news.drop_closed(at);
  news.erase(windows_);
  work_->counters.heard += news.all().size();
  // Before the first turn they are all newcomers.
  if (was_opened_) {
    for (const auto& listener : work_->listeners.but(nullptr)) tell(*listener, news, at);
  }
  windows_.add(news);
  entries.begin(true);
  entries.put_windows(windows_);
  entries.drop_windows(at);
  entries.expire(at);
  entries.make_room(at);
  entries.shrink();
  entries.commit();
}

bool Keeper::set_aside(const std::exception& why) {
  if (trouble_of(why) != Trouble::broken) return false;
  try {
    folder_.set_aside(why.what());
    // What changed is gone with all else; the windows are in windows_.
    unwritten_ = {};
    return true;
  } catch (const std::exception&) {
    // Whoever asked goes on as without the file, and reports that.
    return false;
  }
}

void Keeper::write_changes() {
  if (folder_.is_taken()) unwritten_ = {};
  if (unwritten_.empty()) return;
  auto* const entries = folder_.entries();
  if (entries == nullptr) {
    // Owned, and not to be opened even the second time.
    if (folder_.is_owner() && backoff_ > first_backoff) throw_away("it can't be opened");
    return;
  }
  try {
    entries->begin(true);
    entries->apply(unwritten_);
    entries->commit();
    unwritten_ = {};
    backoff_ = {};
  } catch (const std::exception& error) {
    entries->rollback();
    if (trouble_of(error) == Trouble::busy)
      retry_later();
    else if (set_aside(error))
      open();
    else
      throw_away(error.what());
  }
}

void Keeper::write_changes_until(Clock::time_point deadline) {
  open();
  write_changes();
  // Each waits for a while where somebody else is at the file.
  for (int tries = 0; tries < closing_tries && Clock::now() < deadline; ++tries) write_changes();
  if (!unwritten_.empty() && folder_.is_owner()) throw_away("the level is closing");
  write_uses();
}

void Keeper::write_uses() {
  auto* const entries = folder_.entries();
  if (entries == nullptr || !entries->has_uses()) return;
  try {
    entries->begin(false);
    entries->write_uses();
    entries->commit();
  } catch (const std::exception&) {
    // They only decide what leaves first.
    entries->rollback();
  }
}

void Keeper::throw_away(const std::string& why) {
  try {
    folder_.remove_file();
    folder_.report("a change could not be written in " + work_->settings.directory.string() + " (" + why +
                   "): what was kept there is thrown away");
    unwritten_ = {};
  } catch (const std::exception& error) {
    folder_.report("a change can't be written in " + work_->settings.directory.string() + ": " +
                   error.what());
    retry_later();
    return;
  }
  open();
}

void Keeper::greet(const std::vector<std::weak_ptr<ChangeListener>>& newcomers) {
  if (newcomers.empty()) return;
  windows_.drop_closed(now());
  for (const auto& each : newcomers) {
    if (const auto listener = each.lock()) tell(*listener, windows_, now());
  }
}

void Keeper::tell(ChangeListener& listener, const Windows& windows, WallTime now) {
  for (const auto& [hash, window] : windows.all()) {
    const auto remaining = window.remaining(now);
    if (remaining.count() <= 0) continue;
    if (hash == Windows::everything) {
      listener.changed_all(remaining);
    } else {
      const Tag tag = Tag::of_hash(hash);
      listener.changed({&tag, 1}, remaining);
    }
  }
}

void Keeper::do_batch(std::vector<Request>& batch) {
  for (auto& request : batch) {
    std::visit([this](auto& each) { handle(each); }, request);
    if (answer_bytes_ < most_answer_bytes) continue;
    end_batch();
    answer();
  }
  end_batch();
  answer();
}

void Keeper::answer() {
  count_rows();
  auto& counters = work_->counters;
  for (auto& [find, record] : std::exchange(answers_, {})) {
    // What was changed meanwhile leaves the disk a moment later.
    const bool is_refused = record && work_->table.changed_since(record->tags, find.asked);
    if (is_refused) record.reset();
    if (is_refused) ++counters.refused;
    if (record) ++counters.found;
    find.found(std::move(record));
  }
  answer_bytes_ = 0;
}

void Keeper::checkpoint() {
  auto* const entries = folder_.entries();
  if (entries == nullptr) return;
  try {
    entries->checkpoint();
  } catch (const std::exception& error) {
    meet(error);
    count_rows();
  }
}

void Keeper::handle(Find& find) {
  auto& counters = work_->counters;
  std::optional<Record> record;
  if (!is_in_service()) {
    ++counters.failed;
  } else {
    try {
      Look look = folder_.entries()->find(find.key, now());
      if (!look.record) ++(look.is_refused ? counters.refused : counters.missed);
      record = std::move(look.record);
    } catch (const std::exception& error) {
      ++counters.failed;
      meet(error);
    }
  }
  if (record) answer_bytes_ += record->bytes.size();
  answers_.emplace_back(std::move(find), std::move(record));
}

bool Keeper::may_store(const Store& store) const {
  const auto at = now();
  return is_in_service() && (!full_until_ || *full_until_ <= Clock::now()) &&
         (!deadline_ || Clock::now() < *deadline_) && end_of(store.record) > at &&
         folder_.entries()->fits(store.key, store.record) &&
         !work_->table.changed_since(store.record.tags, store.since) &&
         !windows_.covers(store.record.tags, at);
}

void Keeper::handle(Store& store) {
  if (!may_store(store)) {
    ++work_->counters.dropped;
    return;
  }
  try {
    begin();
    folder_.entries()->put(store.key, store.record, now());
    ++transaction_.stored;
  } catch (const std::exception& error) {
    ++work_->counters.dropped;
    meet(error);
  }
}

void Keeper::handle(Erase& erase) {
  if (!is_in_service() || (deadline_ && Clock::now() >= *deadline_)) {
    unwritten_.add_key(std::move(erase.key));
    return;
  }
  try {
    transaction_.erased.push_back(erase.key);
    begin();
    folder_.entries()->erase(erase.key);
  } catch (const std::exception& error) {
    meet(error);
  }
}

void Keeper::begin() {
  if (transaction_.is_open) return;
  folder_.entries()->begin(false);
  transaction_.is_open = true;
}

void Keeper::end_batch() {
  auto* const entries = folder_.entries();
  if (entries == nullptr) return;
  try {
    if (entries->has_marked()) begin();
    if (transaction_.is_open) {
      entries->erase_marked();
      entries->write_uses();
      tidy();
      entries->commit();
      work_->counters.stored += transaction_.stored;
      if (transaction_.stored != 0 && full_until_) {
        full_until_.reset();
        folder_.forget_report();
      }
    }
    transaction_ = {};
  } catch (const std::exception& error) {
    meet(error);
  }
}

void Keeper::tidy() {
  const auto at = now();
  if (at - tidied_ < tidy_every && tidied_ <= at) return;
  tidied_ = at;
  windows_.drop_closed(at);
  folder_.entries()->drop_windows(at);
  folder_.entries()->expire(at);
}

void Keeper::meet(const std::exception& error) {
  if (auto* const entries = folder_.entries()) entries->rollback();
  work_->counters.dropped += transaction_.stored;
  for (auto& key : transaction_.erased) unwritten_.add_key(std::move(key));
  transaction_ = {};
  const std::string where = work_->settings.directory.string();
  switch (trouble_of(error)) {
    case Trouble::busy:
      retry_later();
      break;
    case Trouble::full:
      folder_.report("the disk of " + where + " is full: no more answers are kept for now");
      full_until_ = Clock::now() + full_pause;
      retry_later();
      break;
    case Trouble::broken:
      if (set_aside(error)) {
        open();
        break;
      }
      [[fallthrough]];
    case Trouble::away:
      folder_.close();
      folder_.report("can't keep answers in " + where + " for now: " + error.what());
      retry_later();
      break;
  }
}

void Keeper::count_rows() {
  auto& counters = work_->counters;
  const auto* const entries = folder_.entries();
  counters.entries = entries == nullptr ? 0 : static_cast<std::uint64_t>(entries->count());
  counters.bytes = entries == nullptr ? 0 : static_cast<std::uint64_t>(entries->bytes());
  counters.is_available = is_in_service() && !full_until_;
}

}  // namespace wats::cache::detail
