#include "src/outbox/salvage.hpp"

#include "src/outbox/schema.hpp"

#include <SQLiteCpp/Exception.h>

#include <algorithm>
#include <optional>

namespace wats::outbox::detail {
namespace {

/// So many numbers in a row without a report are taken for the end where the end can't be read.
constexpr std::int64_t longest_gap = 100'000;
constexpr int busy_ms = 1000;

/// One number after the other by its key, so that damage costs what it hits and nothing more.
class Ruin {
 public:
  explicit Ruin(const std::filesystem::path& file) : database_(file, storage::Access::read_only, busy_ms) {}

  /// The last number that was ever given; nothing where that can't be read.
  [[nodiscard]] std::optional<std::int64_t> last_number() {
    try {
      return database_.number("SELECT seq FROM sqlite_sequence WHERE name='items'");
    } catch (const SQLite::Exception&) {
      return std::nullopt;
    }
  }

  struct Found {
    std::optional<Draft> draft;
    State state = State::pending;
    std::string reason;
    std::int64_t added_ms = 0;
    bool is_there = false;
  };

  [[nodiscard]] Found read(std::int64_t number) {
    Found found;
    try {
      auto row = database_.prepare(
          "SELECT i.id, i.state, i.format, i.type, i.priority, i.lane, i.serial, i.part, i.start_ms, i.bytes,"
          " i.digest, i.repaired, i.reason, i.source, i.added_ms, p.body FROM items i LEFT JOIN payloads p"
          " USING(number) WHERE i.number=?");
      row.bind(number);
      if (!row.next()) return found;
      found.is_there = true;
      const auto state = row.integer(1);
      if (state < 0 || state >= static_cast<std::int64_t>(state_count)) return found;
      found.state = static_cast<State>(state);
      found.reason = row.blob(12);
      found.added_ms = row.integer(14);
      Draft draft;
      draft.id = row.blob(0);
      draft.format = row.integer(2) == 1 ? Format::wsxf : Format::wsjf;
      draft.type = row.integer(3) == 1 ? ReportType::repair : ReportType::test;
      draft.priority =
          static_cast<int>(std::clamp<std::int64_t>(row.integer(4), Urgency::first, Urgency::last));
      draft.lane = row.integer(5);
      draft.serial = row.blob(6);
      draft.part = row.blob(7);
      draft.start_ms = row.integer(8);
      draft.bytes = row.integer(9);
      const std::string digest(row.blob(10));
      draft.repaired = row.blob(11);
      draft.source = row.blob(13);
      draft.body = row.blob(15);
      const bool is_whole = draft.id.size() == 16 && digest.size() == draft.digest.size() &&
                            uncompress(draft.body, draft.bytes, digest).has_value();
      if (!is_whole) return found;
      std::ranges::copy(digest, draft.digest.begin());
      read_needs(number, draft);
      found.draft = std::move(draft);
    } catch (const SQLite::Exception&) {
      // It may have been there.
      found.is_there = true;
    }
    return found;
  }

 private:
  void read_needs(std::int64_t number, Draft& draft) {
    try {
      auto needs = database_.prepare("SELECT lane FROM needs WHERE number=?");
      needs.bind(number);
      while (needs.next()) draft.needed_lanes.push_back(needs.integer(0));
    } catch (const SQLite::Exception&) {
      // It goes without waiting for its parts.
      draft.needed_lanes.clear();
    }
  }

  storage::Connection database_;
};

}  // namespace

std::string SalvageReport::text() const {
  return std::to_string(taken_over) + " reports taken over, " + std::to_string(known) +
         " were here or had been sent, " + std::to_string(damaged) + " can't be read";
}

SalvageReport salvage(const std::filesystem::path& from, storage::Connection& into, Store& store,
                      WallTime now) {
  constexpr int at_once = 1000;
  SalvageReport report;
  std::optional<Ruin> ruin;
  try {
    ruin.emplace(from);
  } catch (const SQLite::Exception&) {
    return report;
  }
  const auto last = ruin->last_number();
  std::int64_t gap = 0;
  int in_transaction = 0;
  const auto begin = [&] {
    into.begin(true);
    store.begin({}, now.time_since_epoch().count());
  };
  const auto commit = [&] {
    store.end();
    into.commit();
    in_transaction = 0;
  };
  begin();
  try {
    for (std::int64_t number = 1; last ? number <= *last : gap < longest_gap; ++number) {
      const auto found = ruin->read(number);
      gap = found.is_there && found.draft ? 0 : gap + 1;
      if (!found.is_there) continue;
      if (found.state == State::sent) {
        ++report.known;
        continue;
      }
      if (!found.draft) {
        ++report.damaged;
        continue;
      }
      const auto receipt = store.take_over(*found.draft, found.state, found.reason, found.added_ms);
      ++(receipt ? report.taken_over : report.known);
      if (++in_transaction < at_once) continue;
      commit();
      begin();
    }
    commit();
  } catch (...) {
    into.rollback();
    throw;
  }
  // Where the end is not known, each number behind it looks like damage.
  if (!last) report.damaged = std::max<std::int64_t>(report.damaged - gap, 0);
  return report;
}

}  // namespace wats::outbox::detail
