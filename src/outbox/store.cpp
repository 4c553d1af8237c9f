// Handing over, and what all steps share: the totals, the events, the transaction.
#include "src/outbox/store.hpp"

#include <algorithm>

namespace wats::outbox::detail {
namespace {

// Ranks lie so far apart that what must go before another finds room.
constexpr std::int64_t rank_distance = 65'536;

Receipt receipt_of(std::int64_t number, const Draft& draft, Receipt::Kind kind) {
  return {number, id_text(draft.id), kind};
}

}  // namespace

void Store::begin(const Bounds& bounds, std::int64_t now_ms) {
  bounds_ = bounds;
  now_ms_ = now_ms;
  next_number_.reset();
  totals_.reset();
  deltas_ = {};
  events_.clear();
}

void Store::end() {
  for (std::size_t state = 0; state < state_count; ++state) {
    const Total& delta = deltas_[state];
    if (delta.items == 0 && delta.bytes == 0) continue;
    auto update = database_.prepare("UPDATE totals SET items=items+?, bytes=bytes+? WHERE state=?");
    update.bind(delta.items).bind(delta.bytes).bind(static_cast<std::int64_t>(state)).run();
  }
}

std::int64_t Store::next_number() {
  if (!next_number_) {
    next_number_ = database_.number("SELECT seq FROM sqlite_sequence WHERE name='items'");
  }
  return ++*next_number_;
}

const std::array<Store::Total, state_count>& Store::totals() {
  if (!totals_) {
    totals_ = std::array<Total, state_count>{};
    auto rows = database_.prepare("SELECT state, items, bytes FROM totals");
    while (rows.next()) {
      const auto state = static_cast<std::size_t>(rows.integer(0));
      if (state < state_count) (*totals_)[state] = {rows.integer(1), rows.integer(2)};
    }
    for (std::size_t state = 0; state < state_count; ++state) {
      (*totals_)[state].items += deltas_[state].items;
      (*totals_)[state].bytes += deltas_[state].bytes;
    }
  }
  return *totals_;
}

void Store::count(State state, std::int64_t items, std::int64_t bytes) {
  const auto index = static_cast<std::size_t>(state);
  deltas_[index].items += items;
  deltas_[index].bytes += bytes;
  if (!totals_) return;
  (*totals_)[index].items += items;
  (*totals_)[index].bytes += bytes;
}

void Store::move(const Row& row, State to) {
  // What is sent is without its document.
  count(row.state, -1, row.state == State::sent ? 0 : -row.stored);
  count(to, 1, to == State::sent ? 0 : row.stored);
}

void Store::note(std::int64_t number, const std::string& id, State state, const std::string& reason) {
  if (tells_) events_.push_back({number, id_text(id), state, reason});
}

std::optional<Error> Store::refusal_of(std::int64_t stored) {
  const auto& all = totals();
  std::int64_t items = 0;
  std::int64_t bytes = 0;
  for (const State state : {State::pending, State::sending, State::held, State::quarantined}) {
    items += all[static_cast<std::size_t>(state)].items;
    bytes += all[static_cast<std::size_t>(state)].bytes;
  }
  const auto refused = [](const std::string& what) {
    return Error(Errc::outbox_full, "the report was not stored: " + what);
  };
  if (bounds_.max_items > 0 && items >= bounds_.max_items) {
    return refused("the outbox holds " + std::to_string(items) + " reports, as many as max_items allows");
  }
  if (bounds_.max_bytes > 0 && bytes + stored > bounds_.max_bytes) {
    return refused("the outbox holds " + std::to_string(bytes) + " bytes, and max_bytes allows " +
                   std::to_string(bounds_.max_bytes));
  }
  if (bounds_.most_stored_bytes > 0 && stored > bounds_.most_stored_bytes) {
    return refused("the disk is full; only reports up to " + std::to_string(bounds_.most_stored_bytes) +
                   " bytes are still taken, and this one has " + std::to_string(stored) +
                   "; free some space");
  }
  return std::nullopt;
}

Result<Receipt> Store::add(const Draft& draft) {
  std::optional<Row> known;
  bool is_same = false;
  {
    auto row = database_.prepare("SELECT number, state, lane, rank, stored, digest FROM items WHERE id=?");
    row.bind_blob(draft.id);
    if (row.next()) {
      known = Row{row.integer(0), static_cast<State>(row.integer(1)),
                  row.integer(2), row.integer(3),
                  row.integer(4), draft.id};
      is_same = row.blob(5) == bytes_of(draft.digest);
    }
  }
  if (known && is_same) {
    return receipt_of(known->number, draft,
                      known->state == State::sent ? Receipt::Kind::sent : Receipt::Kind::known);
  }
  if (auto refusal = refusal_of(static_cast<std::int64_t>(draft.body.size())))
    return std::unexpected(*std::move(refusal));
  if (known) return replace(draft, *known);

  const std::int64_t number = next_number();
  const std::int64_t rank = rank_for(draft, number);
  bool is_blocked = is_lane_taken(draft.lane, rank);
  for (const auto lane : draft.needed_lanes) is_blocked = is_blocked || is_lane_taken(lane, rank);
  insert(draft, number, rank, is_blocked);
  if (rank < number * rank_distance) settle_behind(draft.lane, rank);
  if (is_blocked && draft.priority < Urgency::normal) {
    auto raise = database_.prepare(
        "UPDATE items SET priority=? WHERE lane=? AND rank<? AND state=0 AND state<=1 AND priority>?");
    raise.bind(draft.priority).bind(draft.lane).bind(rank).bind(draft.priority).run();
  }
  note(number, draft.id, State::pending, "");
  return receipt_of(number, draft, Receipt::Kind::stored);
}

bool Store::take_over(const Draft& draft, State state, const std::string& reason, std::int64_t added_ms) {
  const auto receipt = add(draft);
  if (!receipt || receipt->kind != Receipt::Kind::stored) return false;
  {
    auto update = database_.prepare("UPDATE items SET added_ms=? WHERE number=?");
    update.bind(added_ms).bind(receipt->number).run();
  }
  if (state == State::held || state == State::quarantined)
    set_state(*row_of(receipt->number), state, std::nullopt, reason);
  return true;
}

std::int64_t Store::rank_for(const Draft& draft, std::int64_t number) {
  std::int64_t rank = number * rank_distance;
  if (draft.type != ReportType::test) return rank;
  std::int64_t before = rank;
  {
    // Its repair is here already, but not on its way,
    auto repair = database_.prepare(
        "SELECT min(rank) FROM items WHERE repaired=? AND repaired IS NOT NULL AND state=0");
    repair.bind_blob(draft.id);
    if (repair.next() && !repair.is_null(0)) before = std::min(before, repair.integer(0));
  }
  {
    // or a later report of a unit that the part is in.
    auto unit = database_.prepare(
        "SELECT min(n.rank) FROM needs n JOIN items i USING(number) WHERE n.lane=? AND i.state=0 AND "
        "i.start_ms>=?");
    unit.bind(draft.lane).bind(draft.start_ms);
    if (unit.next() && !unit.is_null(0)) before = std::min(before, unit.integer(0));
  }
  if (before == rank) return rank;
  auto last = database_.prepare("SELECT max(rank) FROM items WHERE lane=? AND rank<? AND state<=1");
  last.bind(draft.lane).bind(before);
  rank = before - rank_distance / 2;
  if (last.next() && !last.is_null(0)) rank = std::max(rank, last.integer(0) + 1);
  return std::min(rank, before - 1);
}

void Store::insert(const Draft& draft, std::int64_t number, std::int64_t rank, bool is_blocked) {
  {
    auto row = database_.prepare(
        "INSERT INTO items(number, id, state, stage, format, type, priority, lane, rank, serial, part,"
        " start_ms, added_ms, changed_ms, version, attempts, doubts, bytes, stored, digest, repaired, source)"
        " VALUES(?,?,0,?,?,?,?,?,?,?,?,?,?,?,1,0,0,?,?,?,?,?)");
    row.bind(number).bind_blob(draft.id).bind(is_blocked ? 0 : 1);
    row.bind(static_cast<std::int64_t>(draft.format)).bind(static_cast<std::int64_t>(draft.type));
    row.bind(draft.priority).bind(draft.lane).bind(rank).bind_text(draft.serial).bind_text(draft.part);
    row.bind(draft.start_ms).bind(now_ms_).bind(now_ms_).bind(draft.bytes);
    row.bind(static_cast<std::int64_t>(draft.body.size())).bind_blob(bytes_of(draft.digest));
    if (draft.repaired.empty()) {
      row.bind(nullptr);
    } else {
      row.bind_blob(draft.repaired);
    }
    if (draft.source.empty()) {
      row.bind(nullptr);
    } else {
      row.bind_text(draft.source);
    }
    row.run();
  }
  {
    auto row = database_.prepare("INSERT INTO payloads(number, body) VALUES(?,?)");
    row.bind(number).bind_blob(draft.body).run();
  }
  for (const auto lane : draft.needed_lanes) {
    auto row = database_.prepare("INSERT OR IGNORE INTO needs(lane, rank, number) VALUES(?,?,?)");
    row.bind(lane).bind(rank).bind(number).run();
  }
  count(State::pending, 1, static_cast<std::int64_t>(draft.body.size()));
}

/// Another version under a known id. While the older one is being sent, that goes on, and this one follows:
/// the sender sees that the version is not the one it took.
Receipt Store::replace(const Draft& draft, const Row& row) {
  put_document(row.number, draft);
  const auto stored = static_cast<std::int64_t>(draft.body.size());
  count(row.state, 0, row.state == State::sent ? 0 : stored - row.stored);
  Row now = row;
  now.stored = stored;
  if (row.state != State::sending) set_state(now, State::pending, std::nullopt, "");
  return receipt_of(row.number, draft, Receipt::Kind::replaced);
}

void Store::put_document(std::int64_t number, const Draft& draft) {
  {
    auto update = database_.prepare(
        "UPDATE items SET version=version+1, format=?, start_ms=?, bytes=?, stored=?, digest=?, doubts=0, "
        "unguarded=0"
        " WHERE number=?");
    update.bind(static_cast<std::int64_t>(draft.format)).bind(draft.start_ms).bind(draft.bytes);
    update.bind(static_cast<std::int64_t>(draft.body.size())).bind_blob(bytes_of(draft.digest));
    update.bind(number).run();
  }
  auto body = database_.prepare("INSERT OR REPLACE INTO payloads(number, body) VALUES(?,?)");
  body.bind(number).bind_blob(draft.body).run();
}

std::optional<Store::Row> Store::row_of(std::int64_t number) {
  auto row = database_.prepare("SELECT number, state, lane, rank, stored, id FROM items WHERE number=?");
  row.bind(number);
  if (!row.next()) return std::nullopt;
  return Row{row.integer(0), static_cast<State>(row.integer(1)),
             row.integer(2), row.integer(3),
             row.integer(4), std::string(row.blob(5))};
}

void Store::set_state(const Row& row, State to, std::optional<std::int64_t> due_ms,
                      const std::string& reason) {
  {
    auto update = database_.prepare(
        "UPDATE items SET state=?, stage=0, owner=NULL, changed_ms=?, due_ms=?, reason=? WHERE number=?");
    update.bind(static_cast<std::int64_t>(to)).bind(now_ms_);
    if (due_ms) {
      update.bind(*due_ms);
    } else {
      update.bind(nullptr);
    }
    if (reason.empty()) {
      update.bind(nullptr);
    } else {
      update.bind_text(reason);
    }
    update.bind(row.number).run();
  }
  move(row, to);
  if (to == State::pending) settle(row.number);
  const bool was_in_lane = row.state == State::pending || row.state == State::sending;
  // One that goes back to pending from being sent keeps its place.
  if (to != State::pending || !was_in_lane) settle_behind(row.lane, row.rank);
  note(row.number, row.id, to, reason);
}

void Store::keep_attempt(std::int64_t number, const Attempt& attempt) {
  constexpr std::int64_t most = 20;
  {
    auto row = database_.prepare(
        "INSERT INTO attempts(number, at_ms, took_ms, http_status, text) VALUES(?,?,?,?,?)");
    row.bind(number).bind(attempt.at.time_since_epoch().count()).bind(attempt.took.count());
    row.bind(attempt.http_status).bind_text(attempt.text).run();
  }
  auto old = database_.prepare(
      "DELETE FROM attempts WHERE number=? AND entry NOT IN (SELECT entry FROM attempts WHERE number=?"
      " ORDER BY entry DESC LIMIT ?)");
  old.bind(number).bind(number).bind(most).run();
}

}  // namespace wats::outbox::detail
