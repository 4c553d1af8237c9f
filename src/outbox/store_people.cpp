// What people do to reports, each with an entry that tells who did it and why.
#include "src/outbox/store.hpp"
#include "src/outbox/user.hpp"

namespace wats::outbox::detail {

void Store::write_audit(const Row& row, const char* action, const std::string& why, bool keeps_document) {
  const std::string who = user_name();
  const std::string what = action;
  auto entry = database_.prepare(
      keeps_document ? "INSERT INTO audit(at_ms, number, id, action, who, why, before)"
                       " SELECT ?,?,?,?,?,?, body FROM payloads WHERE number=?"
                     : "INSERT INTO audit(at_ms, number, id, action, who, why) VALUES(?,?,?,?,?,?)");
  entry.bind(now_ms_).bind(row.number).bind_blob(row.id).bind_text(what).bind_text(who).bind_text(why);
  if (keeps_document) entry.bind(row.number);
  entry.run();
}

std::size_t Store::hold(const std::vector<std::int64_t>& numbers, const std::string& why) {
  std::size_t done = 0;
  for (const auto number : numbers) {
    const auto row = row_of(number);
    if (!row || row->state != State::pending) continue;
    set_state(*row, State::held, std::nullopt, why);
    write_audit(*row, "hold", why, false);
    ++done;
  }
  return done;
}

std::size_t Store::release(const std::vector<std::int64_t>& numbers, const std::string& why) {
  std::size_t done = 0;
  for (const auto number : numbers) {
    const auto row = row_of(number);
    if (!row || row->state != State::held) continue;
    {
      auto let_go = database_.prepare("UPDATE items SET unguarded=1 WHERE number=?");
      let_go.bind(number).run();
    }
    set_state(*row, State::pending, std::nullopt, "");
    write_audit(*row, "release", why, false);
    ++done;
  }
  return done;
}

std::size_t Store::retry(const std::vector<std::int64_t>& numbers, const std::string& why) {
  std::size_t done = 0;
  for (const auto number : numbers) {
    const auto row = row_of(number);
    if (!row || (row->state != State::quarantined && row->state != State::pending)) continue;
    {
      auto clear = database_.prepare("UPDATE items SET doubts=0 WHERE number=?");
      clear.bind(number).run();
    }
    set_state(*row, State::pending, std::nullopt, "");
    write_audit(*row, "retry", why, false);
    ++done;
  }
  return done;
}

std::size_t Store::drop(const std::vector<std::int64_t>& numbers, const std::string& why) {
  std::size_t done = 0;
  for (const auto number : numbers) {
    const auto row = row_of(number);
    if (!row || row->state == State::sending) continue;
    write_audit(*row, "drop", why, true);
    for (const char* const sql :
         {"DELETE FROM items WHERE number=?", "DELETE FROM payloads WHERE number=?",
          "DELETE FROM needs WHERE number=?", "DELETE FROM attempts WHERE number=?"}) {
      auto gone = database_.prepare(sql);
      gone.bind(number).run();
    }
    count(row->state, -1, row->state == State::sent ? 0 : -row->stored);
    settle_behind(row->lane, row->rank);
    ++done;
  }
  return done;
}

Result<void> Store::edit(std::int64_t number, const Draft& draft, const std::string& why) {
  const auto row = row_of(number);
  if (!row || row->state == State::sent)
    return fail(Errc::not_found, "there is no report " + std::to_string(number) + " that could be edited");
  if (row->state == State::sending) {
    return fail(Errc::conflict, "report " + std::to_string(number) +
                                    " is being sent at the moment; hold it, then edit it, then release it");
  }
  if (row->id != draft.id) {
    return fail(Errc::invalid_argument, "the document has the id " + id_text(draft.id) + ", but report " +
                                            std::to_string(number) + " is " + id_text(row->id));
  }
  if (auto refusal = refusal_of(static_cast<std::int64_t>(draft.body.size()) - row->stored))
    return std::unexpected(*std::move(refusal));
  write_audit(*row, "edit", why, true);
  replace(draft, *row);
  return {};
}

}  // namespace wats::outbox::detail
