#include "tests/property/invalidation/session.hpp"

#include <algorithm>
#include <cstdio>
#include <stdexcept>

namespace wats::testing {
namespace {

using namespace std::chrono_literals;

server::Options options_for(bool keeps_back) {
  server::Options options;
  options.tokens = {Stage::token_a, Stage::token_b};
  if (keeps_back) options.ingest_delay = 24h;
  return options;
}

std::string moment(Time time, Time began) {
  char text[32];
  std::snprintf(text, sizeof text, "%8.3f ms",
                std::chrono::duration<double, std::milli>(time - began).count());
  return text;
}

std::string shortened(std::string text) {
  constexpr std::size_t most = 400;
  if (text.size() > most) text = text.substr(0, most) + "...";
  return text;
}

std::string_view source_of(const Provenance& provenance) {
  if (provenance.joined) return "another call's request";
  switch (provenance.origin) {
    case Origin::server:
      return "the server";
    case Origin::memory:
      return "memory";
    case Origin::second_level:
      return "the second level";
  }
  return "";
}

std::string line_of(const SeenRead& read, Time began) {
  return moment(read.start, began) + " to " + moment(read.end, began) + "  " + std::string(name(read.who)) +
         " reads  " + read.text + " from " + std::string(source_of(read.provenance)) + ": " +
         shortened(read.words());
}
std::string line_of(const SeenWrite& write, Time began) {
  return moment(write.start, began) + " to " + moment(write.end, began) + "  " +
         std::string(name(write.who)) + " writes " + shortened(write.text) + ": " + write.outcome;
}

}  // namespace

Stage::Stage(bool keeps_reports_back)
    : keeps_back(keeps_reports_back), server(options_for(keeps_reports_back)) {
  auto begun = server.start();
  server::SeedSpec processes;
  processes.products = 0;
  if (begun) begun = server.seed(processes);
  if (!begun) throw std::runtime_error(begun.error().message());
  relay = std::make_unique<Relay>(server.port(),
                                  std::map<std::string, std::string>{{token_a, "A"}, {token_b, "B"}});
}

Tally& Tally::operator+=(const Tally& other) {
  answered += other.answered;
  from_memory += other.from_memory;
  from_second_level += other.from_second_level;
  joined += other.joined;
  refused += other.refused;
  failed += other.failed;
  return *this;
}

Session::Session(Stage& stage, World& world, const Plant* plant)
    : stage_(stage), world_(world), plant_(plant), began_(std::chrono::steady_clock::now()) {
  relay().plan({});
  relay().set_observer([this](const Exchanged& exchanged) {
    if (exchanged.method == "PUT" && exchanged.target == "/api/Product" && exchanged.status == 200)
      world_.saved(exchanged.body);
  });
  const Plant as_it_should_be;
  levels_[0] = std::make_shared<PlantedLevel>(plant != nullptr ? *plant : as_it_should_be);
  const bool shares = plant != nullptr && plant->shares_scope;
  levels_[1] = shares ? levels_[0] : std::make_shared<PlantedLevel>(as_it_should_be);
  for (const Who who : {Who::first, Who::second, Who::stranger})
    clients_[static_cast<std::size_t>(who)].emplace(options_of(who));
}

Session::~Session() {
  for (auto& client : clients_) client.reset();
  relay().await_quiet();
  relay().set_observer(nullptr);
}

ClientOptions Session::options_of(Who who) const {
  const bool is_a = principal_of(who) == "A";
  CacheSettings cache;
  cache.ttl_static = endless;
  cache.ttl_slow = endless;
  cache.second_level = levels_[is_a ? 0 : 1];
  RetrySettings retry;
  retry.base_delay = retry.throttled_base_delay = retry.max_delay = 0ms;
  BreakerSettings breaker;
  breaker.enabled = false;
  ClientOptions options;
  options.base_url(stage_.relay->base_url()).token(is_a ? Stage::token_a : Stage::token_b).timeout(60s);
  if (plant_ != nullptr && plant_->shares_scope) options.cache_scope("shared");
  return options.cache(cache).retry(retry).breaker(breaker).clock(clock_);
}

void Session::count(std::string_view operation, const Provenance* provenance, const Error* error) {
  Tally& tally = tallies_[std::string(operation)];
  if (provenance != nullptr) {
    ++tally.answered;
    if (provenance->joined)
      ++tally.joined;
    else if (provenance->origin == Origin::memory)
      ++tally.from_memory;
    else if (provenance->origin == Origin::second_level)
      ++tally.from_second_level;
  } else if (error != nullptr) {
    const bool is_refusal = error->http_status() >= 400 && error->http_status() < 429;
    ++(is_refusal ? tally.refused : tally.failed);
  }
}

void Session::quiet() {
  relay().await_quiet();
  const std::lock_guard lock(mutex_);
  for (auto& write : writes_) {
    if (write.done == Time::max()) write.done = std::chrono::steady_clock::now();
  }
}

void Session::let_in() {
  if (!stage_.keeps_back) return;
  quiet();
  SeenWrite seen;
  seen.is_ingest = true;
  seen.operation = "ingest";
  seen.text = "reports that were kept back";
  seen.start = std::chrono::steady_clock::now();
  const auto let_in = stage_.server.ingest_now();
  seen.end = seen.done = std::chrono::steady_clock::now();
  seen.outcome = let_in ? std::to_string(*let_in) + " let in" : let_in.error().message();
  const std::lock_guard lock(mutex_);
  for (const auto& [who, since] : std::exchange(kept_back_, {})) {
    seen.who = who;
    writes_.push_back(seen);
  }
}

void Session::advance(std::chrono::seconds by) {
  // What is on its way has its effect within the window.
  quiet();
  const auto window = op::ReportPostWsjf::card.settling;
  const bool outlasts = std::any_of(kept_back_.begin(), kept_back_.end(), [&](const auto& each) {
    return clock_->now() + by >= each.second + window;
  });
  if (outlasts) let_in();
  clock_->advance(by);
}

void Session::come_to_rest() {
  quiet();
  if (!kept_back_.empty()) let_in();
}

void Session::outlive_all() {
  clock_->advance(endless + 24h);
  levels_[0]->inner().age(endless + 24h);
  if (levels_[1] != levels_[0]) levels_[1]->inner().age(endless + 24h);
  has_to_be_newest_ = true;
}

std::vector<std::string> Session::problems() const {
  std::vector<server::RowVersion> history;
  for (auto& version : stage_.server.history()) {
    const std::string& prefix = version.table == "reports" ? world_.report_prefix() : world_.prefix();
    if (version.table == "processes" || version.key.starts_with(prefix))
      history.push_back(std::move(version));
  }
  std::vector<std::string> all = unexpected_;
  Oracle oracle(history, writes_);
  for (const auto& read : reads_) {
    if (const auto problem = oracle.problem(read)) all.push_back(line_of(read, began_) + "\n    " + *problem);
  }
  return all;
}

std::string Session::story() const {
  std::vector<std::pair<Time, std::string>> lines;
  for (const auto& read : reads_) lines.emplace_back(read.start, line_of(read, began_));
  for (const auto& write : writes_) lines.emplace_back(write.start, line_of(write, began_));
  std::ranges::sort(lines, {}, [](const auto& line) { return line.first; });
  std::string text;
  for (const auto& [start, line] : lines) text += "  " + line + "\n";
  return text;
}

}  // namespace wats::testing
