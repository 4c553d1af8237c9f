// What a cache costs beside what else there is: hits, hits with writes, inserts that evict, and memory.
// Interleaved rounds, medians of ratios from the same round with their 95 % intervals.
// Usage: bench_cache_hit [--quick] [--rounds N]. Exits with 1 when an answer is wrong or a bar is missed.
// Quick is to see that it works: few rounds, and no bar that is for a million entries.
#include "bench/scenarios/cache_hit/invalidation.hpp"
#include "bench/scenarios/cache_hit/measure.hpp"
#include "bench/scenarios/cache_hit/memory.hpp"
#include "bench/scenarios/cache_hit/report.hpp"
#include "bench/scenarios/cache_hit/rival.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace bench {
namespace {

struct Settings {
  std::vector<std::size_t> sizes = {1'000, 100'000, 1'000'000};
  std::size_t rounds = 15;
  /// Of a thread in a run: about ten milliseconds, short enough to find a moment in which nobody disturbs.
  std::size_t operations = 30'000;
};

[[noreturn]] void stop(const Kind& kind, const std::string& why) {
  std::fprintf(stderr, "%s: %s\n", kind.name, why.c_str());
  std::exit(1);
}

/// Rounding each shard's share up.
constexpr std::size_t one_a_shard = 16;

/// A fast wrong answer is none.
void check(const Kind& kind) {
  constexpr std::size_t capacity = 2'000;
  const auto rival = kind.make(capacity);
  const Keys keys = make_keys(3 * capacity);
  rival->fill(std::span(keys).first(10), 0);
  for (std::size_t i = 0; i < 10; ++i) {
    const auto value = rival->find(keys[i]);
    if (!value || value->id() != i) stop(kind, "does not find what was put");
  }
  if (rival->find(keys[11])) stop(kind, "finds what was not put");
  rival->put(keys[3], 333);
  if (const auto value = rival->find(keys[3]); !value || value->id() != 333)
    stop(kind, "keeps a value that was replaced");
  if (rival->size() != 10) stop(kind, "counts wrongly");
  rival->fill(keys, 0);
  if (kind.evicts && rival->size() > capacity + one_a_shard) stop(kind, "holds more than it may");
  if (kind.evicts && rival->size() < capacity * 9 / 10) stop(kind, "holds less than it may");
}

/// The share of puts among the operations.
struct Mix {
  const char* name;
  std::size_t write_every;
};
constexpr Mix mixes[] = {{"read only", 0}, {"95/5", 20}, {"50/50", 2}};

/// The rivals that can be made, filled with the same keys; room for twice as many, so that nothing goes.
std::vector<std::unique_ptr<Rival>> filled(const std::vector<Kind>& kinds, const Keys& keys) {
  std::vector<std::unique_ptr<Rival>> rivals;
  for (const auto& kind : kinds) {
    rivals.push_back(kind.make(2 * keys.size()));
    rivals.back()->fill(keys, 0);
    if (rivals.back()->size() != keys.size()) stop(kind, "does not hold all it has room for");
  }
  return rivals;
}

class Hits {
 public:
  Hits(const std::vector<Kind>& kinds, std::size_t entries, std::size_t operations, Quiet& quiet)
      : kinds_(kinds),
        // A hit among few costs a fraction of one among many.
        operations_(entries <= 1'000 ? 2 * operations : operations),
        quiet_(quiet),
        keys_(make_keys(entries)),
        draws_{zipf_draws(entries, 1), zipf_draws(entries, 2)},
        rivals_(filled(kinds, keys_)) {
    for (const auto& mix : mixes) {
      for (const std::size_t threads : {1U, 2U}) rows_.emplace_back(entries, threads, mix.name, kinds.size());
    }
  }

  /// Each rival once in each row of a mix; which goes first changes. One mix after the other, those that read
  /// only first: two threads that put one key leave it in HyperClockCache twice, which costs it more from
  /// then on.
  void run(std::size_t rounds) {
    for (std::size_t mix = 0; mix < std::size(mixes); ++mix) {
      for (std::size_t i = 0; i < rounds; ++i) {
        for (std::size_t row = 2 * mix; row < 2 * mix + 2; ++row) round(rows_[row], mixes[mix], i);
      }
    }
  }
  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }

 private:
  void round(Row& row, const Mix& mix, std::size_t number) {
    for (std::size_t k = 0; k < kinds_.size(); ++k) {
      const std::size_t which = (k + number) % kinds_.size();
      row.ns[which].push_back(nanoseconds(which, mix, row.threads, number));
    }
  }
  double nanoseconds(std::size_t which, const Mix& mix, std::size_t threads, std::size_t round) {
    std::atomic<std::size_t> missed = 0;
    std::atomic<std::size_t> wrong = 0;
    rivals_[which]->prepare(keys_);
    const double seconds = timed(threads, quiet_, [&](std::size_t thread, bool warm_up) {
      const std::size_t first = 2 * operations_ * round + (warm_up ? 0 : operations_ / 2);
      const Tally tally = rivals_[which]->run({.keys = keys_,
                                               .draws = draws_[thread],
                                               .first_step = first,
                                               .operations = warm_up ? operations_ / 2 : operations_,
                                               .write_every = mix.write_every});
      missed += tally.missed;
      wrong += tally.wrong;
    });
    if (wrong > 0) stop(kinds_[which], "gave a wrong value");
    if (missed > 0 && (mix.write_every == 0 || !kinds_[which].has_gaps)) stop(kinds_[which], "lost an entry");
    return 1e9 * seconds / static_cast<double>(operations_ * threads);
  }

  const std::vector<Kind>& kinds_;
  std::size_t operations_;
  Quiet& quiet_;
  Keys keys_;
  std::vector<std::uint32_t> draws_[2];
  std::vector<std::unique_ptr<Rival>> rivals_;
  std::vector<Row> rows_;
};

/// New keys for full caches.
class Inserts {
 public:
  Inserts(const std::vector<Kind>& kinds, std::size_t entries, Quiet& quiet)
      : kinds_(kinds), quiet_(quiet), entries_(entries) {
    const Keys keys = make_keys(entries + entries / 4);
    next_ = keys.size();
    for (const auto& kind : kinds) {
      rivals_.push_back(kind.make(entries));
      rivals_.back()->fill(keys, 0);
    }
    for (const std::size_t threads : {1U, 2U})
      rows_.emplace_back(entries, threads, "insert+evict", kinds.size());
  }

  void round(std::size_t number) {
    for (auto& row : rows_) {
      for (std::size_t k = 0; k < kinds_.size(); ++k) {
        const std::size_t which = (k + number) % kinds_.size();
        row.ns[which].push_back(nanoseconds(which, row.threads));
      }
    }
  }
  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }

 private:
  double nanoseconds(std::size_t which, std::size_t threads) {
    constexpr std::size_t count = 20'000;
    constexpr std::size_t warming = count / 4;
    Rival& rival = *rivals_[which];
    std::vector<Keys> fresh(threads);
    std::vector<std::uint64_t> first(threads);
    const double seconds = timed(threads, quiet_, [&](std::size_t thread, bool warm_up) {
      if (warm_up) {
        // Made anew for a run that is made again: no key comes twice.
        first[thread] = next_.fetch_add(count + warming);
        fresh[thread] = make_keys(count + warming, first[thread]);
        rival.fill(std::span(fresh[thread]).first(warming), first[thread]);
      } else {
        rival.fill(std::span(fresh[thread]).subspan(warming), first[thread] + warming);
      }
    });
    if (rival.size() > entries_ + one_a_shard) stop(kinds_[which], "holds more than it may");
    std::size_t found = 0;
    constexpr std::size_t last = 20;
    for (std::size_t i = 0; i < last; ++i) {
      const auto value = rival.find(fresh[0].at(count + warming - 1 - i));
      if (value && value->id() != first[0] + count + warming - 1 - i)
        stop(kinds_[which], "gave a wrong value");
      found += value ? 1 : 0;
    }
    // Between two threads the other one's keys may have driven some out.
    if (threads == 1 && found < last / 2) stop(kinds_[which], "has lost what was put just now");
    return 1e9 * seconds / static_cast<double>(count * threads);
  }

  const std::vector<Kind>& kinds_;
  Quiet& quiet_;
  std::size_t entries_;
  std::atomic<std::uint64_t> next_ = 0;
  std::vector<std::unique_ptr<Rival>> rivals_;
  std::vector<Row> rows_;
};

std::vector<Kind> those_there_are() {
  std::vector<Kind> kinds;
  for (const Kind& kind :
       {cppwats(), cppwats_lru(), mutex_lru(), rocksdb_lru(), rocksdb_hyper_clock(), tbb_hash_map()}) {
    if (kind.make != nullptr) {
      kinds.push_back(kind);
    } else {
      std::printf("%s: left out, it needs the Debian package %s\n", kind.name, kind.package);
    }
  }
  return kinds;
}

bool run(const Settings& settings) {
  const auto kinds = those_there_are();
  std::vector<Kind> evicting;
  std::ranges::copy_if(kinds, std::back_inserter(evicting), &Kind::evicts);
  for (const auto& kind : kinds) check(kind);
  Report report(kinds);
  Quiet quiet;
  // First, while the heap is small and in one piece.
  const std::size_t most = settings.sizes.back();
  std::printf("bytes an entry beside key and value, %zu entries with values of 100 bytes\n", most);
  for (const auto& kind : kinds) report.memory(kind, most, bytes_beside(kind, most));
  report.begin_times(settings.rounds);
  for (const std::size_t entries : settings.sizes) {
    Hits hits(kinds, entries, settings.operations, quiet);
    hits.run(settings.rounds);
    report.hits(hits.rows());
  }
  std::vector<std::size_t> curve = {1'000, 10'000, 100'000};
  if (most > curve.back()) curve.push_back(most);
  report.invalidations(curve, invalidations(curve, settings.rounds, quiet));
  std::vector<std::unique_ptr<Inserts>> inserts;
  for (const std::size_t entries : settings.sizes)
    inserts.push_back(std::make_unique<Inserts>(evicting, entries, quiet));
  for (std::size_t i = 0; i < settings.rounds; ++i) {
    for (const auto& each : inserts) each->round(i);
  }
  for (const auto& each : inserts) report.inserts(each->rows());
  return report.end(quiet);
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  bench::Settings settings;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--quick") == 0) {
      settings = {.sizes = {1'000, 100'000}, .rounds = 3, .operations = 10'000};
    } else if (std::strcmp(argv[i], "--rounds") == 0 && i + 1 < argc) {
      settings.rounds = std::max(3UL, std::strtoul(argv[++i], nullptr, 10));
    } else {
      std::fprintf(stderr, "usage: %s [--quick] [--rounds N]\n", argv[0]);
      return 2;
    }
  }
  return bench::run(settings) ? 0 : 1;
}
