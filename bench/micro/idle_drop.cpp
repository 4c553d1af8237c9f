// How soon a client without any call drops what changed elsewhere. Bar: 50 ms. From telling it to the entry
// being gone from its statistics, while nobody runs a loop of the caller's and no call is under way.
#include "wats/client.hpp"
#include "wats/server/server.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

namespace {

void idle_drop(benchmark::State& state) {
  using Clock = std::chrono::steady_clock;
  wats::server::Options options;
  options.tokens = {"YmVuY2g6YmVuY2g="};
  wats::server::Server server(std::move(options));
  if (!server.start()) return state.SkipWithError("the server does not start");
  const wats::Client client(wats::ClientOptions().base_url(server.base_url()).token("YmVuY2g6YmVuY2g="));
  if (!client.products().create(wats::Product("PN-1")).get()) return state.SkipWithError("no product");
  double worst = 0;
  for (auto _ : state) {
    if (!client.products().find("PN-1").get() || client.stats().cache().entries != 1)
      return state.SkipWithError("nothing is stored");
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // idle
    const auto begin = Clock::now();
    client.changed_elsewhere({wats::cache::Tag("product", "PN-1")});
    while (client.stats().cache().entries != 0) std::this_thread::yield();
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    state.SetIterationTime(seconds);
    worst = std::max(worst, seconds);
  }
  state.counters["worst_ms"] = 1000 * worst;
}
BENCHMARK(idle_drop)->UseManualTime()->Unit(benchmark::kMicrosecond)->Iterations(300);

}  // namespace
