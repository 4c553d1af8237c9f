// How long a blocking call for 1 KB takes beside curl_easy_perform: interleaved pairs of rounds on 1 and 8
// threads. Usage: bench_blocking_get BASE_URL [--pairs N] [--json]. ./dev bench blocking_get starts nginx and
// calls it.
#include "bench/scenarios/blocking_get/rival.hpp"

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// Median microseconds of a call while *threads* ask *calls* times each; exits on a wrong answer.
double round(Rival& rival, int threads, int calls) {
  std::vector<std::vector<double>> times(static_cast<std::size_t>(threads));
  std::barrier start(threads);
  std::vector<std::thread> workers;
  for (auto& own : times) {
    workers.emplace_back([&rival, &start, &own, calls] {
      const auto asker = rival.asker();
      for (int i = 0; i < 20; ++i) static_cast<void>(asker->ask());
      own.reserve(static_cast<std::size_t>(calls));
      start.arrive_and_wait();
      for (int i = 0; i < calls; ++i) {
        const auto begin = Clock::now();
        const std::string answer = asker->ask();
        own.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
        if (answer != "PN-1") {
          std::fprintf(stderr, "wrong answer: '%s'\n", answer.c_str());
          std::_Exit(1);
        }
      }
    });
  }
  for (auto& worker : workers) worker.join();
  std::vector<double> all;
  for (const auto& own : times) all.insert(all.end(), own.begin(), own.end());
  return median(std::move(all));
}

struct Row {
  int threads;
  double bar;
  std::vector<double> ours;
  std::vector<double> easy;
  std::vector<double> ratios;
};

Row compare(const std::string& url, int threads, double bar, int pairs) {
  const auto ours = make_cppwats(url);
  const auto easy = make_curl_easy(url);
  const int calls = threads == 1 ? 400 : 100;
  Row row{.threads = threads, .bar = bar, .ours = {}, .easy = {}, .ratios = {}};
  for (int pair = 0; pair < pairs; ++pair) {
    // Which goes first changes: whoever comes second finds warmer caches.
    if (pair % 2 == 0) {
      row.ours.push_back(round(*ours, threads, calls));
      row.easy.push_back(round(*easy, threads, calls));
    } else {
      row.easy.push_back(round(*easy, threads, calls));
      row.ours.push_back(round(*ours, threads, calls));
    }
    row.ratios.push_back(row.ours.back() / row.easy.back());
  }
  return row;
}

void print(const Row& row, bool json) {
  const double ratio = median(row.ratios);
  const auto [low, high] = std::minmax_element(row.ratios.begin(), row.ratios.end());
  if (json) {
    std::printf(
        R"({"scenario":"blocking_get","threads":%d,"ours_us":%.1f,"curl_easy_us":%.1f,"ratio":%.3f,"ratio_min":%.3f,"ratio_max":%.3f,"bar":%.2f,"pass":%s})"
        "\n",
        row.threads, median(row.ours), median(row.easy), ratio, *low, *high, row.bar,
        ratio <= row.bar ? "true" : "false");
  } else {
    std::printf("%7d %11.1f %17.1f %9.3f %8.3f %8.3f %6.2f  %s\n", row.threads, median(row.ours),
                median(row.easy), ratio, *low, *high, row.bar, ratio <= row.bar ? "pass" : "FAIL");
  }
}

int run(const std::string& url, int pairs, bool json) {
  if (!json) {
    std::printf("threads  .get() p50 us  curl_easy p50 us  ratio      min      max    bar\n");
  }
  bool pass = true;
  for (const auto& [threads, bar] : {std::pair(1, 1.15), std::pair(8, 1.30)}) {
    const Row row = compare(url, threads, bar, pairs);
    print(row, json);
    pass = pass && median(row.ratios) <= row.bar;
  }
  return pass ? 0 : 1;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  std::string url;
  int pairs = 15;
  bool json = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--json") {
      json = true;
    } else if (word == "--pairs" && i + 1 < argc) {
      pairs = std::max(1, std::atoi(argv[++i]));
    } else {
      url = word;
    }
  }
  if (url.empty()) {
    std::fprintf(stderr, "usage: %s BASE_URL [--pairs N] [--json]\n", argv[0]);
    return 2;
  }
  return bench::run(url, pairs, json);
}
