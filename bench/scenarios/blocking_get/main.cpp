// How long a blocking call for 1 KB takes beside curl_easy_perform doing the same: interleaved rounds on 1
// and 8 threads, medians of their ratios. Usage: bench_blocking_get BASE_URL [--rounds N] [--json]. ./dev
// bench blocking_get starts nginx and calls it.
#include "bench/scenarios/blocking_get/rival.hpp"

#include <algorithm>
#include <array>
#include <barrier>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <sched.h>
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

/// The calling thread on the first CPU; the server has the last one. Wherever the scheduler may choose, calls
/// take three times as long while client and server lie on two CPUs, and rounds differ by chance.
void pin_to_first_cpu() {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(0, &set);
  static_cast<void>(sched_setaffinity(0, sizeof set, &set));
}

/// Median microseconds of a call while *threads* ask *calls* times each; exits on a wrong answer.
double round(Rival& rival, int threads, int calls) {
  std::vector<std::vector<double>> times(static_cast<std::size_t>(threads));
  std::barrier start(threads);
  std::vector<std::thread> workers;
  for (auto& own : times) {
    workers.emplace_back([&rival, &start, &own, calls, threads] {
      if (threads == 1) pin_to_first_cpu();
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

enum Side : std::size_t { ours_bytes, ours_product, easy_bytes, easy_product, sides };

/// What is compared, at most how much slower ours may be; no bar: shown for information.
struct Pairing {
  const char* answer;
  const char* rival;
  Side ours;
  Side easy;
  bool has_bar;
};

constexpr Pairing pairings[] = {
    {"bytes", "curl_easy", ours_bytes, easy_bytes, true},
    {"product", "curl_easy+by_hand", ours_product, easy_product, true},
    {"product", "curl_easy (bytes)", ours_product, easy_bytes, false},
};

/// Median microseconds of every side in every round.
using Rounds = std::array<std::vector<double>, sides>;

Rounds play(const std::string& url, int threads, int rounds) {
  const std::array<std::unique_ptr<Rival>, sides> rivals = {
      make_cppwats_bytes(url), make_cppwats_product(url), make_curl_easy_bytes(url),
      make_curl_easy_product(url)};
  const int calls = threads == 1 ? 400 : 100;
  Rounds times;
  for (int i = 0; i < rounds; ++i) {
    // Which goes first changes: whoever comes later finds warmer caches.
    for (std::size_t k = 0; k < sides; ++k) {
      const std::size_t side = (k + static_cast<std::size_t>(i)) % sides;
      times[side].push_back(round(*rivals[side], threads, calls));
    }
  }
  return times;
}

bool print(const Rounds& times, const Pairing& pairing, int threads, double bar, bool json) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < times[pairing.ours].size(); ++i) {
    ratios.push_back(times[pairing.ours][i] / times[pairing.easy][i]);
  }
  const double ratio = median(ratios);
  const auto [low, high] = std::minmax_element(ratios.begin(), ratios.end());
  const bool pass = !pairing.has_bar || ratio <= bar;
  if (json) {
    std::printf(
        R"({"scenario":"blocking_get","answer":"%s","rival":"%s","threads":%d,"ours_us":%.1f,"rival_us":%.1f,"ratio":%.3f,"ratio_min":%.3f,"ratio_max":%.3f,)",
        pairing.answer, pairing.rival, threads, median(times[pairing.ours]), median(times[pairing.easy]),
        ratio, *low, *high);
    if (pairing.has_bar) std::printf(R"("bar":%.2f,)", bar);
    std::printf(R"("pass":%s})"
                "\n",
                pass ? "true" : "false");
  } else {
    std::printf("%7d  %-8s %-18s %11.1f %12.1f %7.3f %7.3f %7.3f", threads, pairing.answer, pairing.rival,
                median(times[pairing.ours]), median(times[pairing.easy]), ratio, *low, *high);
    if (pairing.has_bar) std::printf(" %6.2f  %s", bar, pass ? "pass" : "FAIL");
    std::printf("\n");
  }
  return pass;
}

int run(const std::string& url, int rounds, bool json) {
  if (!json) {
    std::printf(
        "threads  answer   rival              .get() us     rival us   ratio     min     max    bar\n");
  }
  bool pass = true;
  for (const auto& [threads, bar] : {std::pair(1, 1.15), std::pair(8, 1.30)}) {
    const Rounds times = play(url, threads, rounds);
    for (const auto& pairing : pairings) pass = print(times, pairing, threads, bar, json) && pass;
  }
  return pass ? 0 : 1;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  std::string url;
  int rounds = 15;
  bool json = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--json") {
      json = true;
    } else if (word == "--rounds" && i + 1 < argc) {
      rounds = std::max(1, std::atoi(argv[++i]));
    } else {
      url = word;
    }
  }
  if (url.empty()) {
    std::fprintf(stderr, "usage: %s BASE_URL [--rounds N] [--json]\n", argv[0]);
    return 2;
  }
  return bench::run(url, rounds, json);
}
