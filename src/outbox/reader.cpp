#include "src/outbox/reader.hpp"

#include "src/outbox/schema.hpp"
#include "src/outbox/store.hpp"
#include "src/storage/private_file.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

namespace wats::outbox::detail {
namespace {

/// For people who look on: an interlude of a checkpoint.
constexpr int reader_timeout_ms = 2000;

constexpr std::string_view item_columns =
    "number, id, state, stage, format, type, priority, serial, part, start_ms, added_ms, changed_ms,"
    " due_ms, attempts, bytes, stored, reason, source";

WallTime moment(std::int64_t ms) {
  return WallTime(std::chrono::milliseconds(ms));
}

Item item_of(const storage::Step& row) {
  Item item;
  item.number = row.integer(0);
  item.id = id_text(row.blob(1));
  item.state = static_cast<State>(row.integer(2));
  item.waits_for_others = item.state == State::pending && row.integer(3) == 0;
  item.format = row.integer(4) == 1 ? Format::wsxf : Format::wsjf;
  item.type = row.integer(5) == 1 ? ReportType::repair : ReportType::test;
  item.priority = static_cast<int>(row.integer(6));
  item.serial_number = row.blob(7);
  item.part_number = row.blob(8);
  item.start = moment(row.integer(9));
  item.added = moment(row.integer(10));
  item.changed = moment(row.integer(11));
  if (!row.is_null(12)) item.due = moment(row.integer(12));
  item.attempts = static_cast<int>(row.integer(13));
  item.bytes = row.integer(14);
  item.stored_bytes = item.state == State::sent ? 0 : row.integer(15);
  item.reason = row.blob(16);
  item.source = row.blob(17);
  return item;
}

/// The statement for a selection, with its parameters bound in this order.
class Query {
 public:
  Query(const storage::Connection& database, std::string_view columns, const Selection& which)
      : which_(which),
        id_(id_bytes(which.id)),
        statement_(database.compile(text(columns))),
        row_(statement_) {
    for (const auto number : which_.numbers) row_.bind(number);
    if (which_.state) row_.bind(static_cast<std::int64_t>(*which_.state));
    if (!which_.id.empty()) row_.bind_blob(id_);
    if (!which_.serial_number.empty()) row_.bind_text(which_.serial_number);
    if (which_.after > 0) row_.bind(which_.after);
    row_.bind(static_cast<std::int64_t>(which_.most));
  }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  ~Query() = default;

  [[nodiscard]] storage::Step& row() { return row_; }

 private:
  [[nodiscard]] std::string text(std::string_view columns) const {
    std::string sql = "SELECT " + std::string(columns) + " FROM items WHERE 1";
    if (!which_.numbers.empty()) {
      sql += " AND number IN (?";
      for (std::size_t i = 1; i < which_.numbers.size(); ++i) sql += ",?";
      sql += ")";
    }
    if (which_.state) sql += " AND state=?";
    if (!which_.id.empty()) sql += " AND id=?";
    if (!which_.serial_number.empty()) sql += " AND serial=?";
    if (which_.after > 0) sql += which_.newest_first ? " AND number<?" : " AND number>?";
    return sql + (which_.newest_first ? " ORDER BY number DESC" : " ORDER BY number") + " LIMIT ?";
  }

  const Selection& which_;
  const std::string id_;
  SQLite::Statement statement_;
  storage::Step row_;
};

std::unexpected<Error> not_there(std::int64_t number) {
  return fail(Errc::not_found, "there is no report " + std::to_string(number) + " in the outbox");
}

}  // namespace

storage::Connection& Reader::connection() {
  const auto file = database_in(settings_.directory);
  const auto identity = storage::file_identity(file);
  if (!connection_ || identity != identity_) {
    connection_.reset();
    connection_ = std::make_unique<storage::Connection>(file, storage::Access::read_only, reader_timeout_ms);
    check_tables(*connection_);
    identity_ = identity;
  }
  return *connection_;
}

template <class Ask>
auto Reader::ask(Ask&& question) -> decltype(question(std::declval<storage::Connection&>())) {
  const std::lock_guard lock(mutex_);
  try {
    return question(connection());
  } catch (const std::exception& error) {
    connection_.reset();
    return fail(Errc::io_error, "the outbox in " + settings_.directory + " can't be read: " + error.what());
  }
}

Result<Status> Reader::status() {
  return ask([&](storage::Connection& database) -> Result<Status> {
    Status status;
    {
      auto rows = database.prepare("SELECT state, items, bytes FROM totals");
      while (rows.next()) {
        const auto state = static_cast<std::size_t>(rows.integer(0));
        if (state < state_count) status.counts[state] = {rows.integer(1), rows.integer(2)};
      }
    }
    std::optional<std::int64_t> oldest;
    const auto take_oldest = [&](storage::Step& row) {
      if (row.next() && !row.is_null(0)) oldest = std::min(oldest.value_or(row.integer(0)), row.integer(0));
    };
    // The oldest is at the head of its lane, on its way, or waits for its time.
    for (int priority = Urgency::first; priority <= Urgency::last; ++priority) {
      auto row = database.prepare(
          "SELECT added_ms FROM items WHERE state=0 AND stage=1 AND priority=? ORDER BY rank LIMIT 1");
      take_oldest(row.bind(priority));
    }
    for (const std::string_view sql :
         {"SELECT min(added_ms) FROM items WHERE state=1 AND owner IS NOT NULL",
          "SELECT min(added_ms) FROM items WHERE due_ms IS NOT NULL AND state=0"}) {
      auto row = database.prepare(sql);
      take_oldest(row);
    }
    if (oldest) status.oldest = moment(*oldest);
    {
      auto rows = database.prepare("SELECT pause FROM senders");
      while (rows.next()) {
        ++status.senders;
        if (status.pause.empty()) status.pause = rows.blob(0);
      }
    }
    for (const char* const ending : {"", "-wal"}) {
      std::error_code ignored;
      const auto size =
          std::filesystem::file_size(database_in(settings_.directory).string() + ending, ignored);
      if (!ignored) status.file_bytes += static_cast<std::int64_t>(size);
    }
    status.max_bytes = settings_.max_bytes;
    status.max_items = settings_.max_items;
    return status;
  });
}

Result<std::vector<Item>> Reader::list(const Selection& which) {
  return ask([&](storage::Connection& database) -> Result<std::vector<Item>> {
    std::vector<Item> items;
    Query query(database, item_columns, which);
    while (query.row().next()) items.push_back(item_of(query.row()));
    return items;
  });
}

Result<std::vector<std::int64_t>> Reader::numbers(const Selection& which) {
  return ask([&](storage::Connection& database) -> Result<std::vector<std::int64_t>> {
    std::vector<std::int64_t> numbers;
    Query query(database, "number", which);
    while (query.row().next()) numbers.push_back(query.row().integer(0));
    return numbers;
  });
}

Result<Item> Reader::find(std::int64_t number) {
  auto items = list(Selection({number}));
  if (!items) return std::unexpected(items.error());
  if (items->empty()) return not_there(number);
  return std::move(items->front());
}

Result<std::string> Reader::document(std::int64_t number) {
  return ask([&](storage::Connection& database) -> Result<std::string> {
    auto row = database.prepare(
        "SELECT i.bytes, i.digest, p.body FROM items i LEFT JOIN payloads p USING(number) WHERE i.number=?");
    row.bind(number);
    if (!row.next()) return not_there(number);
    if (row.is_null(2)) {
      return fail(Errc::not_found,
                  "report " + std::to_string(number) + " was sent, and its document is gone");
    }
    const std::string digest(row.blob(1));
    auto document = uncompress(row.blob(2), row.integer(0), digest);
    if (!document) {
      return fail(Errc::io_error, "what is stored of report " + std::to_string(number) +
                                      " is damaged; look for its file, and run wats outbox fsck");
    }
    return *std::move(document);
  });
}

Result<std::vector<Attempt>> Reader::attempts(std::int64_t number) {
  return ask([&](storage::Connection& database) -> Result<std::vector<Attempt>> {
    std::vector<Attempt> attempts;
    auto rows = database.prepare(
        "SELECT at_ms, took_ms, http_status, text FROM attempts WHERE number=? ORDER BY entry DESC");
    rows.bind(number);
    while (rows.next()) {
      Attempt& attempt = attempts.emplace_back();
      attempt.at = moment(rows.integer(0));
      attempt.took = std::chrono::milliseconds(rows.integer(1));
      attempt.http_status = static_cast<int>(rows.integer(2));
      attempt.text = rows.blob(3);
    }
    return attempts;
  });
}

Result<std::vector<AuditEntry>> Reader::audit(std::size_t most) {
  return ask([&](storage::Connection& database) -> Result<std::vector<AuditEntry>> {
    std::vector<AuditEntry> entries;
    auto rows =
        database.prepare("SELECT at_ms, number, id, action, who, why FROM audit ORDER BY entry DESC LIMIT ?");
    rows.bind(static_cast<std::int64_t>(most));
    while (rows.next()) {
      AuditEntry& entry = entries.emplace_back();
      entry.at = moment(rows.integer(0));
      entry.number = rows.integer(1);
      entry.id = id_text(rows.blob(2));
      entry.action = rows.blob(3);
      entry.who = rows.blob(4);
      entry.why = rows.blob(5);
    }
    return entries;
  });
}

}  // namespace wats::outbox::detail
