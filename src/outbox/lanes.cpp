// Who goes first: reports of one serial number one behind the other, parts before their units.
#include "src/outbox/store.hpp"

#include <limits>

namespace wats::outbox::detail {

bool Store::is_lane_taken(std::int64_t lane, std::int64_t before_rank) {
  auto row = database_.prepare("SELECT 1 FROM items WHERE lane=? AND rank<? AND state<=1 LIMIT 1");
  return row.bind(lane).bind(before_rank).next();
}

void Store::settle(std::int64_t number) {
  std::int64_t lane = 0;
  std::int64_t rank = 0;
  std::int64_t stage = 0;
  bool is_due = true;
  {
    auto row = database_.prepare("SELECT lane, rank, stage, due_ms FROM items WHERE number=? AND state=0");
    row.bind(number);
    if (!row.next()) return;
    lane = row.integer(0);
    rank = row.integer(1);
    stage = row.integer(2);
    is_due = row.is_null(3) || row.integer(3) <= now_ms_;
  }
  bool is_blocked = is_lane_taken(lane, rank);
  if (!is_blocked) {
    auto needs = database_.prepare("SELECT lane FROM needs WHERE number=?");
    needs.bind(number);
    while (!is_blocked && needs.next()) is_blocked = is_lane_taken(needs.integer(0), rank);
  }
  const std::int64_t should_be = is_blocked ? 0 : is_due ? 1 : 2;
  if (stage == should_be) return;
  auto update = database_.prepare("UPDATE items SET stage=? WHERE number=?");
  update.bind(should_be).bind(number).run();
}

void Store::settle_behind(std::int64_t lane, std::int64_t rank) {
  std::vector<std::int64_t> numbers;
  std::int64_t until = std::numeric_limits<std::int64_t>::max();
  {
    auto next = database_.prepare(
        "SELECT number, rank FROM items WHERE lane=? AND rank>? AND state<=1 ORDER BY rank LIMIT 1");
    next.bind(lane).bind(rank);
    if (next.next()) {
      numbers.push_back(next.integer(0));
      until = next.integer(1);
    }
  }
  {
    // Units behind the next report of the part wait for that one anyway.
    auto units = database_.prepare("SELECT number FROM needs WHERE lane=? AND rank>? AND rank<=?");
    units.bind(lane).bind(rank).bind(until);
    while (units.next()) numbers.push_back(units.integer(0));
  }
  for (const auto number : numbers) settle(number);
}

}  // namespace wats::outbox::detail
