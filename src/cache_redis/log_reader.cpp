#include "src/cache_redis/log_reader.hpp"

#include "src/cache_redis/hang_up.hpp"

#include <algorithm>
#include <charconv>
#include <span>
#include <utility>

namespace wats::cache::redis {
namespace {

using std::chrono::milliseconds;

std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

milliseconds steady_ms() {
  return std::chrono::duration_cast<milliseconds>(Connection::Clock::now().time_since_epoch());
}

}  // namespace

void LogReader::run() {
  ignore_broken_pipes_in_this_thread();
  while (const auto session = wait_for_session()) {
    auto connection = Connection::open(shared_.settings);
    shared_.end_session(*session, connection ? read(*connection, *session) : connection.error());
  }
}

std::optional<std::uint64_t> LogReader::wait_for_session() {
  std::unique_lock lock(shared_.mutex);
  shared_.reader_wakes.wait(
      lock, [this] { return shared_.stopping || (shared_.session_is_open && shared_.session != session_); });
  if (shared_.stopping) return {};
  session_ = shared_.session;
  return session_;
}

std::string LogReader::read(Connection& connection, std::uint64_t session) {
  {
    const std::lock_guard lock(shared_.mutex);
    if (shared_.stopping) return "it is being closed";
    shared_.reader_socket = connection.socket();
  }
  auto read = catch_up(connection, session);
  while (read) read = listen(connection, session);
  const std::lock_guard lock(shared_.mutex);
  shared_.reader_socket = -1;
  return read.error();
}

auto LogReader::catch_up(Connection& connection, std::uint64_t session) -> Expected<void> {
  if (!connection.wait_at_most(shared_.settings.time_limit))
    return std::unexpected("cannot set a time limit");
  if (auto done = learn_time(connection); !done) return done;
  oldest_news_ = milliseconds::max();
  Clock::time_point asked_at;
  for (bool more = true; more;) {
    asked_at = Clock::now();
    // From the last one that was applied, inclusive: only if it is still there nothing is missing after it.
    auto chunk = read_chunk(connection, last_id_.empty() ? "-" : last_id_);
    if (!chunk) return std::unexpected(std::move(chunk).error());
    const bool goes_on = !last_id_.empty() && chunk->first_id == last_id_;
    if (!goes_on && !last_id_.empty()) {
      last_id_.clear();
      continue;
    }
    if (chunk->entries.empty()) {
      if (auto done = write_anchor(connection); !done) return done;
      continue;
    }
    if (!goes_on) start_at(chunk->entries.front());
    more = chunk->entries.size() == chunk_entries;
    apply(*chunk, goes_on ? 1 : 0);
  }
  if (!connection.wait_at_most(Shared::quiet_time + shared_.settings.time_limit))
    return std::unexpected("cannot set a time limit");
  {
    const std::lock_guard lock(shared_.mutex);
    if (!shared_.begin_hearing(session, asked_at)) return std::unexpected("the other connection is gone");
  }
  shared_.back();
  read_up_to_ = asked_at;
  return {};
}

auto LogReader::listen(Connection& connection, std::uint64_t session) -> Expected<void> {
  const auto asked_at = Clock::now();
  const auto answer =
      connection.ask({"XREAD", "COUNT", std::to_string(chunk_entries), "BLOCK",
                      std::to_string(Shared::quiet_time.count()), "STREAMS", shared_.log_key, last_id_},
                     limit() + Shared::quiet_time);
  if (!answer) return std::unexpected(answer.error());
  if (!answer->is_nil()) {
    const auto chunk = parse((*answer)[0][1]);
    if (!chunk) return std::unexpected(chunk.error());
    // A log that was begun anew, or so many that some may have been dropped before they were read.
    const bool doubtful = chunk->entries.size() == chunk_entries ||
                          std::any_of(chunk->entries.begin(), chunk->entries.end(),
                                      [](const Heard& heard) { return heard.entry && heard.entry->anchor; });
    if (doubtful) {
      {
        const std::lock_guard lock(shared_.mutex);
        shared_.stop_hearing();
      }
      return catch_up(connection, session);
    }
    // What is new was not there when the last read that is over was asked for.
    oldest_news_ = std::chrono::ceil<milliseconds>(Clock::now() - read_up_to_);
    apply(*chunk, 0);
  }
  read_up_to_ = asked_at;
  const std::lock_guard lock(shared_.mutex);
  if (shared_.heard) shared_.heard_until(asked_at);
  return {};
}

auto LogReader::learn_time(Connection& connection) -> Expected<void> {
  const auto answer = connection.ask({"TIME"}, limit());
  if (!answer) return std::unexpected(answer.error());
  clock_offset_ =
      milliseconds(number((*answer)[0].text()) * 1000 + number((*answer)[1].text()) / 1000) - steady_ms();
  return {};
}

auto LogReader::write_anchor(Connection& connection) -> Expected<void> {
  LogEntry anchor;
  anchor.sender = shared_.sender;
  anchor.anchor = true;
  const auto answer =
      connection.ask({"XADD", shared_.log_key, "*", "m", encode_entry(shared_.site_key, anchor)}, limit());
  if (!answer) return std::unexpected(answer.error());
  return {};
}

auto LogReader::read_chunk(Connection& connection, const std::string& from) -> Expected<Chunk> {
  const auto answer =
      connection.ask({"XRANGE", shared_.log_key, from, "+", "COUNT", std::to_string(chunk_entries)}, limit());
  if (!answer) return std::unexpected(answer.error());
  return parse(*answer);
}

auto LogReader::parse(const Reply& entries) const -> Expected<Chunk> {
  Chunk chunk;
  chunk.entries.reserve(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Reply id = entries[i][0];
    const Reply fields = entries[i][1];
    const auto at = parse_position(id.text());
    if (!at) return std::unexpected("its log has an entry without a time");
    Heard heard;
    heard.at = *at;
    if (fields[0].text() == "m") heard.entry = decode_entry(shared_.site_key, fields[1].text());
    chunk.entries.push_back(std::move(heard));
    if (i == 0) chunk.first_id = id.text();
    chunk.last_id = id.text();
  }
  return chunk;
}

milliseconds LogReader::age(Position at) const {
  const milliseconds since = steady_ms() + clock_offset_ - milliseconds(milliseconds_of(at));
  // The clocks may have gone apart since they were compared.
  return std::clamp(since, milliseconds(0), oldest_news_);
}

void LogReader::start_at(const Heard& first) {
  const bool begins_here = first.entry && first.entry->anchor;
  // What is not in the log any more may have opened windows.
  milliseconds settling = begins_here ? milliseconds(0) : longest_settling_ - age(first.at);
  bool forgot = false;
  {
    const std::lock_guard lock(shared_.mutex);
    forgot = knows_a_log_ && first.at <= shared_.positions.seen();
  }
  settling = forgot ? longest_settling_ : std::max(settling, milliseconds(0));
  // Before the stamp moves on.
  shared_.listeners.settle_all(settling);
  bool missed = false;
  {
    const std::lock_guard lock(shared_.mutex);
    shared_.positions.start_at(first.at);
    // The log lost what others had read, or only we: nobody knows what, so nobody may keep anything.
    if (forgot) shared_.unsent.add_all(Clock::now() + settling);
    missed = knows_a_log_ || age(first.at) <= Clock::now() - shared_.opened || settling > milliseconds(0);
  }
  knows_a_log_ = true;
  if (missed) shared_.listeners.tell_all(settling, nullptr);
}

void LogReader::apply(const Chunk& chunk, std::size_t skipped) {
  const std::span<const Heard> entries = std::span(chunk.entries).subspan(skipped);
  {
    const std::lock_guard lock(shared_.mutex);
    for (const Heard& heard : entries) mark(heard);
  }
  // Told before the stamps go on: a load that carries a stamp from after a change has begun when its window
  // was known to whoever loads.
  for (const Heard& heard : entries) {
    if (heard.entry && !heard.entry->anchor && heard.entry->sender != shared_.sender)
      tell(*heard.entry, heard.at);
  }
  const std::lock_guard lock(shared_.mutex);
  if (!entries.empty()) shared_.positions.heard(entries.back().at);
  last_id_ = chunk.last_id;
}

void LogReader::mark(const Heard& heard) {
  if (!heard.entry) {
    ++shared_.counts.refused;
    return;
  }
  if (heard.entry->anchor) return;
  if (heard.entry->all)
    shared_.positions.changed_all(heard.at);
  else
    shared_.positions.changed(heard.entry->tags, heard.at);
  if (heard.entry->sender != shared_.sender) ++shared_.counts.heard;
}

void LogReader::tell(const LogEntry& entry, Position at) {
  longest_settling_ = std::max(longest_settling_, entry.settling);
  const milliseconds settling = std::max(entry.settling - age(at), milliseconds(0));
  if (entry.all) {
    shared_.listeners.settle_all(settling);
    shared_.listeners.tell_all(settling, nullptr);
  } else {
    shared_.listeners.settle(entry.tags, settling);
    shared_.listeners.tell(entry.tags, settling, nullptr);
  }
}

}  // namespace wats::cache::redis
