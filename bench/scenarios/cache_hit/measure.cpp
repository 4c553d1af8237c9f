#include "bench/scenarios/cache_hit/measure.hpp"

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstdio>
#include <random>
#include <sched.h>
#include <thread>

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;

void pin_to(std::size_t cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu % std::max(1U, std::thread::hardware_concurrency()), &set);
  static_cast<void>(sched_setaffinity(0, sizeof set, &set));
}

/// Seconds that the calling thread could have run and another one did. Waiting for a lock is not among them.
double delayed() {
  unsigned long long ran = 0;
  unsigned long long waited = 0;
  std::FILE* const file = std::fopen("/proc/thread-self/schedstat", "r");
  if (file == nullptr) return 0;
  const int read = std::fscanf(file, "%llu %llu", &ran, &waited);
  std::fclose(file);
  return read == 2 ? static_cast<double>(waited) / 1e9 : 0;
}

struct Span {
  Clock::time_point begin;
  Clock::time_point end;
  double delayed = 0;
};

struct Run {
  double seconds = 0;
  bool disturbed = false;
};

Run run_once(std::size_t threads, const std::function<void(std::size_t, bool)>& part) {
  std::vector<Span> spans(threads);
  std::barrier start(static_cast<std::ptrdiff_t>(threads));
  std::vector<std::jthread> workers;
  for (std::size_t i = 0; i < threads; ++i) {
    workers.emplace_back([&, i] {
      pin_to(i);
      part(i, true);
      start.arrive_and_wait();
      const double before = delayed();
      spans[i].begin = Clock::now();
      part(i, false);
      spans[i].end = Clock::now();
      spans[i].delayed = delayed() - before;
    });
  }
  workers.clear();
  const auto begin = std::ranges::min(spans, {}, &Span::begin).begin;
  const auto end = std::ranges::max(spans, {}, &Span::end).end;
  Run run{.seconds = std::chrono::duration<double>(end - begin).count(), .disturbed = false};
  constexpr double tolerance = 0.02;
  for (const auto& span : spans) run.disturbed = run.disturbed || span.delayed > tolerance * run.seconds;
  return run;
}

}  // namespace

double timed(std::size_t threads, Quiet& quiet, const std::function<void(std::size_t, bool)>& part) {
  Run run = run_once(threads, part);
  // On a machine that is never quiet no more than half as much time again.
  for (int again = 0; run.disturbed && again < 3 && 2 * quiet.repeated <= quiet.runs; ++again) {
    ++quiet.repeated;
    run = run_once(threads, part);
  }
  ++quiet.runs;
  if (run.disturbed) ++quiet.disturbed;
  return run.seconds;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

Estimate estimate(const std::vector<double>& values) {
  constexpr std::size_t samples = 2000;
  std::mt19937 random(1);
  std::uniform_int_distribution<std::size_t> any(0, values.size() - 1);
  std::vector<double> medians;
  std::vector<double> drawn(values.size());
  for (std::size_t i = 0; i < samples; ++i) {
    for (auto& value : drawn) value = values[any(random)];
    medians.push_back(median(drawn));
  }
  std::ranges::sort(medians);
  return {
      .median = median(values), .low = medians[samples / 40], .high = medians[samples - 1 - samples / 40]};
}

std::vector<double> ratios(const std::vector<double>& over, const std::vector<double>& under) {
  std::vector<double> all;
  for (std::size_t i = 0; i < over.size(); ++i) all.push_back(over[i] / under[i]);
  return all;
}

}  // namespace bench
