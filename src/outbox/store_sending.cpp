// What senders do to the tables: take reports, tell what became of them, watch over each other.
#include "src/outbox/store.hpp"

#include <algorithm>

namespace wats::outbox::detail {

std::int64_t Store::register_sender(std::int64_t pid) {
  {
    auto row = database_.prepare("INSERT INTO senders(pid, beat_ms, pause) VALUES(?,?,'')");
    row.bind(pid).bind(now_ms_).run();
  }
  return database_.number("SELECT max(owner) FROM senders");
}

bool Store::beat(std::int64_t owner, const std::string& pause) {
  auto row = database_.prepare("UPDATE senders SET beat_ms=?, pause=? WHERE owner=?");
  row.bind(now_ms_).bind_text(pause).bind(owner).run();
  return database_.changed_rows() > 0;
}

std::vector<std::int64_t> Store::other_senders(std::int64_t owner) {
  std::vector<std::int64_t> others;
  auto rows = database_.prepare("SELECT owner FROM senders WHERE owner<>?");
  rows.bind(owner);
  while (rows.next()) others.push_back(rows.integer(0));
  return others;
}

std::vector<std::int64_t> Store::silent_senders(std::int64_t since_ms) {
  std::vector<std::int64_t> silent;
  auto rows = database_.prepare("SELECT owner FROM senders WHERE beat_ms<?");
  rows.bind(since_ms);
  while (rows.next()) silent.push_back(rows.integer(0));
  return silent;
}

void Store::remove_sender(std::int64_t owner) {
  std::vector<std::int64_t> numbers;
  {
    auto rows = database_.prepare("SELECT number FROM items WHERE owner=? AND state=1");
    rows.bind(owner);
    while (rows.next()) numbers.push_back(rows.integer(0));
  }
  for (const auto number : numbers) {
    if (const auto row = row_of(number)) set_state(*row, State::pending, std::nullopt, "");
  }
  auto gone = database_.prepare("DELETE FROM senders WHERE owner=?");
  gone.bind(owner).run();
}

void Store::wake_due() {
  constexpr std::int64_t at_once = 200;
  std::vector<std::int64_t> numbers;
  {
    auto rows = database_.prepare(
        "SELECT number FROM items WHERE due_ms<=? AND due_ms IS NOT NULL ORDER BY due_ms LIMIT ?");
    rows.bind(now_ms_).bind(at_once);
    while (rows.next()) numbers.push_back(rows.integer(0));
  }
  for (const auto number : numbers) {
    const auto row = row_of(number);
    if (row->state == State::held) {
      set_state(*row, State::pending, std::nullopt, "");
      continue;
    }
    auto clear = database_.prepare("UPDATE items SET due_ms=NULL WHERE number=?");
    clear.bind(number).run();
    settle(number);
  }
}

std::vector<Claimed> Store::claim(std::int64_t owner, std::size_t most, std::int64_t most_bytes) {
  wake_due();
  std::vector<Claimed> taken;
  {
    auto rows = database_.prepare(
        "SELECT i.number, i.version, i.doubts, i.id, i.format, i.start_ms, i.added_ms, i.bytes, i.digest, "
        "p.body,"
        " i.unguarded"
        " FROM items i LEFT JOIN payloads p USING(number) WHERE i.state=0 AND i.stage=1"
        " ORDER BY i.priority, i.rank LIMIT ?");
    rows.bind(static_cast<std::int64_t>(most));
    while (most_bytes > 0 && rows.next()) {
      Claimed& claimed = taken.emplace_back();
      claimed.number = rows.integer(0);
      claimed.version = rows.integer(1);
      claimed.doubts = static_cast<int>(rows.integer(2));
      claimed.id = rows.blob(3);
      claimed.format = static_cast<Format>(rows.integer(4));
      claimed.start_ms = rows.integer(5);
      claimed.added_ms = rows.integer(6);
      claimed.bytes = rows.integer(7);
      claimed.digest = rows.blob(8);
      claimed.body = rows.blob(9);
      claimed.is_unguarded = rows.integer(10) != 0;
      most_bytes -= claimed.bytes;
    }
  }
  for (const auto& claimed : taken) {
    {
      auto update = database_.prepare(
          "UPDATE items SET state=1, stage=0, owner=?, changed_ms=?, attempts=attempts+1 WHERE number=?");
      update.bind(owner).bind(now_ms_).bind(claimed.number).run();
    }
    const auto stored = static_cast<std::int64_t>(claimed.body.size());
    count(State::pending, -1, -stored);
    count(State::sending, 1, stored);
    note(claimed.number, claimed.id, State::sending, "");
  }
  return taken;
}

bool Store::finish(std::int64_t owner, const Claimed& claimed, const Verdict& verdict) {
  Row row;
  bool is_other_version = false;
  {
    auto mine = database_.prepare(
        "SELECT lane, rank, stored, version FROM items WHERE number=? AND owner=? AND state=1");
    mine.bind(claimed.number).bind(owner);
    if (!mine.next()) return false;
    row = {claimed.number, State::sending, mine.integer(0), mine.integer(1), mine.integer(2), claimed.id};
    is_other_version = mine.integer(3) != claimed.version;
  }
  if (verdict.attempt) keep_attempt(row.number, *verdict.attempt);
  using Kind = Verdict::Kind;
  // What is said of an older version says nothing of this one.
  const Kind kind = is_other_version ? Kind::put_back : verdict.kind;
  switch (kind) {
    case Kind::sent: {
      for (const char* const sql :
           {"DELETE FROM payloads WHERE number=?", "DELETE FROM needs WHERE number=?"}) {
        auto drop = database_.prepare(sql);
        drop.bind(row.number).run();
      }
      set_state(row, State::sent, std::nullopt, "");
      break;
    }
    case Kind::put_back:
      set_state(row, State::pending, std::nullopt, is_other_version ? "" : verdict.reason);
      break;
    case Kind::again: {
      auto doubt = database_.prepare("UPDATE items SET doubts=doubts+? WHERE number=?");
      doubt.bind(verdict.counts ? 1 : 0).bind(row.number).run();
      set_state(row, State::pending, verdict.due_ms, verdict.reason);
      break;
    }
    case Kind::hold:
      set_state(row, State::held, verdict.due_ms, verdict.reason);
      break;
    case Kind::quarantine:
      set_state(row, State::quarantined, std::nullopt, verdict.reason);
      break;
  }
  return true;
}

std::optional<std::int64_t> Store::next_due() {
  auto row = database_.prepare("SELECT min(due_ms) FROM items WHERE due_ms IS NOT NULL");
  if (!row.next() || row.is_null(0)) return std::nullopt;
  return row.integer(0);
}

bool Store::forget_sent(std::int64_t before_ms, std::int64_t most_sent) {
  constexpr std::int64_t at_once = 500;
  const std::int64_t beyond =
      std::max<std::int64_t>(totals()[static_cast<std::size_t>(State::sent)].items - most_sent, 0);
  std::vector<std::int64_t> numbers;
  {
    auto old = database_.prepare(
        "SELECT number, changed_ms FROM items WHERE state=2 AND state>=2 ORDER BY changed_ms LIMIT ?");
    old.bind(at_once);
    while (old.next()) {
      const bool is_beyond = static_cast<std::int64_t>(numbers.size()) < beyond;
      if (!is_beyond && old.integer(1) >= before_ms) break;
      numbers.push_back(old.integer(0));
    }
  }
  for (const auto number : numbers) {
    for (const char* const sql :
         {"DELETE FROM items WHERE number=?", "DELETE FROM attempts WHERE number=?"}) {
      auto drop = database_.prepare(sql);
      drop.bind(number).run();
    }
    count(State::sent, -1, 0);
  }
  return static_cast<std::int64_t>(numbers.size()) == at_once;
}

void Store::hold_old(std::int64_t before_ms, const std::string& why) {
  constexpr std::int64_t at_once = 500;
  std::vector<std::int64_t> numbers;
  {
    // The oldest wait at the head of their lanes; of one urgency they stand in the order of their age.
    for (int priority = Urgency::first; priority <= Urgency::last; ++priority) {
      auto rows = database_.prepare(
          "SELECT number, added_ms FROM items WHERE state=0 AND stage=1 AND priority=? ORDER BY rank LIMIT "
          "?");
      rows.bind(priority).bind(at_once);
      while (rows.next() && rows.integer(1) < before_ms) numbers.push_back(rows.integer(0));
    }
  }
  for (const auto number : numbers) {
    if (const auto row = row_of(number)) set_state(*row, State::held, std::nullopt, why);
  }
}

void Store::bring_due_forward(std::int64_t latest_ms) {
  auto update =
      database_.prepare("UPDATE items SET due_ms=? WHERE due_ms>? AND state=0 AND due_ms IS NOT NULL");
  update.bind(latest_ms).bind(latest_ms).run();
}

}  // namespace wats::outbox::detail
