#include "apps/wats/demo/actors.hpp"

#include "wats/model/report_fields.hpp"
#include "wats/service/processes.hpp"

#include <chrono>
#include <thread>
#include <utility>
#include <vector>

namespace wats::demo {
namespace {

op::ReportQueryHeaders newest_reports(Filter filter, std::int32_t rows) {
  op::ReportQueryHeaders request;
  request.filter = std::move(filter);
  request.top = rows;
  return request;
}

template <class T>
T needed(Result<T> result) {
  if (!result) throw CannotGoOn(result.error().message());
  return *std::move(result);
}

void test_unit(const Session& session, const StationPart& part, const StationPlan& plan, const UnitJob& job) {
  Step step(session);
  const auto processes = step.ask(op::ProcessList());
  step.ask(op::ProductGet(job.part_number));
  step.ask(op::ProductGetRevisionByPath(job.part_number, job.revision));
  step.ask(op::ProductionGetUnit(job.serial_number, job.part_number));
  step.ask(newest_reports(report_field::serial_number == job.serial_number, part.previous_reports));
  step.ask(op::ProductionVerifyUnit(job.serial_number, job.part_number));
  step.wait();
  if (!processes->has_value()) throw CannotGoOn(plan.name + " got no processes");
  const Process* const process = find_by_name(***processes, plan.process_name);
  if (process == nullptr || !process->code) {
    throw CannotGoOn(plan.name + " finds no process called " + plan.process_name);
  }
  const auto set_phase = [&](UnitPhase phase) {
    needed(session.ask(op::ProductionSetUnitPhase(job.serial_number, job.part_number, phase)));
  };
  set_phase(part.phase_before);
  auto report = needed(report_of(job, plan.name, *process->code, part.report_steps));
  needed(session.ask(op::ReportPostWsjf(std::move(report))));
  set_phase(job.failed ? part.phase_failed : part.phase_passed);
}

}  // namespace

void play_station(const Session& session, const StationPart& part, const StationPlan& plan,
                  Milestones& milestones) {
  for (const auto& job : plan.jobs) {
    if (milestones.stopped()) return;
    test_unit(session, part, plan, job);
    milestones.reached_next();
  }
}

void play_dashboard(const Session& session, const DashboardPart& part, const Plan& plan,
                    Milestones& milestones) {
  auto due = std::chrono::steady_clock::now();
  for (std::uint32_t refresh = 0; refresh < part.refreshes && !milestones.stopped(); ++refresh) {
    // The workload's pace, from start to start.
    std::this_thread::sleep_until(due);
    due += std::chrono::milliseconds(part.every_ms);
    Step step(session);
    step.ask(op::ProductList());
    for (const auto& part_number : plan.being_built) step.ask(op::ProductGet(part_number));
    for (const auto& part_number : plan.being_built) {
      step.ask(newest_reports(report_field::part_number == part_number, part.newest_reports));
    }
  }
}

void play_sync(const Session& session, const SyncPart& part, const Milestones& milestones) {
  for (std::uint32_t pass = 0; pass < part.passes && !milestones.stopped(); ++pass) {
    const auto list = needed(session.ask(op::ProductList()));
    std::vector<Step::Pending<Product>> products;
    {
      Step step(session);
      for (const auto& row : *list) products.push_back(step.ask(op::ProductGet(row.part_number)));
    }
    Step step(session);
    for (const auto& product : products) {
      if (!product->has_value()) throw CannotGoOn("the sync job misses a product of the list");
      for (const auto& revision : (**product)->revisions) {
        step.ask(op::ProductGetRevisionByPath((**product)->part_number, revision.revision));
      }
    }
  }
}

void play_engineer(const Session& session, const Plan& plan, Milestones& milestones) {
  for (const auto& edit : plan.edits) {
    if (!milestones.wait_for(edit.after_units)) return;
    Product product = needed(session.ask(op::ProductGet(edit.part_number))).copy();
    product.description = edit.description;
    needed(session.ask(op::ProductSave(std::move(product))));
    needed(session.ask(op::ProductGet(edit.part_number)));
  }
}

}  // namespace wats::demo
