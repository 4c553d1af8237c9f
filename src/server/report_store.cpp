#include "src/server/report_store.hpp"

#include "src/server/compress.hpp"
#include "src/server/row.hpp"
#include "src/server/unit_store.hpp"
#include "wats/model/codec.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace wats::server {
namespace {

/// What the store knows already about a report: one received before under its id, or one that it replaces
/// because serial number, part number, process and start are the same.
struct Stored {
  std::int64_t report_id = 0;
  std::string uuid;
  std::int32_t run = 0;
  std::int32_t receive_count = 0;
};

std::optional<Stored> read_stored(Prepared& row) {
  if (!row.next()) return std::nullopt;
  Stored stored;
  stored.report_id = row.integer(0);
  stored.uuid = row.text(1);
  stored.run = static_cast<std::int32_t>(row.integer(2));
  stored.receive_count = static_cast<std::int32_t>(row.integer(3));
  return stored;
}

std::optional<Stored> find_by_id(Database& database, const ReportHeader& header) {
  auto row = database.prepare("SELECT report_id, uuid, run, receive_count FROM reports WHERE uuid = ?");
  row.bind(header.uuid);
  return read_stored(row);
}

std::optional<Stored> find_same_run(Database& database, const ReportHeader& header) {
  auto row = database.prepare(
      "SELECT report_id, uuid, run, receive_count FROM reports"
      " WHERE serial_number = ? AND start = ? AND +part_number = ? AND process_code = ? AND uuid <> ?");
  bind_value(row, header.serial_number);
  bind_value(row, header.start);
  bind_value(row, header.part_number);
  bind_value(row, header.process_code);
  row.bind(header.uuid);
  return read_stored(row);
}

void remove(Transaction& transaction, const Stored& stored, const std::string& new_uuid) {
  for (const char* const sql :
       {"DELETE FROM reports WHERE report_id = ?", "DELETE FROM documents WHERE report_id = ?"}) {
    auto drop = transaction.database().prepare(sql);
    drop.bind(stored.report_id).run();
  }
  if (stored.uuid != new_uuid) transaction.deleted("reports", stored.uuid);
}

/// Run number and first passing run among the other reports of the same unit in the same operation.
void number_runs(Database& database, ReportHeader& header, std::int32_t kept_run) {
  auto row = database.prepare(
      "SELECT ifnull(max(run), 0), min(CASE result WHEN 'Passed' THEN run END) FROM reports"
      " WHERE serial_number = ? AND part_number = ? AND process_code = ? AND report_type = ?");
  bind_value(row, header.serial_number);
  bind_value(row, header.part_number);
  bind_value(row, header.process_code);
  bind_value(row, header.report_type);
  if (!row.next()) return;
  header.run = kept_run != 0 ? kept_run : static_cast<std::int32_t>(row.integer(0)) + 1;
  std::optional<std::int32_t> first;
  if (!row.is_null(1)) first = static_cast<std::int32_t>(row.integer(1));
  if (header.result->known() == ReportResult::passed && (!first || *header.run < *first)) first = *header.run;
  if (first) header.passed_in_run = *first;
}

/// The process of the report, which must exist and be of the report's kind.
std::expected<std::string, std::string> process_name(Database& database, const Intake& intake) {
  const auto code = *intake.header.process_code;
  auto row = database.prepare("SELECT name, is_test, is_repair FROM processes WHERE code = ?");
  row.bind(std::int64_t{code});
  if (!row.next()) return std::unexpected("processCode: there is no process " + std::to_string(code));
  if (row.integer(intake.is_repair ? 2 : 1) == 0) {
    return std::unexpected("processCode: process " + std::to_string(code) + " is no " +
                           (intake.is_repair ? "repair" : "test") + " operation");
  }
  return std::string(row.text(0));
}

void insert_header(Database& database, std::int64_t report_id, const Intake& intake,
                   const ReportHeader& header) {
  static const std::string sql = [] {
    std::string names = "INSERT INTO reports(report_id, tested_process_code";
    std::string marks = "?,?";
    for (const auto& column : columns_of<ReportHeader>()) {
      names += ", " + column.sql;
      marks += ",?";
    }
    return names + ") VALUES(" + marks + ")";
  }();
  auto insert = database.prepare(sql);
  insert.bind(report_id);
  if (intake.tested_process_code)
    insert.bind(*intake.tested_process_code);
  else
    insert.bind(nullptr);
  bind_row(insert, header);
  insert.run();
}

std::int64_t store_report(Transaction& transaction, const Intake& intake, std::int64_t reserved_id,
                          std::int32_t received, const std::string& process) {
  auto& database = transaction.database();
  ReportHeader header = intake.header;
  const auto same_id = find_by_id(database, header);
  const auto same_run = find_same_run(database, header);
  const auto& before = same_id ? same_id : same_run;
  std::int64_t report_id = reserved_id;
  std::int32_t kept_run = 0;
  header.receive_count = received;
  if (before) {
    report_id = before->report_id;
    kept_run = before->run;
    header.receive_count = before->receive_count + received;
  }
  if (same_id) remove(transaction, *same_id, header.uuid);
  if (same_run) remove(transaction, *same_run, header.uuid);
  if (report_id == 0) report_id = transaction.next_report_id();
  number_runs(database, header, kept_run);
  header.process_name = process;
  header.time_stamp = transaction.next_time_stamp();
  insert_header(database, report_id, intake, header);
  {
    auto insert = database.prepare("INSERT INTO documents(report_id, size, body) VALUES(?,?,?)");
    insert.bind(report_id).bind(static_cast<std::int64_t>(intake.size)).bind_blob(intake.packed).run();
  }
  transaction.changed("reports", header.uuid, model::to_json(header));

  UnitChange unit;
  unit.serial_number = *header.serial_number;
  unit.part_number = *header.part_number;
  unit.revision = *header.revision;
  if (header.batch_number) unit.batch_number = *header.batch_number;
  if (!intake.is_repair) unit.process_code = *header.process_code;
  store_unit(transaction, unit);
  return report_id;
}

std::int64_t put_in_inbox(Transaction& transaction, const Intake& intake, std::int64_t due_ns) {
  auto& database = transaction.database();
  const auto before = find_by_id(database, intake.header);
  std::int64_t report_id = before ? before->report_id : 0;
  {
    auto waiting = database.prepare("SELECT report_id FROM inbox WHERE uuid = ?");
    waiting.bind(intake.header.uuid);
    if (waiting.next()) report_id = waiting.integer(0);
  }
  if (report_id == 0) report_id = transaction.next_report_id();
  auto insert = database.prepare(
      "INSERT INTO inbox(report_id, uuid, due_ns, received, document) VALUES(?,?,?,1,?)"
      " ON CONFLICT(uuid) DO UPDATE SET due_ns=excluded.due_ns, received=received+1, "
      "document=excluded.document");
  insert.bind(report_id).bind(intake.header.uuid).bind(due_ns).bind_blob(intake.packed).run();
  transaction.ingest_at(due_ns);
  return report_id;
}

}  // namespace

Reply take_in(Transaction& transaction, const Intake& intake, std::int64_t due_ns) {
  const auto process = process_name(transaction.database(), intake);
  if (!process) return error_reply(400, process.error());
  const auto report_id = due_ns == 0 ? store_report(transaction, intake, 0, 1, *process)
                                     : put_in_inbox(transaction, intake, due_ns);
  ReportReceipt receipt;
  receipt.id = intake.sent_id;
  receipt.uuid = intake.header.uuid;
  receipt.report_id = static_cast<std::int32_t>(report_id);
  return json_reply(model::to_json(receipt));
}

void ingest_due_reports(Transaction& transaction, std::int64_t until_ns) {
  struct Waiting {
    std::int64_t report_id;
    std::int32_t received;
    std::string document;
  };
  auto& database = transaction.database();
  std::vector<Waiting> due;
  {
    auto rows = database.prepare(
        "SELECT report_id, received, document FROM inbox WHERE due_ns <= ? ORDER BY due_ns, report_id");
    rows.bind(until_ns);
    while (rows.next()) {
      due.push_back({rows.integer(0), static_cast<std::int32_t>(rows.integer(1)), unpack(rows.text(2))});
    }
  }
  for (const auto& waiting : due) {
    const auto intake = read_report(waiting.document);
    // It was checked when it was taken in.
    if (!intake) throw std::runtime_error("a waiting report is broken: " + intake.error());
    const auto process = process_name(database, *intake);
    store_report(transaction, *intake, waiting.report_id, waiting.received, process.value_or(""));
  }
  {
    auto drop = database.prepare("DELETE FROM inbox WHERE due_ns <= ?");
    drop.bind(until_ns).run();
  }
  auto next = database.prepare("SELECT min(due_ns) FROM inbox");
  if (next.next() && !next.is_null(0)) transaction.ingest_at(next.integer(0));
}

std::int64_t waiting_reports(Database& database) {
  auto row = database.prepare("SELECT count(*) FROM inbox");
  return row.next() ? row.integer(0) : 0;
}

}  // namespace wats::server
