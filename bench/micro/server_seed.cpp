// The embedded server's own speed: 20 000 reports through the insert path of POST (bar 10 s), and a header
// query by serial number among them (bar 1 ms in the median, as the client sees it). The report that is
// multiplied is the WSJF file named by WATS_SAMPLE_REPORT, else the shared all-kinds-uut.json; where neither
// is there, reports of 40 steps are generated. The row's label tells which.
#include "wats/client.hpp"
#include "wats/model/report_fields.hpp"
#include "wats/server/server.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
constexpr const char* token = "YmVuY2g6YmVuY2g=";
constexpr std::uint32_t reports = 20'000;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::string sample_report() {
  if (const char* const file = std::getenv("WATS_SAMPLE_REPORT")) return file;
  const std::string shared = WATS_SHARED_DIR "/samples/reports/own/all-kinds-uut.json";
  return std::filesystem::exists(shared) ? shared : std::string();
}

void seed_and_query(benchmark::State& state) {
  wats::server::Options options;
  options.tokens = {token};
  wats::server::Server server(std::move(options));
  if (!server.start()) return state.SkipWithError("the server does not start");
  wats::server::SeedSpec spec;
  spec.reports = reports;
  spec.report_file = sample_report();
  state.SetLabel(spec.report_file.empty() ? "generated reports"
                                          : std::filesystem::path(spec.report_file).filename().string());
  const auto begin = Clock::now();
  if (const auto seeded = server.seed(spec); !seeded)
    return state.SkipWithError(seeded.error().message().c_str());
  state.counters["seed_s"] = seconds_since(begin);

  const wats::Client client(wats::ClientOptions().base_url(server.base_url()).token(token).no_cache());
  const auto some = client.reports().list(wats::ReportPage(1000)).value();
  if (some->size() != 1000) return state.SkipWithError("the reports are not there");
  std::vector<double> times;
  std::size_t next = 0;
  for (auto _ : state) {
    const std::string& serial = (*some)[next++ % some->size()].serial_number.value_or("");
    const auto asked = Clock::now();
    const auto found = client.reports().query(wats::report_field::serial_number == serial).get();
    times.push_back(seconds_since(asked));
    state.SetIterationTime(times.back());
    if (!found || (*found)->empty() || (**found)[0].serial_number != serial)
      return state.SkipWithError("wrong answer");
  }
  std::sort(times.begin(), times.end());
  state.counters["p50_us"] = 1e6 * times[times.size() / 2];
  state.counters["p99_us"] = 1e6 * times[times.size() * 99 / 100];
}
BENCHMARK(seed_and_query)->UseManualTime()->Unit(benchmark::kMicrosecond)->Iterations(2000);

}  // namespace
