// Many GETs at once beside raw libcurl multi doing the same: CPU and time a request, interleaved rounds,
// medians of their ratios. Usage: bench_http_throughput URL PATH BYTES IN_FLIGHT REQUESTS [ROUNDS [CA_FILE]],
// the token in WATS_AUTH_TOKEN: one row as JSON. ./dev bench http_throughput starts the servers, calls it for
// each row and wrk beside it.
#include "bench/scenarios/http_throughput/rival.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <sys/resource.h>
#include <vector>

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;

double cpu_us() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto us = [](const timeval& time) {
    return 1e6 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec);
  };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

struct Cost {
  double cpu_us;
  double wall_us;
};

/// A request's share of one round; ends the program on a wrong answer.
Cost round(Rival& rival, const Load& load) {
  const double cpu = cpu_us();
  const auto begin = Clock::now();
  if (const std::size_t wrong = rival.run(load); wrong > 0) {
    std::fprintf(stderr, "%zu of %zu answers are wrong\n", wrong, load.requests);
    std::_Exit(1);
  }
  const auto count = static_cast<double>(load.requests);
  return {(cpu_us() - cpu) / count,
          std::chrono::duration<double, std::micro>(Clock::now() - begin).count() / count};
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

int run(const Load& load, int rounds) {
  const std::array<std::unique_ptr<Rival>, 2> rivals = {make_cppwats(load), make_curl_multi(load)};
  std::array<std::vector<double>, 2> cpu;
  std::array<std::vector<double>, 2> wall;
  for (const auto& rival : rivals) static_cast<void>(round(*rival, load));
  for (int i = 0; i < rounds; ++i) {
    for (std::size_t k = 0; k < rivals.size(); ++k) {
      const std::size_t side = (k + static_cast<std::size_t>(i)) % rivals.size();
      const Cost cost = round(*rivals[side], load);
      cpu[side].push_back(cost.cpu_us);
      wall[side].push_back(cost.wall_us);
    }
  }
  const auto ratio_of = [](const auto& sides) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < sides[0].size(); ++i) ratios.push_back(sides[0][i] / sides[1][i]);
    std::sort(ratios.begin(), ratios.end());
    return ratios;
  };
  const auto cpu_ratios = ratio_of(cpu);
  const auto wall_ratios = ratio_of(wall);
  std::printf(
      R"({"in_flight":%zu,"bytes":%zu,"ours_cpu_us":%.2f,"curl_cpu_us":%.2f,"cpu_ratio":%.3f,"cpu_ratio_min":%.3f,"cpu_ratio_max":%.3f,"ours_wall_us":%.2f,"curl_wall_us":%.2f,"wall_ratio":%.3f})"
      "\n",
      load.in_flight, load.bytes, median(cpu[0]), median(cpu[1]), median(cpu_ratios), cpu_ratios.front(),
      cpu_ratios.back(), median(wall[0]), median(wall[1]), median(wall_ratios));
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  if (argc < 6) {
    std::fprintf(stderr, "usage: %s URL PATH BYTES IN_FLIGHT REQUESTS [ROUNDS [CA_FILE]]\n", argv[0]);
    return 2;
  }
  const auto number = [&](int i) { return static_cast<std::size_t>(std::strtoull(argv[i], nullptr, 10)); };
  const char* const token = std::getenv("WATS_AUTH_TOKEN");
  const bench::Load load{argv[1],   argv[2],   token == nullptr ? "" : token, number(4),
                         number(5), number(3), argc > 7 ? argv[7] : ""};
  return bench::run(load, argc > 6 ? static_cast<int>(number(6)) : 9);
}
