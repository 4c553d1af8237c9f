#include "src/server/report_query.hpp"

#include "src/server/compress.hpp"
#include "src/server/odata.hpp"
#include "src/server/report_intake.hpp"
#include "src/server/row.hpp"
#include "src/server/url.hpp"
#include "wats/model/codec.hpp"

#include <algorithm>
#include <expected>
#include <vector>

namespace wats::server {
namespace {

template <class T>
using Checked = std::expected<T, std::string>;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::vector<std::string_view> comma_list(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(',');
    parts.push_back(trimmed(text.substr(0, end)));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

const std::vector<Column>& header_columns() {
  static const auto columns = columns_of<ReportHeader>();
  return columns;
}

Checked<std::string> order_clause(std::string_view text) {
  std::string sql;
  for (const auto part : comma_list(text)) {
    const auto blank = part.find(' ');
    const auto name = part.substr(0, blank);
    const auto direction = blank == std::string_view::npos ? "asc" : trimmed(part.substr(blank));
    const bool known =
        std::ranges::any_of(std::to_array<std::string_view>({"start", "uuid", "serialNumber", "timestamp"}),
                            [&](std::string_view field) { return same_letters(field, name); });
    if (!known) {
      return std::unexpected(
          "$orderby: only start, uuid, serialNumber and timestamp may be ordered by, not '" +
          std::string(name) + "'");
    }
    if (!same_letters(direction, "asc") && !same_letters(direction, "desc")) {
      return std::unexpected("$orderby: '" + std::string(direction) + "' is neither asc nor desc");
    }
    const auto column =
        std::ranges::find_if(header_columns(), [&](const Column& c) { return same_letters(c.wire, name); });
    if (!sql.empty()) sql += ", ";
    sql += column->sql + (same_letters(direction, "desc") ? " DESC" : " ASC");
  }
  return sql;
}

/// Which columns a $select names; uuid is always among them, since a header is nothing without it.
Checked<std::vector<bool>> selected_columns(std::string_view text) {
  std::vector<bool> selected(header_columns().size(), false);
  selected[0] = true;
  for (const auto name : comma_list(text)) {
    const auto found =
        std::ranges::find_if(header_columns(), [&](const Column& c) { return same_letters(c.wire, name); });
    if (found == header_columns().end())
      return std::unexpected("$select: unknown field '" + std::string(name) + "'");
    selected[static_cast<std::size_t>(found - header_columns().begin())] = true;
  }
  return selected;
}

Checked<std::vector<std::string_view>> expanded(std::string_view text) {
  std::vector<std::string_view> names;
  for (const auto part : comma_list(text)) {
    const auto name = expandable(part);
    if (!name) return std::unexpected("$expand: there is no collection '" + std::string(part) + "'");
    if (std::ranges::find(names, *name) == names.end()) names.push_back(*name);
  }
  return names;
}

/// A header query, checked.
struct Plan {
  SqlFilter filter{"1", {}};
  std::string order = "start DESC";
  std::vector<bool> selected;
  std::vector<std::string_view> expand;
  std::int64_t limit = 0;
  std::int64_t skip = 0;
};

Checked<Plan> plan_of(const op::ReportQueryHeaders& request) {
  Plan plan;
  if (request.top.value_or(0) < 0) return std::unexpected("$top must not be negative");
  if (request.skip.value_or(0) < 0) return std::unexpected("$skip must not be negative");
  plan.limit = std::min(request.top.value_or(request.default_top), request.max_top);
  plan.skip = request.skip.value_or(0);
  if (request.filter) {
    auto filter = compile_filter(request.filter->text(), header_columns());
    if (!filter) return std::unexpected(filter.error().what());
    plan.filter = *std::move(filter);
  }
  if (request.report_type) {
    const auto type = request.report_type->known();
    if (!type)
      return std::unexpected("reportType: '" + request.report_type->text() + "' is none of U, T and R");
    plan.filter.where += *type == ReportType::repair ? " AND report_type = 'R'" : " AND report_type = 'T'";
  }
  if (request.order_by) {
    auto order = order_clause(*request.order_by);
    if (!order) return std::unexpected(order.error());
    plan.order = *std::move(order);
  }
  if (request.select) {
    auto selected = selected_columns(*request.select);
    if (!selected) return std::unexpected(selected.error());
    plan.selected = *std::move(selected);
  }
  if (request.expand) {
    auto names = expanded(*request.expand);
    if (!names) return std::unexpected(names.error());
    plan.expand = *std::move(names);
  }
  return plan;
}

std::string statement_of(const Plan& plan) {
  std::string sql = "SELECT ";
  for (const auto& column : header_columns()) sql += column.sql + ",";
  const auto next = plan.filter.params.size() + 1;
  return sql + "report_id FROM reports WHERE " + plan.filter.where + " ORDER BY " + plan.order +
         ", time_stamp DESC LIMIT ?" + std::to_string(next) + " OFFSET ?" + std::to_string(next + 1);
}

void leave_out(ReportHeader& header, const std::vector<bool>& selected) {
  std::size_t index = 0;
  model::for_each_field<ReportHeader>([&](const auto& field) {
    auto& member = header.*(field.member);
    if constexpr (requires { member.is_absent(); }) {
      if (!selected[index]) member.reset();
    }
    ++index;
  });
}

void expand(Database& database, ReportHeader& header, std::int64_t report_id, bool is_repair,
            const std::vector<std::string_view>& names) {
  auto row = database.prepare("SELECT body FROM documents WHERE report_id = ?");
  row.bind(report_id);
  if (!row.next()) return;
  const auto document = unpack(row.text(0));
  for (const auto name : names) {
    auto list = expand_report(document, is_repair, name);
    if (!list.empty()) header.unknown.add(std::string(name), Json::trusted(std::move(list)));
  }
}

}  // namespace

Reply query_headers(Database& database, const op::ReportQueryHeaders& request) {
  const auto plan = plan_of(request);
  if (!plan) return error_reply(400, plan.error());
  auto rows = database.prepare(statement_of(*plan));
  for (const auto& value : plan->filter.params) rows.bind_any(value);
  rows.bind(plan->limit).bind(plan->skip);

  const int id_column = static_cast<int>(header_columns().size());
  std::string body = "[";
  ReportHeader header;
  while (rows.next()) {
    if (body.size() > 1) body.push_back(',');
    read_row(rows, header);
    const bool is_repair = header.report_type && header.report_type->known() == ReportType::repair;
    if (!plan->selected.empty()) leave_out(header, plan->selected);
    if (!plan->expand.empty()) {
      header.unknown = {};
      expand(database, header, rows.integer(id_column), is_repair, plan->expand);
    }
    model::append_json(body, header);
  }
  body.push_back(']');
  return json_reply(std::move(body));
}

}  // namespace wats::server
