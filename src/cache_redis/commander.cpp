#include "src/cache_redis/commander.hpp"

#include "src/cache_redis/hang_up.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace wats::cache::redis {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds first_pause{100};
constexpr milliseconds longest_pause{400};
/// Redis takes no more; a record that lives so long is as good as one that lives for ever.
constexpr milliseconds longest_life = std::chrono::days(3650);

}  // namespace

void Commander::run() {
  ignore_broken_pipes_in_this_thread();
  for (bool stopping = false; !stopping;) {
    auto connection = Connection::open(shared_.settings);
    const std::string why = connection ? serve(*connection) : connection.error();
    {
      const std::lock_guard lock(shared_.mutex);
      stopping = shared_.stopping;
    }
    if (stopping) return say_goodbye(connection && why.empty() ? &*connection : nullptr);
    shared_.away(why);
    if (pause()) return say_goodbye(nullptr);
  }
}

bool Commander::pause() {
  pause_ = std::clamp(2 * pause_, first_pause, longest_pause);
  // Not all stations at once.
  auto part = std::uniform_int_distribution<milliseconds::rep>(pause_.count() / 2, pause_.count());
  std::unique_lock lock(shared_.mutex);
  shared_.commands_wake.wait_for(lock, milliseconds(part(random_)), [this] { return shared_.stopping; });
  return shared_.stopping;
}

std::string Commander::serve(Connection& connection) {
  std::unique_lock lock(shared_.mutex);
  if (shared_.stopping) return {};
  const std::uint64_t session = ++shared_.session;
  shared_.session_is_open = true;
  shared_.reader_wakes.notify_one();
  std::string why;
  for (;;) {
    shared_.commands_wake.wait(lock, [this] {
      return shared_.stopping || !shared_.session_is_open ||
             (shared_.heard && (shared_.unsent.waiting() || !shared_.queue.empty()));
    });
    if (shared_.heard) pause_ = milliseconds(0);
    if (!shared_.session_is_open) why = shared_.why_closed;
    if (shared_.stopping || !shared_.session_is_open) break;
    Batch batch = take();
    lock.unlock();
    const auto done = exchange(connection, batch);
    if (!done) {
      why = done.error();
      shared_.end_session(session, why);
      give_up(batch);
    }
    lock.lock();
  }
  if (why.empty() && !shared_.session_is_open) why = "the connection was closed";
  lock.unlock();
  shared_.end_session(session, why);
  Batch none;
  if (!why.empty()) give_up(none);
  return why;
}

Commander::Batch Commander::take() {
  Batch batch;
  std::size_t bytes = 0;
  while (batch.changes.size() < most_commands && shared_.unsent.waiting())
    batch.changes.push_back(shared_.unsent.send_next());
  while (batch.changes.size() + batch.commands.size() < most_commands && !shared_.queue.empty() &&
         bytes < most_bytes) {
    Command& command = shared_.queue.front();
    bytes += command.value.record.bytes.size();
    if (command.kind == Command::Kind::find) --shared_.finds;
    if (command.kind == Command::Kind::erase) --shared_.erases;
    if (command.kind == Command::Kind::store) shared_.store_bytes -= command.weight();
    batch.commands.push_back(std::move(command));
    shared_.queue.pop_front();
  }
  return batch;
}

auto Commander::exchange(Connection& connection, Batch& batch) -> Expected<void> {
  const auto limit = Clock::now() + shared_.settings.time_limit + longest_exchange;
  for (const auto& change : batch.changes) send(connection, change);
  std::deque<Command> sent;
  for (auto& command : batch.commands) {
    std::string key = shared_.redis_key(command.key);
    if (!send(connection, command, key)) continue;
    batch.keys.push_back(std::move(key));
    sent.push_back(std::move(command));
  }
  batch.commands = std::move(sent);
  if (auto flushed = connection.flush(limit); !flushed) return flushed;
  for (std::size_t i = 0; i < batch.changes.size(); ++i) {
    const auto answer = connection.read(limit);
    if (!answer) return std::unexpected(answer.error());
    if (auto done = finish_change(*answer); !done) return done;
  }
  for (std::size_t i = 0; !batch.commands.empty(); ++i) {
    const auto answer = connection.read(limit);
    if (!answer) return std::unexpected(answer.error());
    Command command = std::move(batch.commands.front());
    batch.commands.pop_front();
    finish(command, batch.keys[i], *answer);
  }
  return {};
}

void Commander::send(Connection& connection, const Unsent::Change& change) {
  LogEntry entry;
  entry.sender = shared_.sender;
  entry.all = change.all;
  entry.tags = change.tags;
  entry.settling =
      std::max(std::chrono::ceil<milliseconds>(change.settles_until - Clock::now()), milliseconds(0));
  // Only who reads the log may begin a new one.
  connection.append({"XADD", shared_.log_key, "NOMKSTREAM", "MAXLEN", "~",
                     std::to_string(shared_.settings.log_entries), "*", "m",
                     encode_entry(shared_.site_key, entry)});
}

bool Commander::send(Connection& connection, const Command& command, const std::string& key) {
  switch (command.kind) {
    case Command::Kind::find:
      // Of a larger one somebody else put there only so much that it is not taken for one of ours.
      connection.append(
          {"GETRANGE", key, "0", std::to_string(shared_.settings.max_value_bytes + most_value_overhead)});
      return true;
    case Command::Kind::erase:
      connection.append({"DEL", key});
      return true;
    case Command::Kind::store:
      break;
  }
  const Record& record = command.value.record;
  const auto left = std::min(record.born - shared_.wall_now() + record.ttl + record.kept_stale, longest_life);
  const auto bytes = encode_value(shared_.site_key, key, command.value);
  if (left <= milliseconds(0) || !bytes) {
    const std::lock_guard lock(shared_.mutex);
    ++shared_.counts.dropped;
    return false;
  }
  connection.append({"SET", key, *bytes, "PX", std::to_string(left.count())});
  return true;
}

auto Commander::finish_change(const Reply& answer) -> Expected<void> {
  if (answer.is_error()) return std::unexpected("it says: " + shown(answer.text()));
  if (answer.is_nil()) return std::unexpected("its log is gone");
  const auto at = parse_position(answer.text());
  if (!at) return std::unexpected("its log has an entry without a time");
  const std::lock_guard lock(shared_.mutex);
  shared_.unsent.arrived(*at);
  ++shared_.counts.told;
  return {};
}

void Commander::finish(Command& command, const std::string& key, const Reply& answer) {
  if (answer.is_error()) shared_.complain(shown(answer.text()));
  if (command.kind == Command::Kind::find) {
    finish_find(command, key, answer);
  } else if (command.kind == Command::Kind::store) {
    const std::lock_guard lock(shared_.mutex);
    ++(answer.is_error() ? shared_.counts.dropped : shared_.counts.stored);
  }
}

void Commander::finish_find(const Command& command, const std::string& key, const Reply& answer) {
  std::optional<Record> record;
  std::uint64_t SecondLevelStats::* outcome = &SecondLevelStats::found;
  std::optional<Value> value;
  if (answer.is_error()) {
    outcome = &SecondLevelStats::failed;
  } else if (answer.text().empty()) {
    outcome = &SecondLevelStats::missed;
  } else {
    value = decode_value(shared_.site_key, key, answer.text());
    const auto now = shared_.wall_now();
    if (!value || value->record.born > now ||
        now - value->record.born >= value->record.ttl + value->record.kept_stale) {
      outcome = &SecondLevelStats::refused;
      value.reset();
    }
  }
  {
    const std::lock_guard lock(shared_.mutex);
    if (value && (!shared_.heard || !shared_.is_heard(Clock::now()))) {
      outcome = &SecondLevelStats::failed;
    } else if (value && !shared_.positions.valid(value->record.tags, value->position)) {
      outcome = &SecondLevelStats::refused;
    } else if (value) {
      record = std::move(value->record);
    }
    ++(shared_.counts.*outcome);
  }
  command.found(std::move(record));
}

void Commander::give_up(Batch& batch) {
  std::vector<SecondLevel::Found> unanswered;
  {
    const std::lock_guard lock(shared_.mutex);
    shared_.unsent.lost();
    std::deque<Command> kept;
    const auto sort = [&](Command& command) {
      if (command.kind == Command::Kind::find) {
        unanswered.push_back(std::move(command.found));
        ++shared_.counts.failed;
      } else if (command.kind == Command::Kind::store) {
        ++shared_.counts.dropped;
      } else {
        kept.push_back(std::move(command));
      }
    };
    for (Command& command : batch.commands) sort(command);
    for (Command& command : shared_.queue) sort(command);
    batch.commands.clear();
    shared_.queue = std::move(kept);
    shared_.finds = 0;
    shared_.store_bytes = 0;
    shared_.erases = shared_.queue.size();
  }
  for (const auto& found : unanswered) found({});
}

void Commander::say_goodbye(Connection* connection) {
  std::optional<Connection> another;
  if (connection == nullptr && has_news()) {
    if (auto opened = Connection::open(shared_.settings)) connection = &another.emplace(std::move(*opened));
  }
  const auto limit = Clock::now() + shared_.settings.time_limit;
  bool done = connection == nullptr;
  while (!done) {
    Batch batch;
    {
      const std::lock_guard lock(shared_.mutex);
      batch = take();
    }
    done = !exchange(*connection, batch) || !has_news() || Clock::now() > limit;
    if (done) give_up(batch);
  }
  Batch none;
  give_up(none);
}

bool Commander::has_news() const {
  const std::lock_guard lock(shared_.mutex);
  return shared_.unsent.waiting() || shared_.erases > 0;
}

}  // namespace wats::cache::redis
