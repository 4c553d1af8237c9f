#include "apps/wats/demo/expected.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

namespace wats::demo {
namespace {

[[noreturn]] void not_asked(const std::string& what) {
  throw Failure(Error(Errc::invalid_argument, "the demonstration does not know how to check " + what));
}

/// serialNumber eq 'X' or partNumber eq 'X': the filters that the workload uses.
struct HeaderCondition {
  bool by_serial = false;
  std::string value;
};

HeaderCondition condition_of(const op::ReportQueryHeaders& request) {
  const std::string text = request.filter ? request.filter->text() : std::string();
  for (const std::string_view field : {"serialNumber", "partNumber"}) {
    const std::string begin = std::string(field) + " eq '";
    if (!text.starts_with(begin) || !text.ends_with('\'') || text.size() <= begin.size()) continue;
    HeaderCondition condition{.by_serial = field == "serialNumber", .value = {}};
    for (std::size_t i = begin.size(); i + 1 < text.size(); ++i) {
      if (text[i] == '\'' && text[++i] != '\'') not_asked("the filter " + text);
      condition.value.push_back(text[i]);
    }
    return condition;
  }
  not_asked("the filter '" + text + "'");
}

/// All tests of a unit in one process, oldest first, and how many repairs answered them.
struct History {
  std::vector<const ReportHeader*> tests;
  std::int32_t repairs = 0;
};

bool passed(const ReportHeader* header) {
  return header->result && *header->result == ReportResult::passed;
}

/// What one process contributes to a grade.
struct Graded {
  UnitVerification row;
  std::int64_t place = 0;
  bool tested = false;
  bool first_passed = false;
  bool any_passed = false;
  bool last_passed = false;
  Timestamp first_start;
};

Graded graded(std::int32_t code, const History& history, const Process* process) {
  Graded result;
  result.row.process_code = code;
  result.place = std::numeric_limits<std::int64_t>::max();
  if (process != nullptr) {
    if (process->name) result.row.process_name = *process->name;
    if (process->process_index) {
      result.row.process_index = *process->process_index;
      result.place = *process->process_index;
    }
  }
  const auto passes = static_cast<std::int32_t>(std::ranges::count_if(history.tests, passed));
  result.row.total_count = static_cast<std::int32_t>(history.tests.size());
  result.row.non_passed_count = *result.row.total_count - passes;
  result.row.repair_count = history.repairs;
  result.row.status = "Unknown";
  if (history.tests.empty()) return result;
  const ReportHeader* const first = history.tests.front();
  const ReportHeader* const last = history.tests.back();
  result.row.status = last->result->text();
  result.row.start_utc = *last->start;
  result.row.station_name = last->station_name.value_or("");
  result.tested = true;
  result.first_passed = passed(first);
  result.any_passed = passes > 0;
  result.last_passed = passed(last);
  result.first_start = *first->start;
  return result;
}

UnitGrade grade_of(std::vector<Graded> processes) {
  std::ranges::sort(processes, {},
                    [](const Graded& one) { return std::pair(one.place, *one.row.process_code); });
  UnitGrade grade;
  const bool any = !processes.empty();
  const auto all = [&](auto member) { return any && std::ranges::all_of(processes, member); };
  grade.all_processes_passed_first_run = all(&Graded::first_passed);
  grade.all_processes_passed_any_run = all(&Graded::any_passed);
  grade.all_processes_passed_last_run = all(&Graded::last_passed);
  grade.all_processes_executed_in_correct_order =
      all(&Graded::tested) && std::ranges::is_sorted(processes, {}, &Graded::first_start);
  grade.no_repairs = true;
  for (auto& process : processes) {
    if (*process.row.repair_count > 0) grade.no_repairs = false;
    grade.results.push_back(std::move(process.row));
  }
  if (!any) {
    grade.status = "Unknown";
    return grade;
  }
  grade.status = grade.all_processes_passed_last_run ? "Passed" : "Failed";
  if (grade.all_processes_passed_first_run && grade.all_processes_executed_in_correct_order &&
      grade.no_repairs) {
    grade.grade = "A";
  } else if (grade.all_processes_passed_last_run) {
    grade.grade = "B";
  } else {
    grade.grade = grade.all_processes_passed_any_run ? "C" : "D";
  }
  return grade;
}

template <class T>
std::optional<T> row_at(const Rows& rows, std::string_view table, const std::string& key, Decoder& decoder) {
  const auto* const version = rows.find(table, key);
  if (version == nullptr) return std::nullopt;
  return decoder.row<T>(*version);
}

}  // namespace

std::vector<std::string> groups_of(const op::ProcessList& /*request*/) {
  return {"processes"};
}
std::vector<std::string> groups_of(const op::ProductList& /*request*/) {
  return {"products"};
}
std::vector<std::string> groups_of(const op::ProductGet& request) {
  return {"product " + request.part_number};
}
std::vector<std::string> groups_of(const op::ProductGetRevisionByPath& request) {
  return {"revisions " + request.part_number};
}
std::vector<std::string> groups_of(const op::ProductionGetUnit& request) {
  return {"unit " + request.serial_number + "/" + request.part_number, "product " + request.part_number,
          "revisions " + request.part_number};
}
std::vector<std::string> groups_of(const op::ProductionVerifyUnit& request) {
  return {"serial " + request.serial_number, "processes"};
}
std::vector<std::string> groups_of(const op::ReportQueryHeaders& request) {
  const auto condition = condition_of(request);
  return {(condition.by_serial ? "serial " : "part ") + condition.value};
}

std::optional<std::vector<Process>> expected(const op::ProcessList& request, const Rows& rows,
                                             Decoder& decoder) {
  const bool all_kinds = !request.include_test_operations && !request.include_repair_operations &&
                         !request.include_wip_operations;
  if (!all_kinds || request.include_inactive_processes) not_asked("process_list with options");
  std::vector<Process> list;
  rows.each("processes", [&](const server::RowVersion& version) {
    const auto& process = decoder.row<Process>(version);
    const bool has_kind =
        process.is_test_operation || process.is_repair_operation || process.is_wip_operation;
    if (has_kind && process.state && *process.state == 1) list.push_back(process);
  });
  std::ranges::sort(list, {}, [](const Process& process) {
    return std::pair(process.process_index.value_or(-1), process.code.value_or(-1));
  });
  return list;
}

std::optional<std::vector<ProductView>> expected(const op::ProductList& request, const Rows& rows,
                                                 Decoder& decoder) {
  if (request.filter || request.top) not_asked("product_list with options");
  std::vector<ProductView> list;
  // In the order of the keys, which are the part numbers.
  rows.each("products", [&](const server::RowVersion& version) {
    const auto& product = decoder.row<Product>(version);
    ProductView view;
    view.part_number = product.part_number;
    if (product.name) view.name = *product.name;
    if (product.product_category_name) view.category = *product.product_category_name;
    view.non_serial = product.non_serial;
    view.state = product.state;
    if (list.size() < op::ProductList::unfiltered_limit) list.push_back(std::move(view));
  });
  return list;
}

std::optional<Product> expected(const op::ProductGet& request, const Rows& rows, Decoder& decoder) {
  return row_at<Product>(rows, "products", request.part_number, decoder);
}

std::optional<ProductRevision> expected(const op::ProductGetRevisionByPath& request, const Rows& rows,
                                        Decoder& decoder) {
  return row_at<ProductRevision>(rows, "revisions", request.part_number + "/" + request.revision, decoder);
}

std::optional<Unit> expected(const op::ProductionGetUnit& request, const Rows& rows, Decoder& decoder) {
  auto unit = row_at<Unit>(rows, "units", request.serial_number + "/" + request.part_number, decoder);
  if (!unit) return std::nullopt;
  if (auto product = row_at<Product>(rows, "products", request.part_number, decoder)) {
    unit->product = *std::move(product);
  }
  if (unit->revision) {
    auto revision =
        row_at<ProductRevision>(rows, "revisions", request.part_number + "/" + *unit->revision, decoder);
    if (revision) unit->product_revision = *std::move(revision);
  }
  return unit;
}

std::optional<UnitGrade> expected(const op::ProductionVerifyUnit& request, const Rows& rows,
                                  Decoder& decoder) {
  std::map<std::int32_t, const Process*> processes;
  rows.each("processes", [&](const server::RowVersion& version) {
    const auto& process = decoder.row<Process>(version);
    if (process.code) processes[*process.code] = &process;
  });
  std::map<std::int32_t, History> histories;
  rows.each("reports", [&](const server::RowVersion& version) {
    const auto& header = decoder.row<ReportHeader>(version);
    if (request.part_number && header.part_number != *request.part_number) return;
    if (request.revision && header.revision != *request.revision) return;
    if (header.report_type && *header.report_type == ReportType::repair) not_asked("a grade with repairs");
    histories[header.process_code.value_or(0)].tests.push_back(&header);
  });
  std::vector<Graded> results;
  for (auto& [code, history] : histories) {
    std::ranges::sort(history.tests, {}, [](const ReportHeader* header) {
      return std::pair(*header->start, header->time_stamp.value_or(0));
    });
    const auto process = processes.find(code);
    results.push_back(graded(code, history, process == processes.end() ? nullptr : process->second));
  }
  return grade_of(std::move(results));
}

std::optional<std::vector<ReportHeader>> expected(const op::ReportQueryHeaders& request, const Rows& rows,
                                                  Decoder& decoder) {
  if (request.skip || request.order_by || request.select || request.expand || request.report_type) {
    not_asked("report_query_headers with more than a filter and a number of rows");
  }
  std::vector<const ReportHeader*> newest;
  rows.each("reports", [&](const server::RowVersion& version) {
    newest.push_back(&decoder.row<ReportHeader>(version));
  });
  const auto top =
      static_cast<std::size_t>(std::max(0, request.top.value_or(op::ReportQueryHeaders::default_top)));
  // Of two that started at the same moment the one that was processed last.
  std::ranges::sort(newest, std::ranges::greater(), [](const ReportHeader* header) {
    return std::pair(header->start.value_or(Timestamp()), header->time_stamp.value_or(0));
  });
  std::vector<ReportHeader> list;
  for (const auto* const header : newest) {
    if (list.size() == top) break;
    list.push_back(*header);
  }
  return list;
}

}  // namespace wats::demo
