#include "apps/wats/demo/stage.hpp"

#include "apps/wats/demo/progress.hpp"

#include <chrono>
#include <utility>

namespace wats::demo {
namespace {

void check(const Result<void>& result) {
  if (!result) throw Failure(result.error());
}

}  // namespace

Stage::Stage(const Workload& workload, std::uint32_t rate_limit_per_minute, const std::string& run_name,
             const RunSettings& settings) {
  server::Options options;
  options.latency = std::chrono::milliseconds(workload.server.latency_ms);
  options.jitter = std::chrono::milliseconds(workload.server.jitter_ms);
  options.rate_limit_per_minute = rate_limit_per_minute;
  options.seed = workload.seed;
  server_ = std::make_unique<server::Server>(std::move(options));
  const ProgressLine line([&] { return run_name + ": seeding a fresh server"; }, settings.is_terminal);
  check(server_->start());
  server::SeedSpec seed;
  seed.processes = workload.data.processes;
  seed.products = workload.data.products;
  seed.revisions_per_product = workload.data.revisions_per_product;
  seed.reports = workload.data.reports_before;
  seed.steps = workload.station.report_steps;
  seed.seed = workload.seed;
  check(server_->seed(seed));
  const auto data = MasterData::of(server_->history());
  if (!data) throw Failure(data.error());
  plan_ = Plan::make(workload, *data);
  before_ = server_->stats();
}

ClientOptions Stage::client_options() const {
  return ClientOptions().base_url(server_->base_url()).token(server_->token());
}

Client Stage::client(bool cached) const {
  ClientOptions options = client_options();
  if (!cached) options.no_cache();
  return Client(std::move(options));
}

void Stage::finish(Run& run) {
  const auto after = server_->stats();
  run.all_calls = after.total.requests - before_.total.requests;
  for (const auto& [operation, stats] : after.operations) {
    const auto earlier = before_.operations.find(operation);
    const auto count = stats.requests - (earlier == before_.operations.end() ? 0 : earlier->second.requests);
    if (count > 0) run.calls[operation] = count;
  }
  run.history = server_->history();
  server_->stop();
}

}  // namespace wats::demo
