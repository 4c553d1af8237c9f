// wats ops: the operations there are cards for, and what each takes.
#include "apps/wats/cards.hpp"
#include "apps/wats/commands.hpp"
#include "apps/wats/context.hpp"
#include "apps/wats/suggest.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <concepts>
#include <memory>

namespace wats::app {
namespace {

/// A repeat of the plainest request: what a card says of one with more in it may be better.
template <class Op>
Idempotency idempotency_of() {
  if constexpr (std::default_initializable<Op>) {
    return Op().idempotency();
  } else {
    using Document = OnlyField<Op>;
    const auto plain = Document::parse(
        R"({"type":"T","id":"00000000-0000-4000-8000-000000000001","pn":"P","sn":"S","rev":"A","processCode":1,)"
        R"("result":"P","machineName":"M","start":"2026-01-01T00:00:00Z","root":{"stepType":"S","name":"N"}})");
    return Op(plain.value()).idempotency();
  }
}

template <class Op>
OperationRow row_of() {
  const op::Card& card = Op::card;
  OperationRow row;
  row.operation = card.id;
  row.method = name(card.method);
  row.path = card.path;
  row.cache_class = name(card.cache_class);
  row.idempotency = name(idempotency_of<Op>());
  row.visibility = card.visibility == op::Visibility::open ? "public" : "internal";
  row.summary = card.summary;
  model::for_each_field<Op>([&](const auto& field) {
    FieldRow& entry = row.flags.emplace_back();
    entry.flag = flag_of(field.name);
    entry.wire = model::wire_name(field, card.naming);
    entry.place = name(field.place);
    entry.type = type_name_of<typename std::decay_t<decltype(field)>::member_type>();
    entry.is_required = field.is_required;
    entry.help = field.help;
  });
  return row;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

bool matches(const OperationRow& row, const std::string& filter) {
  const auto wanted = lower(filter);
  return std::ranges::any_of(
      std::array{&row.operation, &row.method, &row.path, &row.summary, &row.cache_class},
      [&](const std::string* text) { return lower(*text).contains(wanted); });
}

void show_list(Output& out, const std::vector<OperationRow>& rows) {
  Table table;
  for (const auto* heading : {"operation", "method", "path", "class", "repeat", "summary"})
    table.add_column(heading);
  for (const auto& row : rows) {
    table.add_row({row.operation, row.method, row.path, row.cache_class, row.idempotency, row.summary});
  }
  out.table(table);
}

void ops(Context& context, const std::string& filter) {
  auto rows = all_operations();
  const auto exact = std::ranges::find(rows, filter, &OperationRow::operation);
  if (exact != rows.end()) {
    if (context.global.json) {
      context.out().json(model::to_json(*exact));
    } else {
      show_record(context.out(), *exact);
    }
    return;
  }
  std::vector<std::string> names;
  for (const auto& row : rows) names.push_back(row.operation);
  std::erase_if(rows, [&](const OperationRow& row) { return !matches(row, filter); });
  if (rows.empty()) {
    throw Exit(ExitCode::failed, "no operation has '" + filter + "' in its name, path or summary" +
                                     did_you_mean(filter, names) + "; `wats ops` lists them all");
  }
  if (context.global.json) {
    context.out().json(model::to_json(rows));
  } else {
    show_list(context.out(), rows);
  }
}

}  // namespace

std::vector<OperationRow> all_operations() {
  std::vector<OperationRow> rows;
  op::All::for_each([&]<class Op>() { rows.push_back(row_of<Op>()); });
  return rows;
}

void add_ops(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("ops", "List the operations, or tell all about one");
  const auto filter = std::make_shared<std::string>();
  command
      ->add_option("FILTER", *filter,
                   "part of a name, path or summary; the whole name of one operation for details")
      ->type_name("");
  command->footer(
      "class: how long an answer is kept (static 1 h, slow 5 min, live and never not).\n"
      "repeat: what sending it twice does (safe nothing, by_key the same again, unsafe maybe a second "
      "effect).\n"
      "\n"
      "Examples:\n"
      "  wats ops\n"
      "  wats ops report\n"
      "  wats ops product_get\n"
      "  wats ops --json | python3 -m json.tool");
  command->callback([&context, filter] { ops(context, *filter); });
}

}  // namespace wats::app
