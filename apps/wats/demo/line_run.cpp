// Plays the line: one thread an actor.
#include "apps/wats/demo/line_run.hpp"

#include "apps/wats/demo/actors.hpp"
#include "apps/wats/demo/stage.hpp"

#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace wats::demo {
namespace {

/// The threads of a run; the first failure stops them all.
class Cast {
 public:
  explicit Cast(Milestones& milestones) : milestones_(milestones) {}

  template <class Part>
  void add(Part part) {
    actors_.emplace_back([this, part = std::move(part)] {
      try {
        part();
      } catch (const std::exception& error) {
        const std::lock_guard lock(mutex_);
        if (failure_.empty()) failure_ = error.what();
        milestones_.stop();
      }
    });
  }
  /// Waits for all. The first failure, empty when there was none.
  [[nodiscard]] std::string join() {
    for (auto& actor : actors_) actor.join();
    return failure_;
  }

 private:
  Milestones& milestones_;
  std::mutex mutex_;
  std::string failure_;
  std::vector<std::thread> actors_;
};

}  // namespace

void play_actors(const Plan& plan, const Workload& workload, const std::vector<Session>& sessions,
                 const RunSettings& settings, Run& run) {
  Milestones milestones;
  const ProgressLine line(
      [&] {
        return run.name + ": " + std::to_string(milestones.count()) + " of " + std::to_string(plan.all_jobs) +
               " units tested";
      },
      settings.is_terminal);
  std::size_t actors = 0;
  const auto next_session = [&]() -> const Session& { return sessions[actors++ % sessions.size()]; };
  run.begin = std::chrono::steady_clock::now();
  Cast cast(milestones);
  for (const auto& station : plan.stations) {
    cast.add(
        [&, &session = next_session()] { play_station(session, workload.station, station, milestones); });
  }
  for (std::uint32_t i = 0; i < workload.dashboard.count; ++i) {
    cast.add(
        [&, &session = next_session()] { play_dashboard(session, workload.dashboard, plan, milestones); });
  }
  for (std::uint32_t i = 0; i < workload.sync.count; ++i) {
    cast.add([&, &session = next_session()] { play_sync(session, workload.sync, milestones); });
  }
  for (std::uint32_t i = 0; i < workload.engineer.count; ++i) {
    cast.add([&, &session = next_session()] { play_engineer(session, plan, milestones); });
  }
  run.failure = cast.join();
  run.elapsed = std::chrono::steady_clock::now() - run.begin;
}

Run play_line(const Workload& workload, const LineStyle& style, const RunSettings& settings) {
  Run run;
  run.name = style.name;
  try {
    Stage stage(workload, workload.server.rate_limit_per_minute, style.name, settings);
    Trace trace;
    std::optional<PlantedFault> fault;
    if (!settings.skip_invalidation_of.empty()) {
      fault = PlantedFault{.operation = settings.skip_invalidation_of, .other = stage.client(false)};
    }
    const auto asking = style.at_once ? Asking::at_once : Asking::one_at_a_time;
    {
      const std::vector<Session> sessions{
          Session(stage.client(style.cached), trace, asking, std::move(fault))};
      play_actors(stage.plan(), workload, sessions, settings, run);
    }
    run.events = trace.take();
    stage.finish(run);
  } catch (const std::exception& error) {
    run.failure = error.what();
  }
  return run;
}

}  // namespace wats::demo
