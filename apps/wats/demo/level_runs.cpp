#include "apps/wats/demo/level_runs.hpp"

#include "apps/wats/demo/figures.hpp"
#include "apps/wats/demo/line_run.hpp"
#include "apps/wats/demo/stage.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <optional>
#include <random>
#include <system_error>
#include <utility>
#include <vector>

namespace wats::demo {
namespace {

constexpr std::size_t most_first_reads = 1000;
constexpr std::size_t shared_clients = 8;

/// A folder of its own, which goes with it.
class Folder {
 public:
  Folder()
      : path_(std::filesystem::temp_directory_path() /
              ("wats-demo-" + std::to_string(std::random_device()()))) {}
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

Client with_folder(const ClientOptions& options, const Folder& folder) {
  CacheSettings cache;
  cache.stale_if_error = std::chrono::hours(1);
  cache.directory = folder.path().string();
  return Client(ClientOptions(options).cache(std::move(cache)));
}

/// What it did is in *run*.
void play_once(const Stage& stage, const Workload& workload, const RunSettings& settings,
               std::vector<Client> clients, Run& run) {
  Trace trace;
  std::vector<Session> sessions;
  for (auto& client : clients) sessions.emplace_back(std::move(client), trace, Asking::at_once, std::nullopt);
  play_actors(stage.plan(), workload, sessions, settings, run);
  sessions.clear();
  run.events = trace.take();
}

void count_first_reads(const Run& run, DiskRun& disk) {
  std::vector<const Event*> reads;
  for (const auto& event : run.events) {
    if (event.is_cacheable()) reads.push_back(&event);
  }
  std::ranges::sort(reads, {}, &Event::start);
  reads.resize(std::min(reads.size(), most_first_reads));
  disk.first_reads = reads.size();
  disk.first_hits = static_cast<std::uint64_t>(std::ranges::count_if(reads, &Event::is_hit));
}

void read_without_server(const Client& client, const Plan& plan, DiskRun& disk) {
  const auto ask = [&]<class Op>(Op request) {
    ++disk.offline_reads;
    if (!client.call(std::move(request)).with({.timeout = std::chrono::seconds(5)}).get())
      ++disk.offline_failures;
  };
  for (const auto& station : plan.stations) {
    for (const auto& job : station.jobs) {
      ask(op::ProcessList());
      ask(op::ProductGet(job.part_number));
      ask(op::ProductGetRevisionByPath(job.part_number, job.revision));
    }
  }
}

}  // namespace

DiskRun play_disk(const Workload& workload, const RunSettings& settings) {
  DiskRun disk;
  try {
    const Folder folder;
    Stage stage(workload, workload.server.rate_limit_per_minute, "disk", settings);
    const ClientOptions options = stage.client_options();
    Run first;
    first.name = "disk, first start";
    Run second;
    second.name = "disk, second start";
    for (Run* const run : {&first, &second}) {
      play_once(stage, workload, settings, {with_folder(options, folder)}, *run);
      if (!run->failure.empty()) throw Failure(Error(Errc::io_error, run->failure));
    }
    count_first_reads(second, disk);
    stage.finish(second);
    for (const Run* const run : {&first, &second})
      disk.verdict += check_answers(run->events, second.history, run->begin);
    read_without_server(with_folder(options, folder), stage.plan(), disk);
  } catch (const std::exception& error) {
    disk.failure = error.what();
  }
  return disk;
}

SharedRun play_shared(const Workload& workload, const RunSettings& settings,
                      const std::function<std::shared_ptr<cache::SecondLevel>()>& level) {
  SharedRun shared;
  shared.clients = shared_clients;
  try {
    Stage stage(workload, workload.server.rate_limit_per_minute, "shared", settings);
    std::vector<Client> clients;
    for (std::size_t i = 0; i < shared_clients; ++i) {
      CacheSettings cache;
      cache.second_level = level();
      clients.emplace_back(stage.client_options().cache(std::move(cache)));
    }
    Run run;
    run.name = "shared";
    play_once(stage, workload, settings, std::move(clients), run);
    stage.finish(run);
    shared.failure = run.failure;
    shared.calls = run.all_calls;
    shared.hit_rate = hit_rate(run.events, &Event::is_cacheable);
    shared.from_peers =
        static_cast<std::uint64_t>(std::ranges::count(run.events, Source::second_level, &Event::source));
    shared.verdict = check_answers(run.events, run.history, run.begin, SharedRun::news);
    const auto strict = check_answers(run.events, run.history, run.begin);
    shared.late = strict.wrong - shared.verdict.wrong;
  } catch (const std::exception& error) {
    shared.failure = error.what();
  }
  return shared;
}

}  // namespace wats::demo
