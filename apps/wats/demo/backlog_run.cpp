// Plays the backlog: the same number of look-ups and submissions one at a time, then many at once.
#include "apps/wats/demo/progress.hpp"
#include "apps/wats/demo/run.hpp"
#include "apps/wats/demo/session.hpp"
#include "apps/wats/demo/stage.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace wats::demo {
namespace {

/// One request of the backlog, prepared: what is measured is the asking.
using Request = std::variant<op::ProductionGetUnit, op::ReportPostWsjf>;

std::vector<Request> requests_of(const std::vector<MasterData::KnownUnit>& lookups,
                                 const std::vector<UnitJob>& reports, std::int32_t process_code,
                                 std::uint32_t steps) {
  std::vector<Request> requests;
  for (std::size_t i = 0; i < std::max(lookups.size(), reports.size()); ++i) {
    if (i < lookups.size()) {
      requests.emplace_back(op::ProductionGetUnit(lookups[i].serial_number, lookups[i].part_number));
    }
    if (i < reports.size()) {
      auto report = report_of(reports[i], "DEMO-STATION-1", process_code, steps);
      if (!report) throw Failure(report.error());
      requests.emplace_back(op::ReportPostWsjf(*std::move(report)));
    }
  }
  return requests;
}

/// Never more than so many requests outstanding; as one ends, the next begins.
/// *Thread safety*: run() once; the rest belongs to it.
class Window {
 public:
  Window(const Client& client, Trace& trace, std::vector<Request> requests, Milestones& progress)
      : client_(client), trace_(trace), requests_(std::move(requests)), progress_(progress) {}

  void run(std::size_t in_flight) {
    open_ = std::min(in_flight, requests_.size());
    const auto first = open_;
    for (std::size_t i = 0; i < first; ++i) next();
    std::unique_lock lock(mutex_);
    none_.wait(lock, [this] { return open_ == 0; });
  }

 private:
  void next() {
    const std::size_t index = begun_++;
    if (index >= requests_.size()) {
      const std::lock_guard lock(mutex_);
      if (--open_ == 0) none_.notify_all();
      return;
    }
    std::visit([this](auto& request) { begin(std::move(request)); }, requests_[index]);
  }

  template <class Op>
  void begin(Op request) {
    Event event = event_of(request);
    event.start = std::chrono::steady_clock::now();
    auto call = client_.call(request);
    std::move(call)([this, event = std::move(event),
                     request = std::move(request)](Result<Answer<typename Op::Answer>> result) mutable {
      event.end = std::chrono::steady_clock::now();
      add_result(event, std::move(request), result);
      trace_.add(std::move(event));
      progress_.reached_next();
      next();
    });
  }

  const Client& client_;
  Trace& trace_;
  std::vector<Request> requests_;
  Milestones& progress_;
  std::atomic<std::size_t> begun_{0};
  std::mutex mutex_;
  std::condition_variable none_;
  std::size_t open_ = 0;
};

void ask_one_at_a_time(const Session& session, std::vector<Request> requests, Milestones& progress) {
  for (auto& request : requests) {
    std::visit([&](auto& one) { static_cast<void>(session.ask(std::move(one))); }, request);
    progress.reached_next();
  }
}

std::int32_t first_test_process(const Client& client) {
  const auto processes = client.processes().list().value();
  for (const auto& process : *processes) {
    if (process.is_test_operation && process.code) return *process.code;
  }
  throw Failure(Error(Errc::malformed_answer, "the server has no test operations"));
}

template <class Play>
std::chrono::duration<double> timed(Play play) {
  const auto begin = std::chrono::steady_clock::now();
  play();
  return std::chrono::steady_clock::now() - begin;
}

/// Waits as the server says when it is over its limit, and asks again.
void ask_patiently(const Client& client, const Request& request) {
  for (;;) {
    const auto refused = std::visit(
        [&](const auto& one) -> std::optional<Error> {
          auto result = client.call(one).get();
          if (result) return std::nullopt;
          return result.error();
        },
        request);
    if (!refused) return;
    if (refused->code() != Errc::too_many_requests) throw Failure(*refused);
    // The server's own pace is what is measured here.
    std::this_thread::sleep_for(refused->retry_after().value_or(std::chrono::seconds(1)));
  }
}

/// *threads* ask what is left of *requests*, one at a time each.
void ask_patiently(const Client& client, const std::vector<Request>& requests, std::uint32_t threads,
                   Milestones& progress) {
  std::atomic<std::size_t> begun{0};
  std::mutex mutex;
  std::exception_ptr failure;
  std::vector<std::thread> workers;
  for (std::uint32_t i = 0; i < threads; ++i) {
    workers.emplace_back([&] {
      try {
        for (std::size_t index = begun++; index < requests.size(); index = begun++) {
          ask_patiently(client, requests[index]);
          progress.reached_next();
        }
      } catch (...) {
        const std::lock_guard lock(mutex);
        failure = std::current_exception();
      }
    });
  }
  for (auto& worker : workers) worker.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

BacklogRun play_backlog(const Workload& workload, const RunSettings& settings) {
  BacklogRun run;
  run.name = "backlog";
  run.in_flight = workload.backlog.in_flight;
  try {
    Stage stage(workload, workload.server.rate_limit_per_minute, run.name, settings);
    Trace trace;
    {
      const Session session(stage.client(false), trace, Asking::one_at_a_time, std::nullopt);
      const auto code = first_test_process(session.client());
      const auto& plan = stage.plan().backlog;
      const auto steps = workload.station.report_steps;
      auto slow = requests_of(plan.lookups, plan.one_at_a_time, code, steps);
      auto fast = requests_of(plan.lookups, plan.in_flight, code, steps);
      run.requests = static_cast<std::uint32_t>(slow.size());
      Milestones progress;
      const ProgressLine line(
          [&] {
            return "backlog: " + std::to_string(progress.count()) + " of " +
                   std::to_string(2 * run.requests) + " requests";
          },
          settings.is_terminal);
      run.begin = std::chrono::steady_clock::now();
      run.one_at_a_time = timed([&] { ask_one_at_a_time(session, std::move(slow), progress); });
      Window window(session.client(), trace, std::move(fast), progress);
      run.at_once = timed([&] { window.run(run.in_flight); });
      run.elapsed = std::chrono::steady_clock::now() - run.begin;
    }
    run.events = trace.take();
    stage.finish(run);
  } catch (const std::exception& error) {
    run.failure = error.what();
  }
  return run;
}

BacklogRun play_limited_backlog(const Workload& workload, std::uint32_t per_minute,
                                const RunSettings& settings) {
  BacklogRun run;
  run.name = "limited backlog";
  run.in_flight = workload.backlog.in_flight;
  // Each side passes the limit of a window of its own, on a server of its own.
  Workload larger = workload;
  larger.backlog.unit_lookups = per_minute / 2;
  larger.backlog.reports = per_minute / 2 + per_minute / 10;
  try {
    for (const bool at_once : {false, true}) {
      const Stage stage(larger, per_minute, run.name, settings);
      const Client client = stage.client(false);
      const auto& plan = stage.plan();
      const auto code = first_test_process(client);
      const auto requests =
          requests_of(plan.backlog.lookups, plan.backlog.one_at_a_time, code, larger.station.report_steps);
      run.requests = static_cast<std::uint32_t>(requests.size());
      Milestones progress;
      const ProgressLine line(
          [&] {
            return run.name + (at_once ? ", at once: " : ", one at a time: ") +
                   std::to_string(progress.count()) + " of " + std::to_string(run.requests) + " requests";
          },
          settings.is_terminal);
      auto& elapsed = at_once ? run.at_once : run.one_at_a_time;
      elapsed = timed([&] { ask_patiently(client, requests, at_once ? run.in_flight : 1, progress); });
    }
  } catch (const std::exception& error) {
    run.failure = error.what();
  }
  return run;
}

}  // namespace wats::demo
